"""Evidence: files up and down as attachments only, words and addresses beside them, revisions of each."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, UploadFile
from fastapi.responses import StreamingResponse

from services.planning.evidence import store as files
from services.planning.evidence import usecases as evidence
from services.planning.evidence.schemas import EvidenceDetailOut, EvidenceOut, ReferenceIn, RevisionIn
from services.planning.evidence.taking import FileTaker
from services.planning.fields import Kind, Line
from services.planning.layers import Layer
from services.planning.parameters import BESIDE_FILE_BYTES, Db, RevisionQuery, UnitPath, after_id
from services.planning.units import usecases as units
from shared.files.store import FileStore
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageById
from shared.http.api.versions import IfMatch, etag
from shared.http.attachment import attachment
from shared.http.authorization import Caller


def router(taker: FileTaker, store: FileStore) -> APIRouter:
    """Return the routes; `taker` takes files within its limits."""
    routes = APIRouter(tags=["evidence"])
    limit, taken = taker.limit_bytes, taker.taken

    @routes.post(
        "/units/{unit_id}/evidence",
        operation_id="upload_evidence",
        status_code=201,
        response_model=EvidenceOut,
        max_body_size=limit + BESIDE_FILE_BYTES,
    )
    async def upload_evidence(
        unit_id: UnitPath,
        file: UploadFile,
        cmd: Commands,
        db: Db,
        kind: Annotated[Kind, Query()],
        layer: Annotated[Layer, Query()] = Layer.UNIT,
        title: Annotated[Line | None, Query(description="What it is called; else the file's name")] = None,
    ) -> Response:
        await db.read(lambda session: evidence.check_may_add(session, cmd.actor, unit_id, layer))
        async with taken(file) as content:
            return await cmd.run(
                lambda session: evidence.add_evidence(
                    session,
                    cmd.actor,
                    content,
                    unit_id=unit_id,
                    layer=layer,
                    kind=kind,
                    title=title or content.file_name,
                ),
                status=201,
                reply=EvidenceOut.of,
                location=lambda made: f"/evidence/{made.evidence_id}/content",
                fingerprint=bytes.fromhex(content.sha256) + content.file_name.encode(),
            )

    @routes.post(
        "/units/{unit_id}/evidence/references",
        operation_id="add_reference",
        status_code=201,
        response_model=EvidenceOut,
    )
    async def add_reference(unit_id: UnitPath, body: ReferenceIn, cmd: Commands) -> Response:
        return await cmd.run(
            lambda session: evidence.add_evidence(
                session,
                cmd.actor,
                evidence.written_content(body.title, body.form, body.body),
                unit_id=unit_id,
                layer=body.layer,
                kind=body.kind,
                title=body.title,
            ),
            status=201,
            reply=EvidenceOut.of,
            location=lambda made: f"/evidence/{made.evidence_id}",
        )

    @routes.put(
        "/evidence/{evidence_id}/content",
        operation_id="revise_evidence",
        response_model=EvidenceOut,
        max_body_size=limit + BESIDE_FILE_BYTES,
    )
    async def revise_evidence(
        evidence_id: UUID, file: UploadFile, cmd: Commands, db: Db, seen: IfMatch
    ) -> Response:
        await db.read(lambda session: evidence.check_may_revise(session, cmd.actor, evidence_id))
        async with taken(file) as content:
            return await cmd.run(
                lambda session: evidence.revise_evidence(session, cmd.actor, evidence_id, content, seen=seen),
                reply=EvidenceOut.of,
                fingerprint=bytes.fromhex(content.sha256) + content.file_name.encode(),
            )

    @routes.put(
        "/evidence/{evidence_id}/reference", operation_id="revise_reference", response_model=EvidenceOut
    )
    async def revise_reference(evidence_id: UUID, body: RevisionIn, cmd: Commands, seen: IfMatch) -> Response:
        return await cmd.run(
            lambda session: evidence.revise_written(
                session, cmd.actor, evidence_id, body.form, body.body, seen=seen
            ),
            reply=EvidenceOut.of,
        )

    @routes.get("/evidence/{evidence_id}", operation_id="show_evidence")
    async def show_evidence(
        evidence_id: UUID, caller: Caller, db: Db, response: Response
    ) -> EvidenceDetailOut:
        async with db.reading() as session:
            found = await evidence.show_evidence(session, caller, evidence_id)
        etag(response, found.evidence.revision)
        return EvidenceDetailOut.of_known(found)

    @routes.get("/units/{unit_id}/evidence", operation_id="list_evidence")
    async def list_evidence(unit_id: UnitPath, caller: Caller, db: Db, page: PageById) -> Page[EvidenceOut]:
        async with db.reading() as session:
            await units.get_unit(session, caller, unit_id)
            rows = await files.page_evidence(session, unit_id, after=after_id(page), limit=page.limit + 1)
        return Page[EvidenceOut].of(
            rows, page.limit, key=lambda row: (str(row.evidence_id),), item=EvidenceOut.of
        )

    @routes.get(
        "/evidence/{evidence_id}/content",
        operation_id="download_evidence",
        responses=refusals(404, 500),
        response_class=StreamingResponse,
    )
    async def download_evidence(
        evidence_id: UUID,
        caller: Caller,
        db: Db,
        revision: RevisionQuery = None,
    ) -> Response:
        async with db.reading() as session:
            found = await evidence.content_of(session, caller, evidence_id, revision)
        headers = attachment(found.file_name, found.size_bytes)
        if found.body is not None:
            return Response(found.body, media_type=found.media_type, headers=headers)
        return StreamingResponse(await store.read(found.sha256), media_type=found.media_type, headers=headers)

    return routes
