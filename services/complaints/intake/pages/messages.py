"""The reporter writes to the officers and brings files, from the page of the own case."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from pydantic import Field

from services.complaints.conversation import usecases
from services.complaints.conversation.data import conversation_rules
from services.complaints.conversation.schemas import MessageText
from services.complaints.conversation.serving import Brought, Unsent, not_brought, served, told_apart
from services.complaints.conversation.taking import files_of
from services.complaints.conversation.usecases import Sent
from services.complaints.frame import COOKIE, SEE_OTHER
from services.complaints.intake.limits import count_in_session
from services.complaints.intake.pages.own_case import OWN_CASE, ActForm, case_page, other_case
from services.complaints.intake.reporters import (
    REPORTER,
    UNAVAILABLE,
    act_of_reporter,
    case_behind,
    let_in,
)
from services.complaints.intake.schemas import MOST_CYCLES
from shared.http.api.command import Command
from shared.http.limits.bursts import RateLimitedError
from shared.http.limits.counts import FROM_ANYBODY
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError, NotFoundError

router = APIRouter(dependencies=[FROM_ANYBODY])
PATH = "/lacak/pengaduan/pesan"
_UNPROCESSABLE = 422


class MessageForm(ActForm):
    """What the reporter writes, or brings files with; of which request for facts, where there is one."""

    text: MessageText | None = None
    files: Unsent = None
    question: Annotated[int, Field(ge=0, le=MOST_CYCLES)] = 0


async def _count_look(request: Request) -> None:
    await count_in_session(request, request.cookies.get(COOKIE))


@router.get(PATH, operation_id="page_my_messages", dependencies=[Depends(_count_look)])
async def show_form(request: Request) -> Response:
    """Show the forms of a message and of files."""
    return await case_page(request, "message.html", Form[MessageForm]())


@router.post(
    PATH,
    operation_id="page_send_message",
    dependencies=[OWN_CASE],
    max_body_size=conversation_rules().sending_bytes,
)
async def send(request: Request, files: Brought) -> Response:
    """Take a message or files; sent twice, the same form sends once. A refusal keeps what was written."""
    form, token = await read_form(request, MessageForm), request.cookies.get(COOKIE)
    db = state_of(request.app).db
    try:
        opened = await db.read(lambda session: case_behind(session, token))
        if form.values.get("case") != str(opened):
            return other_case(request, form)
        if form.data is not None:
            form.errors |= not_brought(request, form.data.text, files)
        if (data := form.data) is None or form.errors:
            return await case_page(request, "message.html", form, status=_UNPROCESSABLE)
        if files:
            await count_in_session(request, token)  # a refused file is work too
        async with files_of(request).taken(files) as kept:
            sent = Sent(data.text, kept)
            await act_of_reporter(
                request,
                Command(request, db, REPORTER, data.key or None),
                token,
                lambda act: usecases.send_as_reporter(*act, sent, read=data.question or None),
                fingerprint=told_apart(sent),
                is_counted=bool(files),
            )
    except NotFoundError:
        if form.values.get("text"):
            raise  # the page of the refusal gives back what was typed
        return RedirectResponse("/lacak", SEE_OTHER)
    except (*UNAVAILABLE, RateLimitedError):
        raise
    except DomainError as error:
        form.refuse(error, {"file": "files"})
        form.values = {name: value for name, value in form.values.items() if name not in ("key", "question")}
        return await case_page(request, "message.html", form, status=status_of(request, error.code))
    return RedirectResponse("/lacak/pengaduan#percakapan", SEE_OTHER)


@router.get(
    "/lacak/pengaduan/berkas/{attachment_id}",
    operation_id="page_open_my_attachment",
    dependencies=[Depends(_count_look)],
    response_class=StreamingResponse,
)
async def open_attachment(request: Request, attachment_id: UUID) -> Response:
    """Give a file of the own case as an attachment."""
    async with state_of(request.app).db.reading() as session:
        try:
            case_id = await case_behind(session, request.cookies.get(COOKIE))
        except NotFoundError:
            return RedirectResponse("/lacak", SEE_OTHER)
        found = await usecases.attachment_of(session, case_id, attachment_id, None)
    return await served(request, found)


async def let_bring(request: Request) -> None:
    """Let who holds a receipt session bring files; raises `NotFoundError` before a byte of them is read."""
    await let_in(request, request.cookies.get(COOKIE))
