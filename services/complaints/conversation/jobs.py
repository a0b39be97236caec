"""Timers: the sweep of what no row or nobody waits for, and the scan of files that the scanner missed."""

from collections.abc import AsyncIterator

import structlog

from services.complaints.conversation import store, usecases
from services.complaints.conversation.domain import Scan
from services.complaints.conversation.metrics import FILES_INFECTED, FILES_WAITING
from shared.db import Database
from shared.files.scanning import Scanner, ScannerAwayError
from shared.files.store import FileCorruptError, FileStore, StorageAwayError
from shared.files.sweeping import lock_name
from shared.process.jobs import Repeating

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 600.0
SWEEP_LONGEST_SECONDS = 1800.0
"""An object store lists a year's files page by page."""
SCAN_SECONDS = 30.0
AT_ONCE = 100


def file_sweep(db: Database, files: FileStore, *, is_scanned: bool) -> Repeating:
    """Return the job that deletes files which no upload finished, and who no longer waits for words.

    It says once that nobody scans.
    """
    has_warned = is_scanned

    async def sweep() -> float:
        nonlocal has_warned
        if not has_warned:
            has_warned = True
            log.warning("files_are_not_scanned", setting="ZI_COMPLAINTS_SCANNER")
        await usecases.forget_answered(db)  # first: the store of files may be away
        swept = await usecases.sweep(db, files)
        if swept:
            log.info("files_swept", files=swept)
        return SWEEP_SECONDS

    return Repeating(
        "file_sweep", "job", sweep, away=(StorageAwayError,), stall_seconds=SWEEP_LONGEST_SECONDS
    )


class LateScan:
    """Has files scanned that came while the scanner was away, or before there was one."""

    def __init__(self, db: Database, files: FileStore, scanner: Scanner) -> None:
        self._db = db
        self._files = files
        self._scanner = scanner
        self._after = ""

    def worker(self) -> Repeating:
        """Return the worker that scans."""
        return Repeating(
            "file_scan", "job", self.step, away=(StorageAwayError,), stall_seconds=SWEEP_LONGEST_SECONDS
        )

    async def step(self) -> float:
        """Scan some files; return the seconds until the next look."""
        async with self._db.reading() as session:
            found = await store.unseen(session, self._after, AT_ONCE)
            FILES_WAITING.set(await store.count_waiting(session))
        for sha256 in found:
            try:
                await self._scan(sha256)
            except ScannerAwayError:
                return SCAN_SECONDS  # they wait; the next look begins with this one
            except FileCorruptError:
                log.warning("file_not_scanned", sha256=sha256)
            self._after = sha256
        if len(found) == AT_ONCE:
            return 0.0
        self._after = ""
        return SCAN_SECONDS

    async def _scan(self, sha256: str) -> None:
        is_clean = await self._scanner.is_clean(_checked(self._files, sha256))
        async with self._db.transaction() as session:
            await lock_name(session, sha256)
            await store.note_scan(session, sha256, Scan.CLEAN if is_clean else Scan.INFECTED)
        if not is_clean:
            FILES_INFECTED.inc()
            log.warning("file_infected", sha256=sha256)
            await self._files.delete(sha256)


async def _checked(files: FileStore, sha256: str) -> AsyncIterator[bytes]:
    async for part in await files.read(sha256):
        yield part
