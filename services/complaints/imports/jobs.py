"""The timer that takes files in, and forgets those that nobody let run."""

import time

from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import ClockHeldError
from services.complaints.imports.usecases import taking
from shared.db import Database
from shared.process.jobs import Repeating

LOOK_SECONDS = 2.0
FORGET_SECONDS = 600.0


class Imports:
    """Takes in files that run, a few rows at a time; of several processes each takes another file."""

    def __init__(self, db: Database, engine: DeadlineEngine, key: bytes) -> None:
        self._db = db
        self._engine = engine
        self._key = key
        self._next_forget = 0.0

    def worker(self) -> Repeating:
        """Return the worker that takes files in."""
        return Repeating("case_imports", "job", self.step)

    async def step(self) -> float:
        """Take in some rows; return the seconds until the next look, 0 while there are more."""
        try:
            if time.monotonic() >= self._next_forget:
                async with self._db.transaction() as session:
                    await taking.forget(session, self._engine)
                self._next_forget = time.monotonic() + FORGET_SECONDS
            async with self._db.transaction() as session:
                return 0.0 if await taking.step(session, self._engine, self._key) else LOOK_SECONDS
        except ClockHeldError:
            return LOOK_SECONDS
