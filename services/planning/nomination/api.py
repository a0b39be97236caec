"""Candidates, preconditions, predicates, proposals and packages."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BeforeValidator

from services.planning.evidence.taking import plain_name
from services.planning.fields import Line
from services.planning.nomination.domain.nominations import DocumentKind
from services.planning.nomination.domain.rules import Category
from services.planning.nomination.schemas import (
    CandidateOut,
    DocumentOut,
    FactsIn,
    FreezeIn,
    NominationIn,
    NominationOut,
    PackagesOut,
    PreconditionsOut,
    PredicateIn,
    PredicateOut,
    PredicatesOut,
    PreEvaluationOut,
    PreviewOut,
    ProposalChange,
    RevocationIn,
    SubmissionIn,
    WithdrawalIn,
)
from services.planning.nomination.stages import Stages
from services.planning.nomination.store import documents as document_store
from services.planning.nomination.store import proposals as proposal_store
from services.planning.nomination.usecases import (
    candidates,
    documents,
    freezing,
    pre_evaluation,
    preconditions,
    predicates,
    proposals,
)
from services.planning.parameters import BESIDE_FILE_BYTES, MIB, Db, PageByUnit, UnitPath, YearPath, after_id
from services.planning.settings import Settings
from shared.files.checking import checked_type
from shared.files.store import FileStore
from shared.held import in_thread
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageById
from shared.http.api.versions import IfMatch, etag
from shared.http.attachment import attachment
from shared.http.authorization import Caller
from shared.http.fields import Day, UnitId, YearText, read_digits

AgencyPath = Annotated[UnitId, Path()]
AgencyQuery = Annotated[UnitId | None, Query(description="Only of this agency")]
VersionPath = Annotated[int, Path(ge=1, le=2**31), BeforeValidator(read_digits)]


def router(settings: Settings, store: FileStore, stages: Stages) -> APIRouter:
    """Return the routes; `stages` moves the assessments of units whose package is frozen."""
    routes = APIRouter(tags=["nomination"])
    _documents(routes, settings, store)
    _preconditions(routes)
    _predicates(routes)
    _proposals(routes, stages)
    _packages(routes, stages)
    return routes


def _documents(routes: APIRouter, settings: Settings, store: FileStore) -> None:
    limit = settings.evidence_max_mib * MIB
    gate = asyncio.Semaphore(settings.evidence_at_once)

    @routes.post(
        "/agencies/{agency_id}/documents",
        operation_id="add_document",
        status_code=201,
        responses=refusals(404),
        response_model=DocumentOut,
        max_body_size=limit + BESIDE_FILE_BYTES,
    )
    async def add_document(
        agency_id: AgencyPath,
        file: UploadFile,
        cmd: Commands,
        db: Db,
        kind: Annotated[DocumentKind, Query()],
        number: Annotated[Line | None, Query(description="Number of the letter or decree")] = None,
        dated_on: Annotated[Day | None, Query(description="Date on the paper")] = None,
        signatory: Annotated[Line | None, Query(description="Who signed, by office")] = None,
    ) -> Response:
        await db.read(lambda session: documents.check_known_agency(session, cmd.actor, agency_id))
        name = plain_name(file.filename)
        async with gate:
            media_type = await in_thread(checked_type, file.file, name, limit_bytes=limit)
        async with store.keeping(file.file, limit_bytes=limit) as received:
            return await cmd.run(
                lambda session: documents.add_document(
                    session,
                    cmd.actor,
                    received,
                    agency_id=agency_id,
                    file_name=name,
                    media_type=media_type,
                    kind=kind,
                    number=number,
                    dated_on=dated_on,
                    signatory=signatory,
                ),
                status=201,
                reply=DocumentOut.of,
                location=lambda made: f"/documents/{made.document_id}/content",
                fingerprint=bytes.fromhex(received.sha256) + name.encode(),
            )

    @routes.get("/agencies/{agency_id}/documents", operation_id="list_documents", responses=refusals(404))
    async def list_documents(
        agency_id: AgencyPath, caller: Caller, db: Db, page: PageById
    ) -> Page[DocumentOut]:
        async with db.reading() as session:
            await documents.check_known_agency(session, caller, agency_id)
            rows = await document_store.page(session, agency_id, after=after_id(page), limit=page.limit + 1)
        return Page[DocumentOut].of(
            rows, page.limit, key=lambda row: (str(row.document_id),), item=DocumentOut.of
        )

    @routes.get(
        "/documents/{document_id}/content",
        operation_id="download_document",
        responses=refusals(404, 500),
        response_class=StreamingResponse,
    )
    async def download_document(document_id: UUID, caller: Caller, db: Db) -> Response:
        async with db.reading() as session:
            found = await documents.get_document(session, caller, document_id)
        headers = attachment(found.file_name, found.size_bytes)
        return StreamingResponse(await store.read(found.sha256), media_type=found.media_type, headers=headers)


def _preconditions(routes: APIRouter) -> None:
    @routes.get(
        "/agencies/{agency_id}/preconditions/{year}",
        operation_id="show_agency_preconditions",
        responses=refusals(404),
    )
    async def show_agency_preconditions(
        agency_id: AgencyPath, year: YearPath, caller: Caller, db: Db, response: Response
    ) -> PreconditionsOut:
        async with db.reading() as session:
            found = await preconditions.read(session, caller, "agency", agency_id, year)
        etag(response, found.version)
        return PreconditionsOut.of(found)

    @routes.post(
        "/agencies/{agency_id}/preconditions/{year}",
        operation_id="tell_agency_preconditions",
        responses=refusals(404),
        response_model=PreconditionsOut,
    )
    async def tell_agency_preconditions(
        agency_id: AgencyPath, year: YearPath, body: FactsIn, version: IfMatch, cmd: Commands
    ) -> Response:
        sent = [fact.sent() for fact in body.facts]
        return await cmd.run(
            lambda session: preconditions.tell(
                session, cmd.actor, "agency", agency_id, year, sent, expected=version
            ),
            reply=PreconditionsOut.of,
        )

    @routes.get("/units/{unit_id}/preconditions/{year}", operation_id="show_unit_preconditions")
    async def show_unit_preconditions(
        unit_id: UnitPath, year: YearPath, caller: Caller, db: Db, response: Response
    ) -> PreconditionsOut:
        async with db.reading() as session:
            found = await preconditions.read(session, caller, "unit", unit_id, year)
        etag(response, found.version)
        return PreconditionsOut.of(found)

    @routes.post(
        "/units/{unit_id}/preconditions/{year}",
        operation_id="tell_unit_preconditions",
        response_model=PreconditionsOut,
    )
    async def tell_unit_preconditions(
        unit_id: UnitPath, year: YearPath, body: FactsIn, version: IfMatch, cmd: Commands
    ) -> Response:
        sent = [fact.sent() for fact in body.facts]
        return await cmd.run(
            lambda session: preconditions.tell(
                session, cmd.actor, "unit", unit_id, year, sent, expected=version
            ),
            reply=PreconditionsOut.of,
        )

    @routes.get("/candidates", operation_id="list_candidates")
    async def list_candidates(
        caller: Caller,
        db: Db,
        page: PageByUnit,
        year: Annotated[YearText, Query()],
        category: Annotated[Category, Query(description="What they would be proposed for")] = Category.WBK,
        agency_id: AgencyQuery = None,
    ) -> Page[CandidateOut]:
        async with db.reading() as session:
            rows = await candidates.page_candidates(
                session,
                caller,
                agency_id=agency_id,
                year=year,
                category=category,
                after=page.after[0] if page.after else "",
                limit=page.limit + 1,
            )
        return Page[CandidateOut].of(
            rows, page.limit, key=lambda row: (row.unit.unit_id,), item=CandidateOut.of
        )


def _predicates(routes: APIRouter) -> None:
    @routes.get("/units/{unit_id}/predicates", operation_id="list_predicates")
    async def list_predicates(unit_id: UnitPath, caller: Caller, db: Db) -> PredicatesOut:
        async with db.reading() as session:
            found = await predicates.list_predicates(session, caller, unit_id)
        return PredicatesOut.of(unit_id, list(found))

    @routes.post(
        "/units/{unit_id}/predicates",
        operation_id="add_predicate",
        responses=refusals(409),
        status_code=201,
        response_model=PredicateOut,
    )
    async def add_predicate(unit_id: UnitPath, body: PredicateIn, cmd: Commands) -> Response:
        decree = body.decree.decree()
        return await cmd.run(
            lambda session: predicates.add_predicate(
                session, cmd.actor, unit_id, body.predicate, body.giver, decree
            ),
            status=201,
            reply=PredicateOut.of,
            location=lambda made: f"/units/{made.unit_id}/predicates",
        )

    @routes.post(
        "/predicates/{predicate_id}/revoke",
        operation_id="revoke_predicate",
        responses=refusals(409),
        response_model=PredicateOut,
    )
    async def revoke_predicate(
        predicate_id: UUID, body: RevocationIn, version: IfMatch, cmd: Commands
    ) -> Response:
        decree = body.decree.decree()
        return await cmd.run(
            lambda session: predicates.revoke_predicate(
                session, cmd.actor, predicate_id, version, decree, body.reason
            ),
            reply=PredicateOut.of,
        )


def _proposals(routes: APIRouter, stages: Stages) -> None:
    @routes.post(
        "/nominations",
        operation_id="propose_units",
        responses=refusals(404, 409),
        status_code=201,
        response_model=NominationOut,
    )
    async def propose_units(body: NominationIn, cmd: Commands) -> Response:
        contents = body.contents()
        return await cmd.run(
            lambda session: proposals.propose(session, cmd.actor, body.agency_id, body.year, contents),
            status=201,
            reply=NominationOut.of,
            location=lambda made: f"/nominations/{made.nomination_id}",
        )

    @routes.get("/nominations", operation_id="list_nominations")
    async def list_nominations(
        caller: Caller,
        db: Db,
        page: PageById,
        agency_id: AgencyQuery = None,
        year: Annotated[YearText | None, Query()] = None,
    ) -> Page[NominationOut]:
        async with db.reading() as session:
            rows = await proposal_store.page(
                session,
                caller.scope,
                agency_id=agency_id,
                year=year,
                after=after_id(page),
                limit=page.limit + 1,
            )
        return Page[NominationOut].of(
            rows, page.limit, key=lambda row: (str(row.nomination_id),), item=NominationOut.of
        )

    @routes.get("/nominations/{nomination_id}", operation_id="show_nomination")
    async def show_nomination(
        nomination_id: UUID, caller: Caller, db: Db, response: Response
    ) -> NominationOut:
        async with db.reading() as session:
            found = await proposals.get_nomination(session, caller, nomination_id)
        etag(response, found.version)
        return NominationOut.of(found)

    @routes.put(
        "/nominations/{nomination_id}",
        operation_id="change_proposal",
        responses=refusals(409),
        response_model=NominationOut,
    )
    async def change_proposal(
        nomination_id: UUID, body: ProposalChange, version: IfMatch, cmd: Commands
    ) -> Response:
        contents = body.contents()
        return await cmd.run(
            lambda session: proposals.change(
                session,
                cmd.actor,
                nomination_id,
                version,
                contents,
                reason=body.reason,
                stages=stages,
            ),
            reply=NominationOut.of,
        )

    @routes.post(
        "/nominations/{nomination_id}/submit",
        operation_id="submit_proposal",
        responses=refusals(409),
        response_model=NominationOut,
    )
    async def submit_proposal(
        nomination_id: UUID, body: SubmissionIn, version: IfMatch, cmd: Commands
    ) -> Response:
        return await cmd.run(
            lambda session: proposals.submit(
                session,
                cmd.actor,
                nomination_id,
                version,
                letter_id=body.letter_id,
                sptjm_id=body.sptjm_id,
            ),
            reply=NominationOut.of,
        )

    @routes.post(
        "/nominations/{nomination_id}/withdraw",
        operation_id="withdraw_proposal",
        responses=refusals(409),
        response_model=NominationOut,
    )
    async def withdraw_proposal(
        nomination_id: UUID, body: WithdrawalIn, version: IfMatch, cmd: Commands
    ) -> Response:
        return await cmd.run(
            lambda session: proposals.withdraw(
                session, cmd.actor, nomination_id, version, body.reason, stages
            ),
            reply=NominationOut.of,
        )


def _packages(routes: APIRouter, stages: Stages) -> None:
    @routes.get("/nominations/{nomination_id}/preview", operation_id="preview_package")
    async def preview_package(nomination_id: UUID, caller: Caller, db: Db) -> PreviewOut:
        async with db.reading() as session:
            found = await freezing.preview(session, caller, nomination_id, stages)
        return PreviewOut.of(found)

    @routes.post(
        "/nominations/{nomination_id}/packages",
        operation_id="freeze_package",
        responses=refusals(409),
        response_model=NominationOut,
    )
    async def freeze_package(
        nomination_id: UUID, body: FreezeIn, version: IfMatch, cmd: Commands
    ) -> Response:
        return await cmd.run(
            lambda session: freezing.freeze(
                session, cmd.actor, nomination_id, version, reason=body.reason, stages=stages
            ),
            reply=NominationOut.of,
        )

    @routes.get("/nominations/{nomination_id}/packages", operation_id="list_packages")
    async def list_packages(nomination_id: UUID, caller: Caller, db: Db) -> PackagesOut:
        async with db.reading() as session:
            found = await freezing.list_packages(session, caller, nomination_id)
        return PackagesOut.of(nomination_id, list(found))

    @routes.get(
        "/nominations/{nomination_id}/packages/{version}",
        operation_id="download_package",
        response_class=Response,
    )
    async def download_package(nomination_id: UUID, version: VersionPath, caller: Caller, db: Db) -> Response:
        async with db.reading() as session:
            found = await freezing.get_package(session, caller, nomination_id, version)
        content = found.document()
        headers = attachment(f"usulan-{nomination_id}-v{version}.json", len(content))
        return Response(content, media_type="application/json", headers=headers)

    @routes.get("/units/{unit_id}/pre-evaluation/{year}", operation_id="show_pre_evaluation")
    async def show_pre_evaluation(
        unit_id: UnitPath, year: YearPath, caller: Caller, db: Db
    ) -> PreEvaluationOut:
        async with db.reading() as session:
            found = await pre_evaluation.pre_evaluate(session, caller, unit_id, year)
        return PreEvaluationOut.of(found)
