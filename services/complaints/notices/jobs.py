"""The timer that hands on what roles and reporters are owed."""

import time
from collections.abc import Collection

from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import ClockHeldError
from services.complaints.notices import metrics, returning, store, usecases
from shared.db import Database
from shared.notices.address import Way
from shared.process.jobs import Repeating
from shared.security.roles import ROLE_NAMES

LOOK_SECONDS = 10.0
COUNT_SECONDS = 60.0


class HandingOn:
    """Finds the people behind roles, a batch per transaction; several processes share the batches.

    Reporters are sent something by the `ways` that there are.
    """

    def __init__(self, db: Database, engine: DeadlineEngine, ways: Collection[Way]) -> None:
        self._db = db
        self._engine = engine
        self._ways = ways
        self._next_count = 0.0

    def worker(self) -> Repeating:
        """Return the worker."""
        return Repeating("notices_handed_on", "worker", self.step)

    async def step(self) -> float:
        """Hand on a batch for officers and one for reporters; return the seconds until the next look.

        The silence of one whose answer came back is taken back besides.
        """
        async with self._db.transaction() as session:
            counts, has_more = await usecases.hand_on(session, self._engine, self._ways)
        for outcome, count in counts.items():
            metrics.HANDED_ON.labels(outcome).inc(count)
        async with self._db.transaction() as session:
            _, more_reporters = await usecases.hand_on_to_reporters(session, self._ways)
        try:
            async with self._db.transaction() as session:
                is_taken_back = await returning.take_back_next(session, self._engine)
        except ClockHeldError:
            is_taken_back = False
        if time.monotonic() >= self._next_count:
            await self._count()
        return 0.0 if has_more or more_reporters or is_taken_back else LOOK_SECONDS

    async def _count(self) -> None:
        async with self._db.reading() as session:
            found = await store.to_nobody(session)
        metrics.TO_NOBODY.set({(role,): found.get(role, 0) for role in ROLE_NAMES})
        self._next_count = time.monotonic() + COUNT_SECONDS
