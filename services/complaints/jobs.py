"""The care for long deadlines and the figures: a timer over cases and their deadlines."""

import time
from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

import structlog

from services.complaints.cases.metrics import CASES_OPEN, WITHOUT_DEADLINE
from services.complaints.cases.store import cases
from services.complaints.cases.store import figures as case_figures
from services.complaints.deadlines import metrics
from services.complaints.deadlines.metrics import KINDS
from services.complaints.deadlines.store import calendars, figures
from services.complaints.deadlines.store.years import confirmed_versions
from services.complaints.deadlines.usecases import upkeep
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import ClockHeldError
from shared.db import Database
from shared.db.clock import database_now
from shared.observability.metrics import JOBS_LAST_SUCCESS
from shared.process.jobs import Repeating

log = structlog.get_logger(__name__)

MEASURE_SECONDS = 5.0
CALENDAR_SECONDS = 3600.0
AUDIT_HOURS = 24
AUDIT_LONGEST_SECONDS = 1800.0
"""It recomputes every running deadline."""
NEVER = UUID(int=0)


class Upkeep:
    """Follows calendar revisions, recomputes every due time once a day, and measures."""

    def __init__(self, db: Database, engine: DeadlineEngine) -> None:
        self._db = db
        self._engine = engine
        self._next_audit = 0.0
        self._next_calendar = 0.0
        self._followed: int | None = None
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
            if await self._follow_calendar():
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
        """Move some deadlines; False when there are no more, or while nobody may act.

        A version entered here is followed at once, a shipped one, and what was held up, within the hour.
        """
        async with self._db.reading() as session:
            newest = await calendars.newest(session)
        if newest == self._followed and time.monotonic() < self._next_calendar:
            return False
        try:
            async with self._db.transaction() as session:
                if await upkeep.follow_calendar(session, self._engine, cases.lock):
                    return True
        except ClockHeldError:
            return False
        self._followed = newest
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
                    session, self._engine, cases.lock, after if known == confirmed else NEVER
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
                found, following = await upkeep.mismatches(session, self._engine, after)
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
            counted = await case_figures.load(session)
            seen = await figures.load(session, now)
            national = (await self._engine.book_of(session, None)).calendar()
        for kind in KINDS:
            CASES_OPEN.labels(kind).set(counted.cases_open.get(kind, 0))
            metrics.CASES_OVERDUE.labels(kind).set(seen.cases_overdue.get(kind, 0))
        none = {(kind, rule): 0 for kind in KINDS for rule in self._engine.policies.ids}
        metrics.BREACHES.set(none | seen.breaches)
        WITHOUT_DEADLINE.set(counted.without_deadline)
        metrics.OLDEST_DUE.set(seen.oldest_due_seconds)
        metrics.PROVISIONAL.set(seen.provisional)
        metrics.WORK_PUT_ASIDE.set(seen.work_put_aside)
        metrics.CALENDAR_CONFIRMED.set(_confirmed_days(now, national.confirmed_years))


def _confirmed_days(now: datetime, confirmed: Collection[int]) -> int:
    """Return the days from now to the end of the last of the consecutive confirmed years."""
    year = now.year
    while year in confirmed:
        year += 1
    return max(0, (datetime(year, 1, 1, tzinfo=UTC) - now).days)
