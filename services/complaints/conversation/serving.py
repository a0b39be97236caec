"""What API and pages share: a file as the answer, and what makes two sendings the same."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BeforeValidator
from starlette.datastructures import UploadFile

from services.complaints.conversation.domain import Attachment
from services.complaints.conversation.taking import files_of
from services.complaints.conversation.usecases import Sent
from shared.http.api.paging import PageParameters, identity, moment, paged
from shared.http.attachment import attachment
from shared.http.typed import kind_of_body

WaitingPage = Annotated[PageParameters, paged(moment, identity)]
"""Cases whose reporter waits for words, by since when."""


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


def not_brought(request: Request, text: str | None, files: Sequence[UploadFile]) -> dict[str, str]:
    """Return the error of a form whose button brings files without any, or of one that brings nothing."""
    if not files and kind_of_body(request.scope) == b"multipart/form-data":
        return {"files": "Tidak ada berkas yang terkirim."}
    return {} if text or files else {"text": "Tulis pesan."}


def _unsent(_: object) -> None:
    raise ValueError("Tombol Kirim pesan tidak membawa berkas; tekan Kirim berkas.")


Unsent = Annotated[None, BeforeValidator(_unsent)]
"""The field for files of a form that was sent without them: a browser then sends their names alone."""


async def _brought(request: Request) -> AsyncIterator[list[UploadFile]]:
    form = await request.form()
    try:
        sent = form.getlist("files")
        yield [file for file in sent if isinstance(file, UploadFile) and (file.filename or file.size)]
    finally:
        await form.close()


Brought = Annotated[list[UploadFile], Depends(_brought)]
"""The files in a page's form; a browser sends an empty part where none was chosen."""
