"""The conversation about a case as its officers read it, and write in it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.pages import words
from services.complaints.cases.usecases import queries
from services.complaints.conversation import usecases
from services.complaints.conversation.data import conversation_rules
from services.complaints.conversation.schemas import MessageText
from services.complaints.conversation.serving import (
    Brought,
    Unsent,
    WaitingPage,
    not_brought,
    served,
    told_apart,
)
from services.complaints.conversation.taking import files_of
from services.complaints.conversation.usecases import Sent
from services.complaints.deadlines.api import engine_of
from services.complaints.frame import PAGES, SEE_OTHER
from shared.http.addresses import case_page
from shared.http.api.paging import encode_cursor
from shared.http.authorization import PageCaller
from shared.http.once import OnceBody, do_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError, NotFoundError, Zone
from shared.security import Principal

router = APIRouter()
PATH = "/pengaduan/{tracking_id}/percakapan"
_UNPROCESSABLE = 422


class WriteForm(OnceBody):
    """What an officer writes, or brings files with."""

    text: MessageText | None = None
    files: Unsent = None
    is_internal: bool = False


@router.get("/pengaduan/pesan/belum-dijawab", operation_id="page_unanswered")
async def show_unanswered(request: Request, actor: PageCaller, page: WaitingPage) -> HTMLResponse:
    """Show the cases whose reporter waits for words, the oldest first."""
    async with state_of(request.app).db.reading() as session:
        found = await usecases.waiting(session, actor, after=page.after or None, limit=page.limit + 1)
    shown = found[: page.limit]
    following = None
    if len(found) > page.limit:
        following = encode_cursor((shown[-1].since.isoformat(), str(shown[-1].case_id)))
    return PAGES.page(request, "unanswered.html", cases=shown, following=following)


@router.get(PATH, operation_id="page_conversation")
async def show(request: Request, actor: PageCaller, tracking_id: str) -> HTMLResponse:
    """Show what was written about a case, and the form to write."""
    return await _page(request, actor, tracking_id, Form[WriteForm]())


@router.post(PATH, operation_id="page_write", max_body_size=conversation_rules().sending_bytes)
async def write(request: Request, actor: PageCaller, tracking_id: str, files: Brought) -> Response:
    """Take what an officer writes; sent twice, the same form writes once."""
    form = await read_form(request, WriteForm)
    engine = engine_of(request)
    if form.data is not None:
        form.errors |= not_brought(request, form.data.text, files)
    if (data := form.data) is None or form.errors:
        return await _page(request, actor, tracking_id, form, _UNPROCESSABLE)
    found = await _case(request, actor, tracking_id)
    try:
        async with files_of(request).taken(files) as kept:
            sent = Sent(data.text, kept, data.is_internal)
            await do_once(
                request,
                actor,
                form,
                lambda session: usecases.send_as_officer(session, engine, actor, found["id"], sent),
                fingerprint=told_apart(sent),
            )
    except NotFoundError:
        raise
    except DomainError as error:
        form.refuse(error, {"file": "files"})
        return await _page(request, actor, tracking_id, form, status_of(request, error.code))
    return RedirectResponse(f"{case_page(tracking_id)}/percakapan", SEE_OTHER)


@router.get(
    "/pengaduan/{tracking_id}/berkas/{attachment_id}",
    operation_id="page_open_attachment",
    response_class=StreamingResponse,
)
async def open_attachment(
    request: Request, actor: PageCaller, tracking_id: str, attachment_id: UUID
) -> Response:
    """Give a file of the case as an attachment."""
    found = await _case(request, actor, tracking_id)
    async with state_of(request.app).db.reading() as session:
        file = await usecases.attachment_of(session, found["id"], attachment_id, actor)
    return await served(request, file)


async def _case(request: Request, actor: Principal, tracking_id: str) -> Mapping[str, Any]:
    policies = engine_of(request).policies
    return await state_of(request.app).db.read(
        lambda session: queries.tracked_case(session, policies, actor, tracking_id)
    )


async def _page(
    request: Request, actor: Principal, tracking_id: str, form: Form[WriteForm], status: int = 200
) -> HTMLResponse:
    found = await _case(request, actor, tracking_id)
    engine = engine_of(request)

    async def look(session: AsyncSession) -> tuple[usecases.Conversation, bool]:
        told = await usecases.read_as_officer(session, actor, found["id"])
        return told, await usecases.may_write_to(session, engine, found["id"])

    told, may_write = await state_of(request.app).db.read(look)
    return PAGES.page(
        request,
        "case_conversation.html",
        status=status,
        case=found,
        conversation=told,
        may_write=may_write,
        form=form,
        rules=conversation_rules(),
        zone=found["zone"] or Zone.WIB,
        words=words,
    )
