"""The hourly job that erases the bytes of old dead letters."""

import structlog

from shared.consumer import dead_letters
from shared.db import Database
from shared.process.jobs import Repeating

log = structlog.get_logger(__name__)

INTERVAL_SECONDS = 3600.0


class DeadLetterSweep:
    """Runs in every service with a consumer; several at once do no harm."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def worker(self) -> Repeating:
        """Return the worker that sweeps each hour."""
        return Repeating("dead_letter_sweep", "job", self.step)

    async def step(self) -> float:
        """Sweep; returns the seconds until the next time."""
        async with self._db.transaction() as session:
            erased = await dead_letters.erase_old(session)
        log.info("dead_letters_swept", rows=erased)
        return INTERVAL_SECONDS
