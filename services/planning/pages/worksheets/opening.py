"""One evidence as somebody opens it from a worksheet: a file to keep, words or an address to read."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from services.planning.evidence import usecases as evidence
from services.planning.evidence.domain import Form
from services.planning.pages.frame import PAGES
from services.planning.parameters import RevisionQuery, UnitPath, YearPath
from shared.files.store import FileStore
from shared.http.addresses import WORKSHEETS, worksheet_page
from shared.http.attachment import attachment
from shared.http.authorization import PageCaller
from shared.http.state import state_of
from shared.kernel import NotFoundError


def router(store: FileStore) -> APIRouter:
    """Return the page; `store` has the files."""
    routes = APIRouter()

    @routes.get(
        f"{WORKSHEETS}/{{unit_id}}/{{year}}/dokumen/{{evidence_id}}", operation_id="page_open_evidence"
    )
    async def open_evidence(
        request: Request,
        caller: PageCaller,
        unit_id: UnitPath,
        year: YearPath,
        evidence_id: UUID,
        revisi: RevisionQuery = None,
    ) -> Response:
        """Give a file as an attachment; show words, or an address as a link that nobody opens by itself.

        Without a revision it is the newest.
        """
        async with state_of(request.app).db.reading() as session:
            found = await evidence.get_evidence(session, caller, evidence_id)
            content = await evidence.content_of(session, caller, evidence_id, revisi)
        if found.unit_id != unit_id:
            raise NotFoundError("Bukti dukung tidak ditemukan.")
        if content.form is not Form.FILE:
            return PAGES.page(
                request,
                "evidence_open.html",
                heading=found.title,
                body=content.body,
                is_address=content.form is Form.ADDRESS,
                sheet=worksheet_page(unit_id, year),
            )
        headers = attachment(content.file_name, content.size_bytes)
        return StreamingResponse(
            await store.read(content.sha256), media_type=content.media_type, headers=headers
        )

    return routes
