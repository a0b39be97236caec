"""Timers: the deadline poller of every replica, the work it leaves, and the care for long clocks."""

import random
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

import structlog

from services.complaints import metrics
from services.complaints.data import shipped_calendar
from services.complaints.store import canary, figures, firing
from services.complaints.store import now as database_now
from services.complaints.usecases import work
from services.complaints.usecases.desk import Desk
from services.complaints.usecases.firing import fire_due
from services.complaints.usecases.watch import ClockHeldError, ClockWatch
from shared.db import Database
from shared.jobs import Repeating
from shared.observability.metrics import JOBS_LAST_SUCCESS
from shared.runtime.crash import crash_point

log = structlog.get_logger(__name__)

MAX_SLEEP_SECONDS = 4.0
JITTER_SECONDS = 0.5
HOLD_SECONDS = 1.0
WORK_SECONDS = 2.0
MEASURE_SECONDS = 5.0
CALENDAR_SECONDS = 3600.0
AUDIT_HOURS = 24
AUDIT_LONGEST_SECONDS = 1800.0
"""It recomputes every running clock."""
NEVER = UUID(int=0)


class DeadlinePoller:
    """Fires what is due. Every replica runs one; the row locks share the work among them."""

    def __init__(self, db: Database, watch: ClockWatch) -> None:
        self._db = db
        self._watch = watch
        self._replica = uuid4()

    def worker(self) -> Repeating:
        """Return the worker that polls; it is not ready while the clock is doubted."""
        return Repeating("deadline-poller", "worker", self.poll, held=self._watch.held)

    async def poll(self) -> float:
        """Fire one batch when the clocks agree; return the seconds until the next poll.

        Sleeps until the next due rung, at most `MAX_SLEEP_SECONDS`, with jitter so that replicas spread.
        """
        async with self._db.transaction() as session:
            now, reason = await self._watch.read(session)
            if reason is not None:
                return HOLD_SECONDS
            metrics.CANARY_AGE.set(await canary.arm(session, self._replica, now))
            count = await fire_due(session, now)
            due = None if count == firing.BATCH else await firing.next_fire_at(session)
        crash_point("deadline_after_commit")
        if count:
            log.info("deadlines_fired", clocks=count)
        if count == firing.BATCH:
            return 0.0
        wait = MAX_SLEEP_SECONDS if due is None else (due - now).total_seconds()
        jitter = random.uniform(0, JITTER_SECONDS)  # noqa: S311 - spreads replicas, hides nothing
        return min(max(wait, 0.0), MAX_SLEEP_SECONDS) + jitter


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
                is_done = await work.do_next(session, self._desk)
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

    def worker(self) -> Repeating:
        """Return the worker that does the upkeep."""
        return Repeating("deadline_upkeep", "job", self.step, stall_seconds=AUDIT_LONGEST_SECONDS)

    async def step(self) -> float:
        """Move some clocks to the newest calendar, audit when it is time, then measure."""
        if time.monotonic() >= self._next_calendar and await self._follow_calendar():
            return 0.0
        if time.monotonic() >= self._next_audit:
            await self.audit()
            self._next_audit = time.monotonic() + AUDIT_HOURS * 3600
        await self.measure()
        return MEASURE_SECONDS

    async def _follow_calendar(self) -> bool:
        """Move some clocks; False when there are no more, or while nobody may act."""
        try:
            async with self._db.transaction() as session:
                if await work.follow_calendar(session, self._desk, shipped_calendar().version):
                    return True
        except ClockHeldError:
            return False
        self._next_calendar = time.monotonic() + CALENDAR_SECONDS
        return False

    async def audit(self) -> int:
        """Recompute the due time of every running clock; return and show how many differ."""
        wrong, after = 0, NEVER
        while True:
            async with self._db.reading() as session:
                found, following = await work.mismatches(session, self._desk, after)
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
        for kind in metrics.KINDS:
            metrics.CASES_OPEN.labels(kind).set(seen.cases_open.get(kind, 0))
            metrics.CASES_OVERDUE.labels(kind).set(seen.cases_overdue.get(kind, 0))
        none = {(kind, rule): 0 for kind in metrics.KINDS for rule in metrics.RULES}
        metrics.BREACHES.set(none | seen.breaches)
        metrics.WITHOUT_CLOCK.set(seen.without_clock)
        metrics.OLDEST_DUE.set(seen.oldest_due_seconds)
        metrics.WORK_PUT_ASIDE.set(seen.work_put_aside)
        metrics.CALENDAR_CONFIRMED.set(_confirmed_days(now))


def _confirmed_days(now: datetime) -> int:
    """Return the days from now to the end of the last of the consecutive confirmed years."""
    confirmed = shipped_calendar().confirmed_years
    year = now.year
    while year in confirmed:
        year += 1
    return max(0, (datetime(year, 1, 1, tzinfo=UTC) - now).days)
