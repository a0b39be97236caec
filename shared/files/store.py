"""Bytes by their sha256, in a local folder or an S3-compatible bucket.

A file gets its final name only when it is whole and on disk, and its metadata row only after that
(reliability.md section 3, rule 9). What a crash or a refusal leaves behind has no row and is swept after an
hour. A store may be slow, so no file is written or read inside a transaction.
"""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, ClassVar

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from shared.held import in_thread, refuse_while_holding
from shared.kernel import DomainError, new_id
from shared.process.crash import crash_point
from shared.process.disk import is_disk_full

log = structlog.get_logger(__name__)

CHUNK_BYTES = 256 * 1024
SURE_SECONDS = 3.0
"""What tidies up after an upload takes no longer: the sweep does the rest."""
_INCOMING = "incoming"
_FILES = "files"


class FileTooLargeError(DomainError):
    code: ClassVar[str] = "file_too_large"


class FileCorruptError(DomainError):
    """The stored bytes are not those that were uploaded; they are never served."""

    code: ClassVar[str] = "file_corrupt"


class StorageAwayError(DomainError):
    code: ClassVar[str] = "storage_away"


class StorageFullError(DomainError):
    code: ClassVar[str] = "storage_full"


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A whole, synced file under a temporary name."""

    temporary: str
    sha256: str
    size_bytes: int


class FileStore:
    """An object store of immutable files named by the sha256 of their bytes."""

    def __init__(self, store: ObjectStore, root: Path | None, on_corrupt: Callable[[], None]) -> None:
        """Take an opened store; `root` is its folder when it is a local one."""
        self._store = store
        self._root = root
        self._on_corrupt = on_corrupt

    @classmethod
    def open(
        cls, place: str, *, allow_http: bool = False, on_corrupt: Callable[[], None] = lambda: None
    ) -> "FileStore":
        """Open `s3://bucket/prefix`, else a local folder, made if missing.

        `on_corrupt` is called for each stored file found gone or with other bytes. Endpoint and credentials
        of a bucket come from `AWS_*`; `allow_http` admits an endpoint without TLS.
        """
        if "://" in place:
            # Its own patience is three minutes; a caller would rather hear 503 and come again.
            remote = from_url(
                place,
                client_options={"connect_timeout": "3s", "timeout": "60s", "allow_http": allow_http},
                retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=10)},
            )
            return cls(remote, None, on_corrupt)
        root = Path(place).resolve()
        for folder in (root, root / _INCOMING, root / _FILES):
            folder.mkdir(parents=True, exist_ok=True)
        return cls(LocalStore(root), root, on_corrupt)

    @asynccontextmanager
    async def keeping(self, file: BinaryIO, *, limit_bytes: int) -> AsyncIterator[ReceivedFile]:
        """Store a file under its final name while the block makes its metadata row.

        A sweep that saw an orphan of the same bytes just before that row may take the file with it: then it
        is placed again. Raises as `receiving`, but nothing once the block has ended: its row stands.
        """
        async with self.receiving(file, limit_bytes=limit_bytes) as received:
            await self.place(received)
            yield received
            await self._make_sure(received)

    async def _make_sure(self, received: ReceivedFile) -> None:
        """Place a file again that is gone; what is recorded is not refused for a store that is away."""
        try:
            async with asyncio.timeout(SURE_SECONDS):
                try:
                    await obstore.head_async(self._store, _name(received.sha256))
                except FileNotFoundError:
                    await self.place(received)
        except (BaseError, OSError, DomainError) as error:
            log.warning("evidence_not_made_sure", sha256=received.sha256, error=type(error).__name__)

    @asynccontextmanager
    async def receiving(self, file: BinaryIO, *, limit_bytes: int) -> AsyncIterator[ReceivedFile]:
        """Store a file under a temporary name, give it out, and drop that name at the end.

        Raises `FileTooLargeError` as soon as more than `limit_bytes` were read.
        """
        refuse_while_holding("the file store")
        temporary = f"{_INCOMING}/{new_id()}"
        digest = hashlib.sha256()
        size = 0

        async def chunks() -> AsyncIterator[bytes]:
            nonlocal size
            while chunk := await in_thread(file.read, CHUNK_BYTES):
                size += len(chunk)
                if size > limit_bytes:
                    raise FileTooLargeError(
                        f"Berkas lebih besar dari {limit_bytes // 1024**2} MiB.", field="file"
                    )
                digest.update(chunk)
                yield chunk

        try:
            with _faults():
                await obstore.put_async(self._store, temporary, chunks(), chunk_size=5 * 1024 * 1024)
            await self._sync(temporary)
            yield ReceivedFile(temporary, digest.hexdigest(), size)
        finally:
            with contextlib.suppress(OSError, BaseError):
                async with asyncio.timeout(SURE_SECONDS):
                    await obstore.delete_async(self._store, temporary)

    async def place(self, received: ReceivedFile) -> None:
        """Give a received file its final name too; a file of the same bytes is replaced by its twin."""
        refuse_while_holding("the file store")
        crash_point("evidence_before_rename")
        final = _name(received.sha256)
        with _faults():
            await obstore.copy_async(self._store, received.temporary, final)  # a link, where it is a disk
        await self._sync(final)
        crash_point("evidence_after_rename")

    async def read(self, sha256: str) -> AsyncIterator[bytes]:
        """Return the chunks of a file whose every byte was checked against its sha256 beforehand.

        Raises `FileCorruptError` before the first chunk when bytes differ or the file is gone.
        """
        refuse_while_holding("the file store")
        digest = hashlib.sha256()
        try:
            async for chunk in self._stream(sha256):
                digest.update(chunk)
        except FileNotFoundError:
            digest = hashlib.sha256(b"gone")
        if digest.hexdigest() != sha256:
            self._on_corrupt()
            raise FileCorruptError("Berkas tersimpan rusak dan tidak disajikan. Hubungi administrator.")
        return self._stream(sha256)

    async def fetch(self, sha256: str) -> bytes | None:
        """Return a file that no row keeps; None when it was swept meanwhile."""
        refuse_while_holding("the file store")
        content = bytearray()
        try:
            async for chunk in self._stream(sha256):
                content += chunk
        except FileNotFoundError:
            return None
        return bytes(content) if hashlib.sha256(content).hexdigest() == sha256 else None

    async def _stream(self, sha256: str) -> AsyncIterator[bytes]:
        with _faults():
            found = await obstore.get_async(self._store, _name(sha256))
            async for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)

    async def drop_unfinished(self, before: datetime) -> int:
        """Delete temporary files last written before this instant and return how many."""
        if self._root is not None:
            # The library's listing hides the `name#1` leftovers of its own broken writes.
            return await in_thread(_unlink_old, self._root / _INCOMING, before.timestamp())
        dropped = 0
        async for batch in obstore.list(self._store, _INCOMING):
            old = [found["path"] for found in batch if found["last_modified"] < before]
            if old:
                await obstore.delete_async(self._store, old)
            dropped += len(old)
        return dropped

    async def stored_before(self, before: datetime) -> AsyncIterator[list[str]]:
        """Give the sha256 names of files stored before this instant, in batches."""
        async for batch in obstore.list(self._store, _FILES):
            names = [found["path"].rpartition("/")[2] for found in batch if found["last_modified"] < before]
            if names:
                yield names

    async def delete_if_older(self, sha256: str, before: datetime) -> bool:
        """Delete a file unless it was stored anew since; the caller holds the lock on its name."""
        try:
            if (await obstore.head_async(self._store, _name(sha256)))["last_modified"] >= before:
                return False
        except FileNotFoundError:
            return False
        await obstore.delete_async(self._store, _name(sha256))
        return True

    async def delete(self, sha256: str) -> None:
        """Delete a file that must not be kept, whoever has rows of it; one that is gone stays so."""
        with contextlib.suppress(FileNotFoundError), _faults():
            await obstore.delete_async(self._store, _name(sha256))

    async def _sync(self, path: str) -> None:
        """Force a local file and the folders that name it to disk: the library never does."""
        if self._root is not None:
            with _faults():
                await in_thread(_fsync_up, self._root / path, self._root)


def _name(sha256: str) -> str:
    return f"{_FILES}/{sha256[:2]}/{sha256}"


def _fsync_up(path: Path, root: Path) -> None:
    while True:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if path == root:
            return
        path = path.parent


def _unlink_old(folder: Path, before: float) -> int:
    old = [entry.path for entry in os.scandir(folder) if entry.is_file() and entry.stat().st_mtime < before]
    for path in old:
        Path(path).unlink(missing_ok=True)
    return len(old)


@contextmanager
def _faults() -> Iterator[None]:
    """Turn faults of the store into refusals that say whether a repeat may help."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        if is_disk_full(error):
            raise StorageFullError("Tempat penyimpanan berkas penuh.") from error
        raise StorageAwayError("Penyimpanan berkas sedang tidak dapat dijangkau.") from error
