"""The hourly job that removes what HTTP no longer needs: old answers, ended sessions, counters."""

from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, text

from shared.db import Database
from shared.http.api.command import KEEP_HOURS
from shared.process.jobs import Repeating

log = structlog.get_logger(__name__)

INTERVAL_SECONDS = 3600.0
LONGEST_SECONDS = 1800.0
"""The first sweep after a long pause may have much to remove."""
_STATEMENTS = (
    f"DELETE FROM idempotency WHERE created_at < now() - interval '{KEEP_HOURS} hours'",  # noqa: S608 - own number
    "DELETE FROM page_session WHERE expires_at < now()",
    "DELETE FROM logout_token WHERE expires_at < now()",
    "DELETE FROM login_state WHERE expires_at < now()",  # of the release before
    "DELETE FROM rate_limit WHERE window_start < now() - interval '2 days'",
)


class HttpSweep:
    """Runs beside the API of every service; several at once do no harm."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def worker(self) -> Repeating:
        """Return the worker that sweeps each hour."""
        return Repeating("http_sweep", "job", self.step, stall_seconds=LONGEST_SECONDS)

    async def step(self) -> float:
        """Sweep; returns the seconds until the next time."""
        removed = await self.sweep()
        log.info("http_swept", rows=removed)
        return INTERVAL_SECONDS

    async def sweep(self) -> int:
        """Remove everything that has had its time and return the number of rows."""
        removed = 0
        async with self._db.transaction() as session:
            for statement in _STATEMENTS:
                removed += cast("CursorResult[Any]", await session.execute(text(statement))).rowcount
        return removed
