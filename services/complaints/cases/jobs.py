"""Timers of cases: what the engine owes them."""

from uuid import UUID

from services.complaints.cases.usecases import orphans, retention, silence
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import HOLD_SECONDS, ClockHeldError
from shared.db import Database
from shared.process.jobs import Repeating

REST_SECONDS = 2.0
ORPHANS_SECONDS = 60.0
KEEPING_SECONDS = 3600.0
FIRST = UUID(int=0)


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


class Keeping:
    """Starts how long cases are kept that ended before there was a rule for it, some per transaction."""

    def __init__(self, db: Database, engine: DeadlineEngine) -> None:
        self._db = db
        self._engine = engine
        self._after = FIRST

    def worker(self) -> Repeating:
        """Return the worker; once it is through it looks every hour: under a second for 200,000 cases."""
        return Repeating("case-keeping", "job", self.step)

    async def step(self) -> float:
        """Do some cases; come back at once while there are more."""
        try:
            async with self._db.transaction() as session:
                following = await retention.keep_next(session, self._engine, self._after)
        except ClockHeldError:
            return HOLD_SECONDS
        self._after = following or FIRST
        return KEEPING_SECONDS if following is None else 0.0
