"""Timers of deadlines: the poller of every replica, and the reader of the clocks beside every API."""

import asyncio
import random
from datetime import datetime
from typing import cast
from uuid import UUID, uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines import metrics
from services.complaints.deadlines.aside import Aside
from services.complaints.deadlines.store import canary, firing
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.firing import fire_due, fire_one
from services.complaints.deadlines.usecases.trusted_clock import HOLD_SECONDS, TrustedClock
from shared.db import Database
from shared.db.faults import is_retriable
from shared.process.crash import crash_point
from shared.process.jobs import Repeating

log = structlog.get_logger(__name__)

MAX_SLEEP_SECONDS = 4.0
JITTER_SECONDS = 0.5
MOST_ASIDE = 1000
"""More deadlines than this fail for a reason that is not theirs."""


class DeadlinePoller:
    """Fires what is due. Every replica runs one; the row locks share the work among them.

    A deadline that cannot be fired, for a value of class 22 or 23 in it or an exception of our own code, is
    put aside: batches are halved until it stands alone, and grow again by doubling. From then on it is tried
    by itself, one such deadline per poll, so that no number of them holds up those that can be fired.

    While it is behind it claims two batches side by side: what the database does for one and this process for
    the other then overlaps.
    """

    def __init__(self, db: Database, engine: DeadlineEngine, aside: Aside | None = None) -> None:
        self._db = db
        self._engine = engine
        self._replica = uuid4()
        self._batch = firing.BATCH
        self._is_behind = False
        self._suspect: UUID | None = None
        self._aside = Aside() if aside is None else aside

    def worker(self) -> Repeating:
        """Return the worker that polls; it is not ready while the clock is doubted."""
        return Repeating("deadline-poller", "worker", self.poll, held=self._engine.clock.held)

    async def poll(self) -> float:
        """Fire one batch when the clocks agree; return the seconds until the next poll.

        Sleeps until the next due rung, at most `MAX_SLEEP_SECONDS`, with jitter so that replicas spread.
        Raises what another try may mend, and what so many deadlines share that it is no fault of theirs.
        """
        self._suspect = None
        try:
            is_tried = await self._try_again()
            wait = await (self._fire_two() if self._is_behind else self._fire())
        except Exception as error:
            self._is_behind = False
            if is_retriable(error) or not self._narrow(error):
                raise
            return 0.0
        finally:
            metrics.CLOCKS_PUT_ASIDE.set(len(self._aside.deadlines))
        return 0.0 if is_tried else wait

    async def _try_again(self) -> bool:
        """Fire the deadline aside whose turn it is, in a transaction of its own; False when it is none's."""
        deadline = self._aside.due()
        if deadline is None:
            return False
        try:
            async with self._db.transaction() as session:
                now, reason = await self._engine.clock.read(session)
                if reason is not None:
                    return False
                await fire_one(session, self._engine.policies, now, deadline)
        except Exception as error:
            if is_retriable(error):
                raise
            log.warning("deadline_still_aside", clock=str(deadline), exc_info=error)
            self._aside.put(deadline)
        else:
            self._aside.drop(deadline)
        return True

    async def _fire_two(self) -> float:
        """Fire two batches, each in its own transaction; both have ended when the fault of one is raised."""
        wait, beside = await asyncio.gather(self._fire(), self._fire_beside(), return_exceptions=True)
        for ended in (wait, beside):
            if isinstance(ended, BaseException):
                raise ended
        return cast("float", wait)

    async def _fire_beside(self) -> None:
        async with self._db.transaction() as session:
            now, reason = await self._engine.clock.read(session)
            if reason is not None:
                return
            count = await fire_due(
                session, self._engine.policies, now, batch=firing.BATCH, aside=self._aside.deadlines
            )
        _note_fired(count)

    async def _fire(self) -> float:
        async with self._db.transaction() as session:
            now, reason = await self._engine.clock.read(session)
            if reason is not None:
                return HOLD_SECONDS
            await self._engine.clock.keep(session)
            metrics.CANARY_AGE.set_one(await canary.arm(session, self._replica, now))
            count = await self._fire_batch(session, now)
            is_full = count == self._batch
            due = None if is_full else await firing.next_fire_at(session, self._aside.deadlines)
        _note_fired(count)
        self._is_behind = is_full and self._batch == firing.BATCH
        if is_full:
            self._batch = min(self._batch * 2, firing.BATCH)
            return 0.0
        self._batch = firing.BATCH
        wait = MAX_SLEEP_SECONDS if due is None else (due - now).total_seconds()
        jitter = random.uniform(0, JITTER_SECONDS)  # noqa: S311 - spreads replicas, hides nothing
        return min(max(wait, 0.0), MAX_SLEEP_SECONDS) + jitter

    async def _fire_batch(self, session: AsyncSession, now: datetime) -> int:
        if self._batch > 1:
            return await fire_due(
                session, self._engine.policies, now, batch=self._batch, aside=self._aside.deadlines
            )
        self._suspect = await firing.pick(session, now, self._aside.deadlines)
        return (
            0 if self._suspect is None else await fire_one(session, self._engine.policies, now, self._suspect)
        )

    def _narrow(self, error: Exception) -> bool:
        """Take fewer at once, or put aside the one that failed; False when it is no deadline's fault."""
        if self._batch > 1:
            self._batch //= 2
            return True
        if self._suspect is None or len(self._aside.deadlines) >= MOST_ASIDE:
            return False
        log.error("deadline_put_aside", clock=str(self._suspect), exc_info=error)
        self._aside.put(self._suspect)
        return True


def _note_fired(count: int) -> None:
    crash_point("deadline_after_commit")
    if count:
        log.info("deadlines_fired", clocks=count)


class ClockReader:
    """Reads the clocks beside the API, also where no poller does: no reading of hours ago judges an act.

    What it believes is kept: acts alone may have been the last that happened before a restart.
    """

    def __init__(self, db: Database, clock: TrustedClock) -> None:
        self._db = db
        self._clock = clock

    def worker(self) -> Repeating:
        """Return the worker that reads."""
        return Repeating("clock-reader", "api", self.read)

    async def read(self) -> float:
        """Read once; return the seconds until the next reading, fewer while the clocks are doubted."""
        async with self._db.looking() as session:
            _, reason = await self._clock.read(session)
            await self._clock.keep(session)
        return MAX_SLEEP_SECONDS if reason is None else HOLD_SECONDS
