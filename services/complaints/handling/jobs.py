"""The timer of the nightly count."""

from services.complaints.deadlines.domain.policy import PolicyBook
from services.complaints.handling.usecases import statistics
from shared.db import Database
from shared.process.jobs import Repeating

REST_SECONDS = 300.0


class Statistics:
    """Counts once a day by the database's clock, whichever process comes first, and at once after a pause."""

    def __init__(self, db: Database, book: PolicyBook) -> None:
        self._db = db
        self._book = book

    def worker(self) -> Repeating:
        """Return the worker that counts."""
        return Repeating("handling_statistics", "job", self.step)

    async def step(self) -> float:
        """Count the day unless that was done; return the seconds until the next look."""
        async with self._db.transaction() as session:
            await statistics.record_day(session, self._book)
        return REST_SECONDS
