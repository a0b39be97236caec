"""Takes files in: looks into them, a few at a time, and keeps them while their metadata rows are made."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from fastapi import UploadFile

from services.planning.evidence.domain import Content
from services.planning.evidence.usecases import file_content
from services.planning.parameters import MIB
from services.planning.settings import Settings
from shared.files.checking import checked_type
from shared.files.store import FileStore, ReceivedFile
from shared.held import in_thread
from shared.kernel import printable

MAX_NAME = 200


class KeptFile(NamedTuple):
    """A file that lies in the store, by its plain name and the type that it was looked at to be."""

    received: ReceivedFile
    name: str
    media_type: str


class FileTaker:
    """The way of a file into the store, for programs and pages; `limit_bytes` is the largest it takes."""

    def __init__(self, settings: Settings, store: FileStore) -> None:
        self.limit_bytes = settings.evidence_max_mib * MIB
        self._gate = asyncio.Semaphore(settings.evidence_at_once)
        self._store = store

    @asynccontextmanager
    async def kept(self, file: UploadFile) -> AsyncIterator[KeptFile]:
        """Look into a file and keep it while the block makes its metadata rows.

        Raises what `checked_type` and `FileStore.keeping` raise.
        """
        name = plain_name(file.filename)
        async with self._gate:
            media_type = await in_thread(checked_type, file.file, name, limit_bytes=self.limit_bytes)
        async with self._store.keeping(file.file, limit_bytes=self.limit_bytes) as received:
            yield KeptFile(received, name, media_type)

    @asynccontextmanager
    async def taken(self, file: UploadFile) -> AsyncIterator[Content]:
        """Do as `kept`, for evidence."""
        async with self.kept(file) as found:
            yield file_content(found.received, found.name, found.media_type)


def plain_name(name: str | None) -> str:
    """Return a client's file name without folders and control characters, at most 200 characters long."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    shown = printable(last).strip()
    stem, dot, extension = shown.rpartition(".")
    return f"{stem[: MAX_NAME - len(extension) - 1]}{dot}{extension}"[-MAX_NAME:]
