"""Messages and files of a case, for its officers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse

from services.complaints.conversation import usecases
from services.complaints.conversation.data import conversation_rules
from services.complaints.conversation.schemas import ConversationOut, MessageIn, MessageOut, WaitingOut
from services.complaints.conversation.serving import WaitingPage, served, told_apart
from services.complaints.conversation.taking import files_of
from services.complaints.conversation.usecases import Sent
from services.complaints.deadlines.api import engine_of
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page
from shared.http.authorization import Caller
from shared.http.state import state_of

router = APIRouter()


@router.get("/messages/unanswered", operation_id="list_unanswered")
async def list_unanswered(request: Request, actor: Caller, page: WaitingPage) -> Page[WaitingOut]:
    """Return the cases whose reporter wrote since the office last wrote or acted, the oldest first."""
    async with state_of(request.app).db.reading() as session:
        found = await usecases.waiting(session, actor, after=page.after or None, limit=page.limit + 1)
    return Page[WaitingOut].of(
        found,
        page.limit,
        key=lambda one: (one.since.isoformat(), str(one.case_id)),
        item=WaitingOut.of,
    )


@router.get("/cases/{case_id}/messages", operation_id="list_messages", responses=refusals(404))
async def list_messages(request: Request, actor: Caller, case_id: UUID) -> ConversationOut:
    """Return what reporter and officers wrote each other, notes for officers included."""
    async with state_of(request.app).db.reading() as session:
        found = await usecases.read_as_officer(session, actor, case_id)
    return ConversationOut.of(found)


@router.post(
    "/cases/{case_id}/messages",
    operation_id="send_message",
    status_code=201,
    responses=refusals(404, 409, 429),
    response_model=MessageOut,
)
async def send_message(request: Request, case_id: UUID, body: MessageIn, cmd: Commands) -> Response:
    """Write to the reporter, or a note for officers alone. The case's version stays, and no clock moves."""
    engine, sent = engine_of(request), Sent(body.text, is_internal=body.is_internal)
    return await cmd.run(
        lambda session: usecases.send_as_officer(session, engine, cmd.actor, case_id, sent),
        status=201,
        reply=MessageOut.of,
    )


@router.post(
    "/cases/{case_id}/attachments",
    operation_id="attach_to_case",
    status_code=201,
    responses=refusals(404, 409, 429),
    response_model=MessageOut,
    max_body_size=conversation_rules().sending_bytes,
)
async def attach_to_case(
    request: Request,
    case_id: UUID,
    files: list[UploadFile],
    cmd: Commands,
    is_internal: Annotated[bool, Query(description="For officers alone")] = False,
) -> Response:
    """Bring up to ten files; pictures are written anew without what a camera notes beside them."""
    engine, db = engine_of(request), state_of(request.app).db
    await db.read(lambda session: usecases.check_seen(session, cmd.actor, case_id))
    async with files_of(request).taken(files) as kept:
        sent = Sent(None, kept, is_internal)
        return await cmd.run(
            lambda session: usecases.send_as_officer(session, engine, cmd.actor, case_id, sent),
            status=201,
            reply=MessageOut.of,
            fingerprint=told_apart(sent),
        )


@router.get(
    "/cases/{case_id}/attachments/{attachment_id}",
    operation_id="download_attachment",
    responses=refusals(404, 409, 415, 500),
    response_class=StreamingResponse,
)
async def download_attachment(
    request: Request, actor: Caller, case_id: UUID, attachment_id: UUID
) -> Response:
    """Give a file of the case, as an attachment only."""
    async with state_of(request.app).db.reading() as session:
        found = await usecases.attachment_of(session, case_id, attachment_id, actor)
    return await served(request, found)
