"""Timers: the deadline poller of every replica, the work it leaves, and the care for long deadlines."""

import random
import time
from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID, uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import metrics
from services.complaints.deadlines.aside import Aside
from services.complaints.deadlines.data import confirmed_years, newest_calendar
from services.complaints.deadlines.store import canary, figures, firing
from services.complaints.deadlines.store.years import confirmed_versions
from services.complaints.deadlines.usecases import upkeep
from services.complaints.deadlines.usecases.engine import Desk
from services.complaints.deadlines.usecases.firing import fire_due, fire_one
from services.complaints.deadlines.usecases.trusted_clock import ClockHeldError, ClockWatch
from shared.db import Database
from shared.db.clock import database_now
from shared.db.faults import is_retriable
from shared.observability.metrics import JOBS_LAST_SUCCESS
from shared.process.crash import crash_point
from shared.process.jobs import Repeating

log = structlog.get_logger(__name__)

MAX_SLEEP_SECONDS = 4.0
JITTER_SECONDS = 0.5
HOLD_SECONDS = 1.0
MOST_ASIDE = 1000
"""More deadlines than this fail for a reason that is not theirs."""
WORK_SECONDS = 2.0
MEASURE_SECONDS = 5.0
CALENDAR_SECONDS = 3600.0
AUDIT_HOURS = 24
AUDIT_LONGEST_SECONDS = 1800.0
"""It recomputes every running deadline."""
NEVER = UUID(int=0)


class DeadlinePoller:
    """Fires what is due. Every replica runs one; the row locks share the work among them.

    A deadline that cannot be fired, for a value of class 22 or 23 in it or an exception of our own code, is
    put aside: batches are halved until it stands alone, and grow again by doubling. From then on it is tried
    by itself, one such deadline per poll, so that no number of them holds up those that can be fired.
    """

    def __init__(self, db: Database, watch: ClockWatch, aside: Aside | None = None) -> None:
        self._db = db
        self._watch = watch
        self._replica = uuid4()
        self._batch = firing.BATCH
        self._suspect: UUID | None = None
        self._aside = Aside() if aside is None else aside

    def worker(self) -> Repeating:
        """Return the worker that polls; it is not ready while the clock is doubted."""
        return Repeating("deadline-poller", "worker", self.poll, held=self._watch.held)

    async def poll(self) -> float:
        """Fire one batch when the clocks agree; return the seconds until the next poll.

        Sleeps until the next due rung, at most `MAX_SLEEP_SECONDS`, with jitter so that replicas spread.
        Raises what another try may mend, and what so many deadlines share that it is no fault of theirs.
        """
        self._suspect = None
        try:
            is_tried = await self._try_again()
            wait = await self._fire()
        except Exception as error:
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
                now, reason = await self._watch.read(session)
                if reason is not None:
                    return False
                await fire_one(session, now, deadline)
        except Exception as error:
            if is_retriable(error):
                raise
            log.warning("deadline_still_aside", clock=str(deadline), exc_info=error)
            self._aside.put(deadline)
        else:
            self._aside.drop(deadline)
        return True

    async def _fire(self) -> float:
        async with self._db.transaction() as session:
            now, reason = await self._watch.read(session)
            if reason is not None:
                return HOLD_SECONDS
            metrics.CANARY_AGE.set(await canary.arm(session, self._replica, now))
            count = await self._fire_batch(session, now)
            is_full = count == self._batch
            due = None if is_full else await firing.next_fire_at(session, self._aside.deadlines)
        crash_point("deadline_after_commit")
        if count:
            log.info("deadlines_fired", clocks=count)
        if is_full:
            self._batch = min(self._batch * 2, firing.BATCH)
            return 0.0
        self._batch = firing.BATCH
        wait = MAX_SLEEP_SECONDS if due is None else (due - now).total_seconds()
        jitter = random.uniform(0, JITTER_SECONDS)  # noqa: S311 - spreads replicas, hides nothing
        return min(max(wait, 0.0), MAX_SLEEP_SECONDS) + jitter

    async def _fire_batch(self, session: AsyncSession, now: datetime) -> int:
        if self._batch > 1:
            return await fire_due(session, now, batch=self._batch, aside=self._aside.deadlines)
        self._suspect = await firing.pick(session, now, self._aside.deadlines)
        return 0 if self._suspect is None else await fire_one(session, now, self._suspect)

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


class ClockReader:
    """Reads the clocks beside the API, also where no poller does: no reading of hours ago judges an act."""

    def __init__(self, db: Database, watch: ClockWatch) -> None:
        self._db = db
        self._watch = watch

    def worker(self) -> Repeating:
        """Return the worker that reads."""
        return Repeating("clock-reader", "api", self.read)

    async def read(self) -> float:
        """Read once; return the seconds until the next reading, fewer while the clocks are doubted."""
        async with self._db.reading() as session:
            _, reason = await self._watch.read(session)
        return MAX_SLEEP_SECONDS if reason is None else HOLD_SECONDS


class CaseWork:
    """Does what the engine owes cases, one item per transaction."""

    def __init__(self, db: Database, desk: Desk) -> None:
        self._db = db
        self._desk = desk

    def worker(self) -> Repeating:
        """Return the worker that empties the list."""
        return Repeating("case-work", "worker", self.step)

    async def step(self) -> float:
        """Do one item; come back at once while there are more."""
        try:
            async with self._db.transaction() as session:
                is_done = await upkeep.do_next(session, self._desk)
        except ClockHeldError:
            return HOLD_SECONDS
        return 0.0 if is_done else WORK_SECONDS


class Upkeep:
    """Follows calendar revisions, recomputes every due time once a day, and measures."""

    def __init__(self, db: Database, desk: Desk) -> None:
        self._db = db
        self._desk = desk
        self._next_audit = 0.0
        self._next_calendar = 0.0
        self._settled: frozenset[int] | None = None
        self._settling: tuple[frozenset[int], UUID] | None = None

    def worker(self) -> Repeating:
        """Return the worker that does the upkeep."""
        return Repeating("deadline_upkeep", "job", self.step, stall_seconds=AUDIT_LONGEST_SECONDS)

    async def step(self) -> float:
        """Move some deadlines to the newest calendar, settle provisional ones, audit in time, then measure.

        Figures stay true while a calendar or an audit fails.
        """
        try:
            if time.monotonic() >= self._next_calendar and await self._follow_calendar():
                return 0.0
            if await self._settle():
                return 0.0
            if time.monotonic() >= self._next_audit:
                await self.audit()
                self._next_audit = time.monotonic() + AUDIT_HOURS * 3600
        except Exception:
            await self._measure_all_the_same()
            raise
        await self.measure()
        return MEASURE_SECONDS

    async def _measure_all_the_same(self) -> None:
        """Measure beside a fault that is about to be raised and is the one to be told."""
        try:
            await self.measure()
        except Exception:
            log.exception("figures_not_measured")

    async def _follow_calendar(self) -> bool:
        """Move some deadlines; False when there are no more, or while nobody may act."""
        try:
            async with self._db.transaction() as session:
                if await upkeep.follow_calendar(session, self._desk, newest_calendar()):
                    return True
        except ClockHeldError:
            return False
        self._next_calendar = time.monotonic() + CALENDAR_SECONDS
        return False

    async def _settle(self) -> bool:
        """Settle some provisional deadlines after a new confirmation; False when there are no more.

        A process that starts anew goes through all of them once: what is settled stays so.
        """
        try:
            async with self._db.transaction() as session:
                confirmed = await confirmed_versions(session)
                if confirmed == self._settled:
                    return False
                known, after = self._settling or (confirmed, NEVER)
                following = await upkeep.settle_provisional(
                    session, self._desk, after if known == confirmed else NEVER
                )
        except ClockHeldError:
            return False
        self._settling = None if following is None else (confirmed, following)
        if following is None:
            self._settled = confirmed
        return following is not None

    async def audit(self) -> int:
        """Recompute the due time of every running deadline; return and show how many differ."""
        wrong, after = 0, NEVER
        while True:
            async with self._db.reading() as session:
                found, following = await upkeep.mismatches(session, self._desk, after)
            wrong += found
            if following is None:
                break
            after = following
        metrics.DUE_MISMATCHES.set(wrong)
        JOBS_LAST_SUCCESS.labels("due_audit").set_to_current_time()
        if wrong:
            log.error("due_times_differ", clocks=wrong)
        return wrong

    async def measure(self) -> None:
        """Read the figures of the metrics from the database."""
        async with self._db.reading() as session:
            now = await database_now(session)
            seen = await figures.load(session, now)
            confirmed = confirmed_years(await confirmed_versions(session))
        for kind in metrics.KINDS:
            metrics.CASES_OPEN.labels(kind).set(seen.cases_open.get(kind, 0))
            metrics.CASES_OVERDUE.labels(kind).set(seen.cases_overdue.get(kind, 0))
        none = {(kind, rule): 0 for kind in metrics.KINDS for rule in metrics.RULES}
        metrics.BREACHES.set(none | seen.breaches)
        metrics.WITHOUT_CLOCK.set(seen.without_deadline)
        metrics.OLDEST_DUE.set(seen.oldest_due_seconds)
        metrics.WORK_PUT_ASIDE.set(seen.work_put_aside)
        metrics.CALENDAR_CONFIRMED.set(_confirmed_days(now, confirmed))


def _confirmed_days(now: datetime, confirmed: Collection[int]) -> int:
    """Return the days from now to the end of the last of the consecutive confirmed years."""
    year = now.year
    while year in confirmed:
        year += 1
    return max(0, (datetime(year, 1, 1, tzinfo=UTC) - now).days)
