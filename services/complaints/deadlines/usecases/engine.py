"""The deadline engine: arms deadlines by the policies, and ends, stops and moves them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.deadlines import events
from services.complaints.deadlines.data import unit_calendar
from services.complaints.deadlines.domain.calendars import CalendarBook
from services.complaints.deadlines.domain.pausing import standing_still
from services.complaints.deadlines.domain.policy import LengthUnit, Matter, PolicyBook, Rule, StartFact
from services.complaints.deadlines.domain.schedule import Deadline, Schedule, Status, schedule, share_over
from services.complaints.deadlines.store import calendars, deadlines
from services.complaints.deadlines.store.present import MOVED_HOME
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from shared.calendar.working import Pause, WorkingCalendar
from shared.contracts.base import EventData
from shared.kernel import UNASSIGNED_UNIT, Zone, new_id

ENGINE = "engine"
"""Who acts when nobody does."""
LIFTED = "calendar_lifted"
POLICY_LIFTED = "policy_lifted"
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
        that still runs unbreached is replaced; a breached one stays the one that runs.
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
            if (is_retold and same) or any(one.breached_at for one in running):
                continue
            facts += [await self._replace(session, one, actor, now) for one in running]
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

    async def _replace(
        self, session: AsyncSession, deadline: Deadline, actor: str, now: datetime
    ) -> EventData:
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

    async def follow(
        self,
        session: AsyncSession,
        matter: Matter,
        running: Sequence[Deadline],
        now: datetime,
        actor: str,
        *,
        is_sorted_anew: bool,
    ) -> list[EventData]:
        """Let the running deadlines follow what a case is about by now: its unit, and its class.

        When it `is_sorted_anew`, one whose rule is another one for the new class is replaced by that, from
        the same start and with the same pauses. In another unit they keep their rule and count by its
        calendar. A breached one stays as it is, but for whom it tells.
        """
        facts: list[EventData] = []
        calendar = await self.calendar_of(session, matter.unit_id)
        for one in running:
            rule = self._rule_for(one, matter, calendar) if is_sorted_anew else None
            if rule is not None and one.breached_at is None:
                facts += await self._anew(session, one, rule, matter, now, actor)
            elif one.unit_key != units.key_of(matter.unit_id) or one.kind != matter.kind:
                facts.append(await self._rehome(session, one, matter, calendar, now, actor))
        return facts

    async def take_earlier(
        self, session: AsyncSession, case_ref: UUID, others: Sequence[Deadline], now: datetime, actor: str
    ) -> list[EventData]:
        """Let a matter answer as early as another one would have had to, which its answer answers too.

        Of each rule that only an answer meets, its unbreached deadline goes over to the other's start,
        length, version and pauses when it is due earlier so. One that would be due in the past becomes due
        with the end of the next working day, unless it is due before that anyway.
        """
        facts: list[EventData] = []
        mine = {one.rule_id: one for one in await deadlines.lock_running(session, case_ref)}
        known = {rule.version: rule for rule in self.policies.rules if rule.is_answers}
        for other in others:
            one, rule = mine.get(other.rule_id), known.get(other.policy)
            if one is not None and one.breached_at is None and rule is not None:
                facts += await self._take_over(session, one, other, rule, now, actor)
        return facts

    async def _take_over(
        self,
        session: AsyncSession,
        one: Deadline,
        other: Deadline,
        rule: Rule,
        now: datetime,
        actor: str,
    ) -> list[EventData]:
        becomes = replace(
            one,
            policy=other.policy,
            length=other.length,
            start_at=other.start_at,
            start_fact=other.start_fact,
        )
        calendar = await self.calendar_of_deadline(session, one)
        stretches = [pause for id_ in (one.id, other.id) for pause in await deadlines.pauses(session, id_)]
        made = self.recompute(becomes, calendar, stretches, one.passed)
        is_over = made.due_at <= now
        if is_over:
            next_day = next(calendar.working_days_after(calendar.local_date(now)))
            made = self.recompute(becomes, calendar, stretches, one.passed, lifted_to=next_day)
        if made.due_at >= one.due_at:
            return []
        await deadlines.keep_pauses(session, other.id, one.id)
        moved = await deadlines.recast(
            session,
            one,
            becomes,
            rule,
            None if one.status == "paused" else made,
            reason=EARLIER_LIFTED if is_over else EARLIER,
            actor=actor,
            at=now,
        )
        return [events.paused(moved) if one.status == "paused" else events.rescheduled(moved, one.due_at)]

    async def lengthens_late(
        self,
        session: AsyncSession,
        matter: Matter,
        running: Sequence[Deadline],
        now: datetime,
        *,
        is_sorted_anew: bool,
    ) -> bool:
        """Tell whether another class or unit takes two people: it lengthens a deadline that is mostly over.

        When it `is_sorted_anew` those count whose rule is another one for the new class, else those that the
        calendar of the new unit would move.
        """
        there = await self.calendar_of(session, matter.unit_id)
        for one in running:
            calendar = await self.calendar_of_deadline(session, one)
            rule = self._rule_for(one, matter, calendar) if is_sorted_anew else self.rule_of(one)
            if rule is None or one.breached_at is not None:
                continue
            stretches = await deadlines.pauses(session, one.id)
            if is_sorted_anew:
                made = schedule(rule, one.start_at, calendar, self.policies.superiors, pauses=stretches)
            else:
                made = self.recompute(one, there, stretches)
            if made.due_at > one.due_at and await self.is_late(session, [one], now):
                return True
        return False

    async def _anew(
        self,
        session: AsyncSession,
        old: Deadline,
        rule: Rule,
        matter: Matter,
        now: datetime,
        actor: str,
    ) -> list[EventData]:
        """Replace a running deadline by one of another rule that counts from the same start.

        A due time that would lie in the past becomes the end of the next working day.
        """
        ended = await self._replace(session, old, actor, now)
        stretches = await deadlines.pauses(session, old.id)
        calendar = await self.calendar_of(session, matter.unit_id)
        new = replace(
            old,
            id=new_id(),
            unit_key=units.key_of(matter.unit_id),
            kind=matter.kind,
            policy=rule.version,
            calendar_version=calendar.version,
            length=rule.length,
            passed=(),
            status="armed",
            version=1,
        )
        made = self.recompute(new, calendar, stretches)
        new = replace(
            new, due_at=made.due_at, next_fire_at=made.rungs[0].at, is_provisional=made.is_provisional
        )
        new = await deadlines.arm(session, new, rule, made, now)
        await deadlines.keep_pauses(session, old.id, new.id)
        await deadlines.note(session, old, new, "class", actor, now)
        facts = [ended, events.armed(new)]
        if made.due_at <= now:
            moved = await self._lift(session, new, calendar, stretches, now, actor)
            facts.append(events.rescheduled(moved, new.due_at))
        return facts

    async def _lift(
        self,
        session: AsyncSession,
        deadline: Deadline,
        calendar: WorkingCalendar,
        stretches: Sequence[Pause],
        now: datetime,
        actor: str,
    ) -> Deadline:
        """Move a deadline that would be due in the past to the end of the next working day."""
        next_day = next(calendar.working_days_after(calendar.local_date(now)))
        made = self.recompute(deadline, calendar, stretches, deadline.passed, lifted_to=next_day)
        version = calendar.version
        return await deadlines.move(
            session, deadline, made, calendar_version=version, reason=LIFTED, actor=actor, at=now
        )

    async def _rehome(
        self,
        session: AsyncSession,
        deadline: Deadline,
        matter: Matter,
        calendar: WorkingCalendar,
        now: datetime,
        actor: str,
    ) -> EventData:
        """Let a deadline run in another unit or for another kind; unbreached it counts by its days."""
        unit_key = units.key_of(matter.unit_id)
        if deadline.status == "paused" or deadline.breached_at is not None:
            moved = await deadlines.rehome(session, deadline, unit_key, matter.kind)
            await deadlines.note(session, deadline, moved, MOVED_HOME, actor, now)
            if deadline.status == "paused":
                return events.paused(moved)
            return events.rescheduled(moved, deadline.due_at)
        moved = replace(deadline, unit_key=unit_key, kind=matter.kind)
        stretches = await deadlines.pauses(session, deadline.id)
        made = self.recompute(moved, calendar, stretches, deadline.passed)
        is_lifted = bool(await deadlines.changed_for(session, LIFTS, [deadline.id]))
        if made.due_at <= now and not is_lifted:
            moved = await self._lift(session, moved, calendar, stretches, now, actor)
        else:
            if is_lifted:  # once is enough: it stays due on the day it was lifted to
                day = due_on(deadline, calendar)
                made = self.recompute(moved, calendar, stretches, deadline.passed, lifted_to=day)
            version = calendar.version
            moved = await deadlines.move(
                session, moved, made, calendar_version=version, reason=MOVED_HOME, actor=actor, at=now
            )
        return events.rescheduled(moved, deadline.due_at)

    def _rule_for(self, one: Deadline, matter: Matter, calendar: WorkingCalendar) -> Rule | None:
        """Return the rule that would arm a running deadline for this matter, when it is another one."""
        rule = self.policies.in_force(one.rule_id, matter, calendar.local_date(one.start_at))
        own = self.policies.about(one.rule_id, one.policy)
        is_other = rule is not None and rule.case_class != own.case_class
        return rule if is_other else None

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
