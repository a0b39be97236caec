"""Routes of the reporter, by receipt session: write to the officers, bring files, read both."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response, UploadFile
from fastapi import Form as FormField
from fastapi.responses import StreamingResponse

from services.complaints.conversation import usecases
from services.complaints.conversation.data import conversation_rules
from services.complaints.conversation.schemas import MessageText, MyMessageIn, MyMessageOut, MyMessagesOut
from services.complaints.conversation.serving import served, told_apart
from services.complaints.conversation.taking import files_of
from services.complaints.conversation.usecases import Sent
from services.complaints.intake.api import Session
from services.complaints.intake.limits import count_in_session
from services.complaints.intake.reporters import act_of_reporter, case_behind, let_in
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.limits.counts import FROM_ANYBODY
from shared.http.state import state_of

router = APIRouter(dependencies=[FROM_ANYBODY], responses=refusals(404, 429))


@router.get("/public/my-case/messages", operation_id="list_my_messages")
async def list_my_messages(request: Request, token: Session = None) -> MyMessagesOut:
    """Return what reporter and officers wrote each other."""
    await count_in_session(request, token)
    async with state_of(request.app).db.reading() as session:
        found = await usecases.read_as_reporter(session, await case_behind(session, token))
    return MyMessagesOut.of(found)


@router.post(
    "/public/my-case/messages",
    operation_id="send_my_message",
    status_code=201,
    responses=refusals(409),
    response_model=MyMessageOut,
)
async def send_my_message(
    request: Request, body: MyMessageIn, cmd: Commands, token: Session = None
) -> Response:
    """Write to the officers. While they wait for facts (`complete` in `may`) this gives them the facts."""
    sent = Sent(body.text)
    return await act_of_reporter(
        request,
        cmd,
        token,
        lambda act: usecases.send_as_reporter(*act, sent),
        status=201,
        reply=MyMessageOut.of,
    )


@router.post(
    "/public/my-case/attachments",
    operation_id="attach_to_my_case",
    status_code=201,
    responses=refusals(409),
    response_model=MyMessageOut,
    max_body_size=conversation_rules().sending_bytes,
)
async def attach_to_my_case(
    request: Request,
    files: list[UploadFile],
    cmd: Commands,
    text: Annotated[MessageText | None, FormField()] = None,
    token: Session = None,
) -> Response:
    """Bring up to ten files, with a text if wanted; while the officers wait for facts these are the facts.

    Pictures are written anew without what a camera notes beside them.
    """
    await count_in_session(request, token)  # a refused file is work too
    async with files_of(request).taken(files) as kept:
        sent = Sent(text, kept)
        return await act_of_reporter(
            request,
            cmd,
            token,
            lambda act: usecases.send_as_reporter(*act, sent),
            status=201,
            reply=MyMessageOut.of,
            fingerprint=told_apart(sent),
            is_counted=True,
        )


@router.get(
    "/public/my-case/attachments/{attachment_id}",
    operation_id="download_my_attachment",
    responses=refusals(409, 415, 500),
    response_class=StreamingResponse,
)
async def download_my_attachment(request: Request, attachment_id: UUID, token: Session = None) -> Response:
    """Give a file of the own case, as an attachment only."""
    await count_in_session(request, token)
    async with state_of(request.app).db.reading() as session:
        case_id = await case_behind(session, token)
        found = await usecases.attachment_of(session, case_id, attachment_id, None)
    return await served(request, found)


async def let_bring(request: Request) -> None:
    """Let who holds a receipt session bring files; raises `NotFoundError` before a byte of them is read."""
    await let_in(request, request.headers.get("x-receipt-session"))
