"""The care for long deadlines, the audit of due times, and the figures: each a timer, in nobody's way."""

import time
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases import metrics as case_metrics
from services.complaints.cases.domain.acts import KINDS as CASE_KINDS
from services.complaints.cases.domain.acts import State
from services.complaints.cases.store import cases
from services.complaints.cases.store import figures as case_figures
from services.complaints.deadlines import metrics
from services.complaints.deadlines.store import calendars, figures
from services.complaints.deadlines.store.years import confirmed_versions
from services.complaints.deadlines.usecases import audit, migrating, upkeep
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import ClockHeldError
from services.complaints.decrees.domain import STREAMS
from services.complaints.duties import kinds as of_duties
from services.complaints.duties.usecases.acting import ENTITIES as DUTIES
from services.complaints.integrity import kinds as of_integrity
from services.complaints.integrity.usecases.acting import ENTITIES as OF_INTEGRITY
from services.complaints.matters import store as matters
from shared.db import Database
from shared.db.clock import database_now
from shared.process.jobs import Repeating

LOOK_SECONDS = 5.0
COUNT_SECONDS = 5.0
COUNT_SHARE = 100
"""Counting takes a hundredth of the time at most: where it takes a second it is done every 100 s."""
CALENDAR_SECONDS = 3600.0
AUDIT_SHARE = 4
"""The audit takes a fifth of the time at most."""
AUDIT_REST_SECONDS = 60.0
REST_SECONDS = 5.0
NEVER = UUID(int=0)
_ENTITIES: Mapping[str, str] = {**OF_INTEGRITY, **DUTIES}
WAITING = (State.MENUNGGU_KELENGKAPAN, State.DITANGGAPI)
"""Where the next step is the reporter's."""


class Figures:
    """Shows what the database knows, from the start of the process on, whatever else goes on or fails.

    What an index tells at once is looked at every few seconds; what must be counted is counted as often as
    that is cheap.
    """

    def __init__(self, db: Database, engine: DeadlineEngine) -> None:
        self._db = db
        self._engine = engine
        self._next_count = 0.0
        self._resting = [
            *(
                (kind, state.value)
                for kind, table in of_integrity.tables().items()
                for state in table.resting
            ),
            *((kind, state.value) for kind, table in of_duties.tables().items() for state in table.resting),
        ]

    def worker(self) -> Repeating:
        """Return the worker that measures."""
        return Repeating("figures", "job", self.step)

    async def step(self) -> float:
        """Look, and count in time; return the seconds until the next look."""
        await self.look()
        began = time.monotonic()
        if began >= self._next_count:
            await self.count()
            ended = time.monotonic()
            self._next_count = ended + max(COUNT_SECONDS, COUNT_SHARE * (ended - began))
        return LOOK_SECONDS

    async def look(self) -> None:
        """Show what is the matter, at a cost that does not grow with the cases."""
        async with self._db.reading() as session:
            now = await database_now(session)
            seen = await figures.look(session, now)
            national = (await self._engine.book_of(session, None)).calendar()
        metrics.OLDEST_DUE.set_one(seen.oldest_due_seconds)
        metrics.OLDEST_OVERDUE.set_one(seen.oldest_overdue_seconds)
        metrics.WORK_PUT_ASIDE.set_one(seen.work_put_aside)
        metrics.CALENDAR_CONFIRMED.set_one(_confirmed_days(now, national.confirmed_years))
        metrics.DUE_MISMATCHES.set_one(seen.mismatches)
        metrics.DUE_AUDITED.set_one(None if seen.audited_at is None else seen.audited_at.timestamp())

    async def count(self) -> None:
        """Count cases, clocks and what ledgers hold."""
        async with self._db.reading() as session:
            counted = await case_figures.load(session, case_metrics.FIRST_RESPONSE.buckets)
            others = await matters.figures(session, self._resting)
            late = await figures.load(session)
        opened = Counter[str]()
        for (kind, _), cases_ in counted.standing.items():
            opened[kind] += cases_
        kinds = self._engine.policies.kinds
        case_metrics.CASES_OPEN.set(_by_kind(opened + Counter(others.opened), kinds))
        case_metrics.WAITING_FOR_REPORTER.set(
            {
                (kind, state): counted.standing.get((kind, state), 0)
                for kind in CASE_KINDS
                for state in WAITING
            }
        )
        case_metrics.WITHOUT_DEADLINE.set_one(counted.without_deadline + others.without_deadline)
        case_metrics.CLOCKS_OVERDUE.set(counted.overdue | others.overdue)
        case_metrics.WITHOUT_DECREE.set({(one,): counted.without_decree.get(one, 0) for one in STREAMS})
        case_metrics.DECREES_MISSING.set_one(counted.decrees_missing)
        case_metrics.CLOSED_BY_SILENCE.set(_by_kind(counted.closed_by_silence, CASE_KINDS))
        none_yet = ([0] * (len(case_metrics.FIRST_RESPONSE.buckets) + 1), 0.0)
        case_metrics.FIRST_RESPONSE.set(
            {(kind,): counted.responses.get(kind, none_yet) for kind in CASE_KINDS}
        )
        metrics.CASES_OVERDUE.set(_by_kind(late.cases_overdue, kinds))
        none: dict[tuple[str, ...], int] = dict.fromkeys(self._engine.policies.kinds_by_rule, 0)
        metrics.BREACHES.set(none | late.breaches)
        metrics.PROVISIONAL.set_one(late.provisional)


def _by_kind(counts: Mapping[str, int], kinds: Collection[str]) -> dict[tuple[str, ...], float]:
    """Return these counts as series; every one of the kinds has one."""
    return {(kind,): count for kind, count in (dict.fromkeys(kinds, 0) | dict(counts)).items()}


async def lock(session: AsyncSession, ref: UUID) -> str:
    """Lock what deadlines of this reference belong to, a case or a matter that is none; return its entity."""
    await cases.lock(session, ref)
    matter = await matters.lock(session, ref)
    return "case" if matter is None else _ENTITIES[matter.kind]


class Audit:
    """Recomputes every due time once a day, in steps that are kept."""

    def __init__(self, db: Database, engine: DeadlineEngine) -> None:
        self._db = db
        self._engine = engine

    def worker(self) -> Repeating:
        """Return the worker that audits."""
        return Repeating("due_audit", "job", self.step)

    async def step(self) -> float:
        """Do one step; return the seconds until the next one."""
        began = time.monotonic()
        async with self._db.transaction() as session:
            has_more = await audit.step(session, self._engine)
        return AUDIT_SHARE * (time.monotonic() - began) if has_more else AUDIT_REST_SECONDS


class Upkeep:
    """Lets running deadlines follow calendar revisions, policy versions and confirmed years."""

    def __init__(self, db: Database, engine: DeadlineEngine) -> None:
        self._db = db
        self._engine = engine
        self._next_calendar = 0.0
        self._followed: int | None = None
        self._settled: frozenset[int] | None = None
        self._settling: tuple[frozenset[int], UUID] | None = None

    def worker(self) -> Repeating:
        """Return the worker that does the upkeep."""
        return Repeating("deadline_upkeep", "job", self.step)

    async def step(self) -> float:
        """Move some deadlines to the newest calendar or another version, or settle provisional ones."""
        if await self._follow_calendar() or await self._migrate():
            return 0.0
        return 0.0 if await self._settle() else REST_SECONDS

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
                if await upkeep.follow_calendar(session, self._engine, lock):
                    return True
        except ClockHeldError:
            return False
        self._followed = newest
        self._next_calendar = time.monotonic() + CALENDAR_SECONDS
        return False

    async def _migrate(self) -> bool:
        """Move some deadlines to another version of their policy; False when none are to be moved."""
        try:
            async with self._db.transaction() as session:
                return await migrating.step(session, self._engine, lock)
        except ClockHeldError:
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
                    session, self._engine, lock, after if known == confirmed else NEVER
                )
        except ClockHeldError:
            return False
        self._settling = None if following is None else (confirmed, following)
        if following is None:
            self._settled = confirmed
        return following is not None


def _confirmed_days(now: datetime, confirmed: Collection[int]) -> int:
    """Return the days from now to the end of the last of the consecutive confirmed years."""
    year = now.year
    while year in confirmed:
        year += 1
    return max(0, (datetime(year, 1, 1, tzinfo=UTC) - now).days)
