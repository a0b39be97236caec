"""Takes files in: looks into them, a few at a time, has them scanned, and keeps them while rows are made."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import cast

from fastapi import Request
from starlette.datastructures import UploadFile

from services.complaints.conversation.data import conversation_rules
from services.complaints.conversation.domain import FileInfectedError, KeptFile, Scan
from services.complaints.conversation.metrics import FILES_INFECTED
from shared.files.cleaning import CleanFile, cleaned
from shared.files.inspection.limits import Limits
from shared.files.inspection.refusal import RefusedFileError
from shared.files.scanning import Scanner, ScannerAwayError
from shared.files.store import CHUNK_BYTES, FileStore
from shared.held import in_thread

_MIB = 1024 * 1024


class Files:
    """The way of files into the store and out of it; without a `scanner` they are kept as unscanned."""

    def __init__(self, store: FileStore, scanner: Scanner | None) -> None:
        rules = conversation_rules()
        self.store = store
        self.scanner = scanner
        self._rules = rules
        self._gate = asyncio.Semaphore(rules.files_looked_into_at_once)
        self._limits = Limits(
            packed_bytes=rules.file_bytes,
            pixels=rules.pixels,
            memory_bytes=rules.picture_memory_mib * _MIB,
            seconds=rules.picture_seconds,
        )

    @asynccontextmanager
    async def taken(self, sent: Sequence[UploadFile]) -> AsyncIterator[list[KeptFile]]:
        """Look into files and keep them while the block makes their rows; one that is refused refuses all.

        A browser sends an empty part where no file was chosen: it is none. Raises what `cleaned` and
        `FileStore.keeping` raise, and `FileInfectedError`; nothing is stored then.
        """
        chosen = [file for file in sent if file.size or file.filename]
        if len(chosen) > self._rules.files_at_once:
            raise RefusedFileError(
                f"Paling banyak {self._rules.files_at_once} berkas sekali kirim.", field="files"
            )
        async with AsyncExitStack() as stack:
            clean = []
            for file in chosen:
                clean.append(await self._cleaned(file))
                stack.callback(clean[-1].file.close)
            scans = [await self._scanned(file) for file in clean]
            kept: list[KeptFile] = []
            for looked_at, scan in zip(clean, scans, strict=True):
                looked_at.file.seek(0)
                received = await stack.enter_async_context(
                    self.store.keeping(looked_at.file, limit_bytes=self._rules.file_bytes)
                )
                one = KeptFile(
                    received.sha256, looked_at.media_type, received.size_bytes, looked_at.extension, scan
                )
                if one not in kept:
                    kept.append(one)
            yield kept

    async def _cleaned(self, file: UploadFile) -> CleanFile:
        async with self._gate:
            return await in_thread(
                cleaned,
                file.file,
                file.filename or "",
                limit_bytes=self._rules.file_bytes,
                limits=self._limits,
            )

    async def _scanned(self, file: CleanFile) -> Scan:
        if self.scanner is None:
            return Scan.UNSCANNED

        async def parts() -> AsyncIterator[bytes]:
            while part := await in_thread(file.file.read, CHUNK_BYTES):
                yield part

        try:
            is_clean = await self.scanner.is_clean(parts())
        except ScannerAwayError:
            return Scan.WAITING
        if not is_clean:
            FILES_INFECTED.inc()
            raise FileInfectedError("Pemindai menemukan program jahat dalam berkas ini.", field="files")
        return Scan.CLEAN


def files_of(request: Request) -> Files:
    """Return the files that `main.build` put on the application."""
    return cast("Files", request.app.state.files)
