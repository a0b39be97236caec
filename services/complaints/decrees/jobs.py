"""The timer that tells of handling units of which nobody was told: those from before others were told."""

from services.complaints.decrees import usecases
from shared.db import Database
from shared.process.jobs import Repeating

REST_SECONDS = 60.0


class Designations:
    """Tells of handling units whose newest version nobody was told of, some at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def worker(self) -> Repeating:
        """Return the worker that tells."""
        return Repeating("designations", "job", self.step)

    async def step(self) -> float:
        """Tell of some; return the seconds until the next step, 0 while there may be more."""
        async with self._db.transaction() as session:
            told = await usecases.tell_untold(session)
        return 0.0 if told == usecases.UNITS_OF_A_STEP else REST_SECONDS
