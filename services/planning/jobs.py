"""Timers: the sweep of files without metadata, and the count of overdue activities."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog

from services.planning.evidence import FileStore, StorageAwayError
from services.planning.metrics import ACTIVITIES_OVERDUE
from services.planning.store import plans
from services.planning.usecases.evidence import sweep_orphans
from shared.db import Database, DatabaseAwayError
from shared.observability.metrics import JOBS_LAST_SUCCESS
from shared.runtime.worker import Health, WorkerRole

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 600.0
COUNT_SECONDS = 60.0
RETRY_SECONDS = 10.0


class Job:
    """Repeats a step; a late step harms nobody, and several replicas at once do no harm."""

    role: WorkerRole = "job"

    def __init__(self, name: str, seconds: float, step: Callable[[], Awaitable[None]]) -> None:
        self.name = name
        self._seconds = seconds
        self._step = step
        JOBS_LAST_SUCCESS.labels(name)

    def health(self) -> Health:
        return Health(is_ready=True, is_alive=True)

    async def run(self) -> None:
        """Repeat until cancelled, sooner after a fault of database or file store."""
        while True:
            try:
                await self._step()
                JOBS_LAST_SUCCESS.labels(self.name).set(time.time())
                await asyncio.sleep(self._seconds)
            except (DatabaseAwayError, StorageAwayError) as error:
                log.warning("job_retried", job=self.name, error=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)


def evidence_sweep(db: Database, store: FileStore) -> Job:
    """Return the job that deletes files which no upload finished."""

    async def sweep() -> None:
        swept = await sweep_orphans(db, store, datetime.now(UTC))
        if swept:
            log.info("files_swept", files=swept)

    return Job("evidence_sweep", SWEEP_SECONDS, sweep)


def overdue_count(db: Database) -> Job:
    """Return the job that measures how many activities are late."""

    async def count() -> None:
        async with db.reading() as session:
            ACTIVITIES_OVERDUE.set(await plans.count_overdue(session))

    return Job("overdue_count", COUNT_SECONDS, count)
