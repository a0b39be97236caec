"""The hourly job that removes what HTTP no longer needs: old answers, ended sessions, counters."""

import asyncio
import time
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, text

from shared.db import Database, DatabaseAwayError
from shared.http.command import KEEP_HOURS
from shared.observability.metrics import JOBS_LAST_SUCCESS
from shared.runtime.worker import Health, WorkerRole

log = structlog.get_logger(__name__)

INTERVAL_SECONDS = 3600.0
RETRY_SECONDS = 10.0
_NAME = "http_sweep"
_STATEMENTS = (
    f"DELETE FROM idempotency WHERE created_at < now() - interval '{KEEP_HOURS} hours'",  # noqa: S608 - own number
    "DELETE FROM page_session WHERE expires_at < now()",
    "DELETE FROM login_state WHERE expires_at < now()",
    "DELETE FROM rate_limit WHERE window_start < now() - interval '2 days'",
)

JOBS_LAST_SUCCESS.labels(_NAME)


class HttpSweep:
    """Runs beside the API of every service; several at once do no harm."""

    name = _NAME
    role: WorkerRole = "job"

    def __init__(self, db: Database) -> None:
        self._db = db

    async def run(self) -> None:
        """Sweep each hour until cancelled."""
        while True:
            try:
                await self.sweep()
                await asyncio.sleep(INTERVAL_SECONDS)
            except DatabaseAwayError:
                await asyncio.sleep(RETRY_SECONDS)

    async def sweep(self) -> int:
        """Remove everything that has had its time and return the number of rows."""
        removed = 0
        async with self._db.transaction() as session:
            for statement in _STATEMENTS:
                removed += cast("CursorResult[Any]", await session.execute(text(statement))).rowcount
        JOBS_LAST_SUCCESS.labels(_NAME).set(time.time())
        log.info("http_swept", rows=removed)
        return removed

    def health(self) -> Health:
        """A late sweep harms nobody: always well."""
        return Health(is_ready=True, is_alive=True)
