"""The deadline engine: arms deadlines by the policies, and ends, stops and moves them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.deadlines import events
from services.complaints.deadlines.data import unit_calendar
from services.complaints.deadlines.domain.calendars import CalendarBook
from services.complaints.deadlines.domain.pausing import standing_still
from services.complaints.deadlines.domain.policy import LengthUnit, Matter, PolicyBook, Rule, StartFact
from services.complaints.deadlines.domain.schedule import Deadline, Schedule, Status, schedule, share_over
from services.complaints.deadlines.store import calendars, deadlines
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from shared.calendar.working import Pause, WorkingCalendar
from shared.contracts.base import EventData
from shared.kernel import UNASSIGNED_UNIT, Zone, new_id

ENGINE = "engine"
"""Who acts when nobody does."""
LIFTED = "calendar_lifted"
POLICY_LIFTED = "policy_lifted"
BEFORE_US = frozenset({"forwarded"})
"""What happened in another system: a deadline that began with it is not begun anew by what is done here."""
EARLIER = "duplicate"
EARLIER_LIFTED = "duplicate_lifted"
LIFTS = (LIFTED, POLICY_LIFTED, EARLIER_LIFTED)
"""Why a deadline is due on a day that is no count: by its rule it would be due in the past."""


@dataclass(frozen=True)
class DeadlineEngine:
    """The policies and the time of this process. `calendar_version` None is the newest one of each unit.

    Callers hold the lock of whatever the deadlines belong to.
    """

    policies: PolicyBook
    clock: TrustedClock
    calendar_version: int | None = None

    def calendar(self, zone: Zone) -> WorkingCalendar:
        """Return the shipped calendar, for local dates alone."""
        return unit_calendar(zone, self.calendar_version)

    async def book_of(self, session: AsyncSession, unit_id: str | None) -> CalendarBook:
        """Return the calendars of a unit; Jakarta's while nobody knows the unit."""
        unit = None if unit_id is None else await units.get(session, unit_id)
        return await calendars.book(session, Zone.WIB if unit is None else unit.zone, unit_id)

    async def calendar_of(self, session: AsyncSession, unit_id: str | None) -> WorkingCalendar:
        """Return the calendar of a unit; Jakarta's while nobody knows the unit."""
        return (await self.book_of(session, unit_id)).calendar(self.calendar_version)

    async def arm(
        self,
        session: AsyncSession,
        matter: Matter,
        fact: StartFact,
        start: datetime,
        now: datetime,
        *,
        cycle: int,
        is_retold: bool = False,
        actor: str = ENGINE,
        most_days: int | None = None,
    ) -> list[EventData]:
        """Start what a fact arms as of `start`, in the `cycle` of the matter, and return the events.

        A fact that `is_retold` arms only rules that the matter never had a deadline of. One of the same rule
        that still runs unbreached is replaced; a breached one stays the one that runs, and one that began
        before the matter was here.
        A deadline whose due time has passed already fires at the next claim. It is backdated when that time
        had passed before anybody here knew of the matter; one that is over because an act came late is late.
        None runs longer than `most_days` calendar days.
        """
        calendar = await self.calendar_of(session, matter.unit_id)
        rules = self.policies.starting(fact, matter, calendar.local_date(start))
        earlier = await deadlines.of_rules(session, matter.case_ref, [rule.id for rule in rules])
        facts: list[EventData] = []
        for rule in rules:
            same = [one for one in earlier if one.rule_id == rule.id]
            running = [one for one in same if one.is_running]
            if (is_retold and same) or any(one.breached_at or one.start_fact in BEFORE_US for one in running):
                continue
            facts += [await self.supersede(session, one, actor, now) for one in running]
            length = rule.length
            if most_days is not None and rule.unit is LengthUnit.CALENDAR_DAY:
                length = min(length, most_days)
            made = schedule(
                rule, start, calendar, self.policies.superiors, length=length, most_days=most_days
            )
            deadline = Deadline(
                id=new_id(),
                case_ref=matter.case_ref,
                unit_key=units.key_of(matter.unit_id),
                kind=matter.kind,
                rule_id=rule.id,
                policy=rule.version,
                calendar_version=calendar.version,
                cycle=cycle,
                start_fact=fact,
                start_at=start,
                length=length,
                most_days=most_days,
                due_at=made.due_at,
                next_fire_at=made.rungs[0].at,
                passed=(),
                status="armed",
                breached_at=None,
                met_at=None,
                is_provisional=made.is_provisional,
                is_backdated=await _was_over(session, matter, made, now),
                version=1,
            )
            facts.append(events.armed(await deadlines.arm(session, deadline, rule, made, now)))
        return facts

    async def supersede(
        self, session: AsyncSession, deadline: Deadline, actor: str, now: datetime
    ) -> EventData:
        """End a deadline that another one of its rule stands in for."""
        ended = await deadlines.cancel(session, deadline, actor, now, status="superseded")
        return events.cancelled(ended)

    def rule_of(self, deadline: Deadline) -> Rule:
        """Return the rule a deadline was armed with: policy changes do not touch running deadlines.

        Raises `PolicyLostError`.
        """
        return self.policies.version(deadline.policy)

    def left_by(self, running: Sequence[Deadline], act: str) -> list[Deadline]:
        """Return those that run on after an act: it neither meets them nor takes their purpose."""
        about = ((one, self.policies.about(one.rule_id, one.policy)) for one in running)
        return [one for one, rule in about if act not in rule.met_by | rule.cancelled_by]

    def recompute(
        self,
        deadline: Deadline,
        calendar: WorkingCalendar,
        pauses: Sequence[Pause],
        passed: Collection[str] = (),
        lifted_to: date | None = None,
    ) -> Schedule:
        """Return the schedule a deadline has by its start, rule, calendar and pauses."""
        rule = self.rule_of(deadline)
        return schedule(
            rule,
            deadline.start_at,
            calendar,
            self.policies.superiors,
            length=deadline.length,
            most_days=deadline.most_days,
            pauses=pauses,
            passed=passed,
            lifted_to=lifted_to,
        )

    async def end_by(
        self,
        session: AsyncSession,
        running: Sequence[Deadline],
        act: str,
        now: datetime,
        actor: str,
        *,
        is_final: bool = False,
    ) -> tuple[list[EventData], list[Deadline]]:
        """End the deadlines that an act meets or takes the purpose from; return the events and what is left.

        A deadline is met in time before its due time, else late for good: the caller has fired what was due,
        so a late one is breached already. When `is_final` nobody waits for any act from now on.
        """
        about = {one.id: self.policies.about(one.rule_id, one.policy) for one in running}
        met = [one for one in running if act in about[one.id].met_by]
        rest = [one for one in running if one not in met]
        cancelled = [one for one in rest if is_final or act in about[one.id].cancelled_by]
        facts: list[EventData] = []
        for one in met:
            status: Status = "met" if one.breached_at is None and now < one.due_at else "late_done"
            facts.append(events.met(await deadlines.end(session, one, status, now)))
        facts += [events.cancelled(await deadlines.cancel(session, one, actor, now)) for one in cancelled]
        return facts, [one for one in rest if one not in cancelled]

    def acts_owed(self, running: Iterable[Deadline]) -> frozenset[str]:
        """Return the acts of which each meets one of these deadlines."""
        about = (self.policies.about(one.rule_id, one.policy) for one in running)
        return frozenset[str]().union(*(rule.met_by for rule in about))

    async def pause(
        self, session: AsyncSession, running: Sequence[Deadline], now: datetime
    ) -> list[EventData]:
        """Let the deadlines stand still whose policy lets them; a breached one runs on."""
        return [
            events.paused(await deadlines.pause(session, deadline, now))
            for deadline in standing_still(self.policies, running)
        ]

    async def is_late_pause(self, session: AsyncSession, running: Sequence[Deadline], now: datetime) -> bool:
        """Tell whether it takes two people to let these stand still: too much of the time of one is over."""
        return await self.is_late(session, standing_still(self.policies, running), now)

    async def is_late(self, session: AsyncSession, running: Sequence[Deadline], now: datetime) -> bool:
        """Tell whether so much of the time of one of these is over that one person alone gives no more."""
        for deadline in running:
            calendar = await self.calendar_of_deadline(session, deadline)
            if self.is_mostly_over(deadline, calendar, await deadlines.pauses(session, deadline.id), now):
                return True
        return False

    def is_mostly_over(
        self, deadline: Deadline, calendar: WorkingCalendar, pauses: Sequence[Pause], now: datetime
    ) -> bool:
        """Tell whether so much of a deadline's time is over that one person alone gives no more."""
        percent = self.policies.second_person_after
        rule = self.rule_of(deadline)
        return now >= share_over(rule, deadline.start_at, calendar, deadline.length, pauses, percent)

    def extendable(self, running: Sequence[Deadline]) -> list[Deadline]:
        """Return those that may be extended: unbreached ones that were not extended yet."""
        about = ((one, self.policies.about(one.rule_id, one.policy)) for one in running)
        return [
            one
            for one, rule in about
            if rule.extension and one.length == rule.length and one.breached_at is None
        ]

    async def extend(
        self, session: AsyncSession, running: Sequence[Deadline], now: datetime, actor: str
    ) -> list[EventData]:
        """Extend the deadlines that may be extended, by what their policies say."""
        facts: list[EventData] = []
        for one in self.extendable(running):
            longer = replace(one, length=one.length + self.rule_of(one).extension)
            calendar = await self.calendar_of_deadline(session, one)
            stretches = await deadlines.pauses(session, one.id)
            made = self.recompute(longer, calendar, stretches, one.passed)
            if made.due_at < one.due_at:  # a calendar lifted it further than the extension counts
                made = self.recompute(
                    longer, calendar, stretches, one.passed, lifted_to=due_on(one, calendar)
                )
            moved = await deadlines.move(
                session,
                one,
                made,
                calendar_version=calendar.version,
                reason="extended",
                actor=actor,
                at=now,
                length=longer.length,
            )
            facts.append(events.rescheduled(moved, one.due_at))
        return facts

    async def resume(
        self, session: AsyncSession, running: Sequence[Deadline], at: datetime, now: datetime, actor: str
    ) -> list[EventData]:
        """Let the paused deadlines run again as of `at`, with their due times moved.

        One that a calendar lifted out of the past once is not put back there.
        """
        facts: list[EventData] = []
        for deadline in running:
            if deadline.status != "paused":
                continue
            await deadlines.end_pause(session, deadline, at)
            calendar = await self.calendar_of_deadline(session, deadline)
            stretches = await deadlines.pauses(session, deadline.id)
            made = self.recompute(deadline, calendar, stretches, deadline.passed)
            if made.due_at <= now and await deadlines.changed_for(session, LIFTS, [deadline.id]):
                next_day = next(calendar.working_days_after(calendar.local_date(now)))
                made = self.recompute(deadline, calendar, stretches, deadline.passed, lifted_to=next_day)
            moved = await deadlines.move(
                session,
                deadline,
                made,
                calendar_version=calendar.version,
                reason="resumed",
                actor=actor,
                at=now,
            )
            facts.append(events.resumed(moved, deadline.due_at))
        return facts

    async def book_of_deadline(self, session: AsyncSession, deadline: Deadline) -> CalendarBook:
        """Return the calendars of a deadline's unit."""
        unit_id = None if deadline.unit_key == UNASSIGNED_UNIT else deadline.unit_key
        return await self.book_of(session, unit_id)

    async def calendar_of_deadline(self, session: AsyncSession, deadline: Deadline) -> WorkingCalendar:
        """Return the calendar of a deadline's unit in the version the deadline was computed with."""
        return (await self.book_of_deadline(session, deadline)).calendar(deadline.calendar_version)


def due_on(deadline: Deadline, calendar: WorkingCalendar) -> date:
    """Return the day that a deadline is due on, the last whole one before its due time."""
    return calendar.local_date(deadline.due_at - timedelta(microseconds=1))


async def _was_over(session: AsyncSession, matter: Matter, made: Schedule, now: datetime) -> bool:
    """Tell whether a deadline was over before the matter was entered; the first one is armed then."""
    return made.due_at <= now and made.due_at <= await deadlines.known_since(session, matter.case_ref, now)
