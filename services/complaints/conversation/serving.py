"""What API and pages share: a file as the answer, and what makes two sendings the same."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse
from starlette.datastructures import UploadFile

from services.complaints.conversation.domain import Attachment
from services.complaints.conversation.taking import files_of
from services.complaints.conversation.usecases import Sent
from shared.http.attachment import attachment


async def served(request: Request, found: Attachment) -> Response:
    """Answer with a file that a browser keeps and neither shows nor runs."""
    file = found.file
    return StreamingResponse(
        await files_of(request).store.read(file.sha256),
        media_type=file.media_type,
        headers=attachment(found.name, file.size_bytes),
    )


def told_apart(sent: Sent) -> bytes:
    """Return what stands for a sending whose body is read."""
    names = " ".join(file.sha256 for file in sent.files)
    return f"{names} {sent.is_internal} {sent.text or ''}".encode()


async def _brought(request: Request) -> AsyncIterator[list[UploadFile]]:
    form = await request.form()
    try:
        sent = form.getlist("files")
        yield [file for file in sent if isinstance(file, UploadFile) and (file.filename or file.size)]
    finally:
        await form.close()


Brought = Annotated[list[UploadFile], Depends(_brought)]
"""The files in a page's form; a browser sends an empty part where none was chosen."""
