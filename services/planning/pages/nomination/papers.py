"""The papers of an agency: brought, listed, downloaded, and two of them handed in with the proposal."""

from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.evidence.taking import FileTaker
from services.planning.fields import Line
from services.planning.nomination.domain.nominations import Document, DocumentKind
from services.planning.nomination.usecases import documents, proposals
from services.planning.pages.frame import LABELS, PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.nomination.proposal import PLACE, AgencyPath, DoneQuery, head_of
from services.planning.pages.nomination.reading import (
    Proposal,
    may,
    needed,
    read_proposal,
    refusal_of,
)
from services.planning.pages.nomination.words import DONE, PAPERS, paper_words, papers_verdict
from services.planning.parameters import BESIDE_FILE_BYTES, YearPath
from shared.files.store import FileStore
from shared.http.addresses import proposal_page
from shared.http.api.paging import PageById, PageParameters, encode_cursor
from shared.http.attachment import attachment
from shared.http.authorization import PageCaller
from shared.http.fields import Day, Digits, YearText
from shared.http.once import OnceBody, do_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.indonesian import day
from shared.kernel import DomainError, NotFoundError
from shared.security import ForbiddenError, Principal

PATH = f"{PLACE}/dokumen"
YearInPath = Annotated[YearText, Path(alias="year")]
"""For what is the same in every year."""
NEWEST = documents.NEWEST
MOST_CHOICES = 100
"""Papers of which a form lets choose, the newest ones."""


class PaperForm(OnceBody):
    """What is written on a paper."""

    kind: DocumentKind
    number: Line | None = None
    dated_on: Day | None = None
    signatory: Line | None = None


class SubmitForm(OnceBody):
    """The letter and the SPTJM of a proposal."""

    version: Digits
    letter: UUID
    sptjm: UUID


def router(store: FileStore, taker: FileTaker) -> APIRouter:
    """Return the pages; `taker` takes files within the limits of the service, `store` has them."""
    routes = APIRouter()
    _reading(routes, store)
    _writing(routes, taker)
    return routes


def _reading(routes: APIRouter, store: FileStore) -> None:
    @routes.get(PATH, operation_id="page_papers")
    async def show_papers(
        request: Request,
        caller: PageCaller,
        agency_id: AgencyPath,
        year: YearPath,
        page: PageById,
        selesai: DoneQuery = "",
    ) -> HTMLResponse:
        """Show the papers of the agency, and the forms that bring and hand in."""
        done = DONE.get(selesai, "")
        return await _page(request, caller, agency_id, year, Form(), page=page, done=done)

    @routes.get(f"{PATH}/{{document_id}}", operation_id="page_open_paper", response_class=StreamingResponse)
    async def open_paper(
        request: Request, caller: PageCaller, agency_id: AgencyPath, _: YearInPath, document_id: UUID
    ) -> Response:
        """Give a paper as an attachment."""
        async with state_of(request.app).db.reading() as session:
            found = await documents.get_document(session, caller, document_id)
        if found.agency_id != agency_id:
            raise NotFoundError("Dokumen tidak ditemukan.")
        headers = attachment(found.file_name, found.size_bytes)
        return StreamingResponse(await store.read(found.sha256), media_type=found.media_type, headers=headers)


def _writing(routes: APIRouter, taker: FileTaker) -> None:
    @routes.post(PATH, operation_id="page_add_paper", max_body_size=taker.limit_bytes + BESIDE_FILE_BYTES)
    async def add_paper(
        request: Request,
        caller: PageCaller,
        agency_id: AgencyPath,
        year: YearPath,
        file: UploadFile | None = None,
    ) -> Response:
        """Take a file as a paper of the agency; sent twice, the same form brings one."""
        form = await read_form(request, PaperForm)
        if file is None or not file.size:
            form.errors["file"] = "Pilih berkas yang berisi."
        if form.data is None or file is None or form.errors:
            return await _page(request, caller, agency_id, year, form, UNPROCESSABLE)
        sent, db = form.data, state_of(request.app).db
        try:
            await db.read(lambda session: documents.check_known_agency(session, caller, agency_id))
            async with taker.kept(file) as kept:
                await do_once(
                    request,
                    caller,
                    form,
                    lambda session: documents.add_document(
                        session,
                        caller,
                        kept.received,
                        agency_id=agency_id,
                        file_name=kept.name,
                        media_type=kept.media_type,
                        kind=sent.kind,
                        number=sent.number,
                        dated_on=sent.dated_on,
                        signatory=sent.signatory,
                    ),
                    fingerprint=sent.model_dump_json(exclude={"key"}).encode()
                    + f"{kept.received.sha256} {kept.name}".encode(),
                )
        except (NotFoundError, ForbiddenError):
            raise
        except DomainError as refused:
            form.errors["file"] = refused.message
            return await _page(request, caller, agency_id, year, form, status_of(request, refused.code))
        return RedirectResponse(f"{proposal_page(agency_id, year)}/dokumen?selesai=unggah", SEE_OTHER)

    @routes.post(f"{PLACE}/serahkan", operation_id="page_submit_proposal")
    async def submit(request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath) -> Response:
        """Hand the proposal in with its letter and SPTJM."""
        form = await read_form(request, SubmitForm)
        if form.data is None:
            return await _page(request, caller, agency_id, year, Form(), UNPROCESSABLE, handing=form)
        sent = form.data

        async def work(session: AsyncSession) -> object:
            found = await needed(session, caller, agency_id, year)
            return await proposals.submit(
                session,
                caller,
                found.nomination_id,
                sent.version,
                letter_id=sent.letter,
                sptjm_id=sent.sptjm,
            )

        at = {"letter_id": "letter", "sptjm_id": "sptjm"}
        status = await refusal_of(request, caller, form, work, at=at)
        if status is not None:
            return await _page(request, caller, agency_id, year, Form(), status, handing=form)
        return RedirectResponse(f"{proposal_page(agency_id, year)}?selesai=serah", SEE_OTHER)


def _offered(kind: DocumentKind, newest: Iterable[Document], found: Proposal) -> dict[UUID, Document]:
    """Return the papers of a kind that may be chosen, with the one that was handed in, however old."""
    every = (*newest, *found.papers.values())
    return {paper.document_id: paper for paper in every if paper.kind is kind}


async def _page(
    request: Request,
    caller: Principal,
    agency_id: str,
    year: int,
    form: Form[Any],
    status: int = 200,
    *,
    handing: Form[Any] | None = None,
    page: PageParameters | None = None,
    done: str = "",
) -> HTMLResponse:
    """Show the papers; `form` brings one, `handing` hands letter and SPTJM in."""
    before = page.after[0] if page is not None and page.after else NEWEST
    limit = MOST_CHOICES if page is None else page.limit

    async def look(session: AsyncSession) -> tuple[Proposal, list[Document], dict[DocumentKind, Any]]:
        found = await read_proposal(session, caller, agency_id, year)
        rows = await documents.newest_documents(session, caller, agency_id, before=before, limit=limit + 1)
        newest = {
            kind: await documents.newest_documents(
                session, caller, agency_id, limit=MOST_CHOICES, kinds=(kind,)
            )
            for kind in (DocumentKind.LETTER, DocumentKind.SPTJM)
        }
        return found, rows, newest

    found, rows, newest = await state_of(request.app).db.read(look)
    shown, present = rows[:limit], found.open
    if handing is None:
        handed = () if present is None else (("letter", present.letter_id), ("sptjm", present.sptjm_id))
        handing = Form({name: id_ or "" for name, id_ in handed})
    choices = {
        kind: [(id_, paper_words(one)) for id_, one in _offered(kind, papers, found).items()]
        for kind, papers in newest.items()
    }
    return PAGES.page(
        request,
        "papers.html",
        status=status,
        **head_of(found),
        done=done,
        verdict=papers_verdict(found.present, year),
        missing=[PAPERS[kind] for kind, some in choices.items() if not some],
        rows=[
            (PAPERS[one.kind], one.number or "–", day(one.dated_on), one.signatory or "–", one.file_name,
             f"{found.here}/dokumen/{one.document_id}")
            for one in shown
        ],
        next=encode_cursor((str(shown[-1].document_id),)) if len(rows) > limit else None,
        may_add=may(request, caller, "page_add_paper"),
        may_submit=may(request, caller, "page_submit_proposal")
        and present is not None
        and not found.is_late,
        is_open=present is not None,
        is_submitted=present is not None and present.letter_id is not None,
        kinds=[(kind.value, words) for kind, words in PAPERS.items()],
        letters=choices[DocumentKind.LETTER],
        sptjms=choices[DocumentKind.SPTJM],
        version=found.version,
        form=form,
        handing=handing,
        labels=LABELS,
    )  # fmt: skip
