"""Timers of cases: what the engine owes them."""

from services.complaints.cases.usecases import orphans, silence
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import HOLD_SECONDS, ClockHeldError
from shared.db import Database
from shared.process.jobs import Repeating

REST_SECONDS = 2.0
ORPHANS_SECONDS = 60.0


class Silence:
    """Does what the engine owes cases, one item per transaction."""

    def __init__(self, db: Database, engine: DeadlineEngine) -> None:
        self._db = db
        self._engine = engine

    def worker(self) -> Repeating:
        """Return the worker that empties the list."""
        return Repeating("case-work", "worker", self.step)

    async def step(self) -> float:
        """Do one item; come back at once while there are more."""
        try:
            async with self._db.transaction() as session:
                is_done = await silence.do_next(session, self._engine)
        except ClockHeldError:
            return HOLD_SECONDS
        return 0.0 if is_done else REST_SECONDS


class Orphans:
    """Takes up cases again that repeat one which ended without an answer, one per transaction."""

    def __init__(self, db: Database, engine: DeadlineEngine) -> None:
        self._db = db
        self._engine = engine

    def worker(self) -> Repeating:
        """Return the worker that looks every minute; it reads the cases that are duplicates, no others."""
        return Repeating("case-orphans", "job", self.step)

    async def step(self) -> float:
        """Take up one case; come back at once while there are more."""
        try:
            async with self._db.transaction() as session:
                is_done = await orphans.take_up_next(session, self._engine)
        except ClockHeldError:
            return HOLD_SECONDS
        return 0.0 if is_done else ORPHANS_SECONDS
