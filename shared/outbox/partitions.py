"""Daily partitions of the outbox: made a week ahead, dropped after two, never at the cost of a command."""

import asyncio

import structlog
from sqlalchemy import text

from shared.db import Database
from shared.outbox.ddl import DAYS_AHEAD, DAYS_KEPT
from shared.process.jobs import Repeating

log = structlog.get_logger(__name__)

INTERVAL_SECONDS = 3600.0
RETRY_SECONDS = 10.0

_CHANGE = text("SELECT zi_outbox_partitions(:ahead, :kept)")
BLOCKED = "blocked"


class PartitionsBlockedError(Exception):
    """Somebody reads the outbox for long, as a backup does; a later try succeeds."""


class OutboxPartitions:
    """Runs in every service; several at once do no harm."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def worker(self) -> Repeating:
        """Return the worker that looks each hour, and soon again while a reader is in the way."""
        return Repeating("outbox_partitions", "job", self.step, away=(PartitionsBlockedError,))

    async def step(self) -> float:
        """Make and drop what is due, one change per transaction; returns the seconds until the next time."""
        while (done := await self.change()) is not None:
            if done == BLOCKED:
                await asyncio.sleep(RETRY_SECONDS)  # each try holds commands up for a twentieth of a second
                raise PartitionsBlockedError
            log.info("outbox_partition_changed", change=done)
        return INTERVAL_SECONDS

    async def change(self, *, ahead: int = DAYS_AHEAD, kept: int = DAYS_KEPT) -> str | None:
        """Make one change; return it in words, `blocked` when a lock was not to be had, None at the end."""
        async with self._db.transaction() as session:
            done: str | None = await session.scalar(_CHANGE, {"ahead": ahead, "kept": kept})
        return done
