"""The deadline engine: arms deadlines by the policies, and ends, stops and moves them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.deadlines import events
from services.complaints.deadlines.data import second_person_after_percent, unit_calendar
from services.complaints.deadlines.domain.calendar import Pause, WorkingCalendar
from services.complaints.deadlines.domain.policy import Matter, PolicyBook, Rule
from services.complaints.deadlines.domain.schedule import Deadline, Schedule, Status, schedule, share_over
from services.complaints.deadlines.store import deadlines
from services.complaints.deadlines.store.years import confirmed_versions
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from shared.contracts.base import EventData
from shared.kernel import UNASSIGNED_UNIT, Zone, new_id

ENGINE = "engine"
"""Who acts when nobody does."""


@dataclass(frozen=True)
class DeadlineEngine:
    """The policies and the time of this process. `calendar_version` None is the newest shipped one.

    Callers hold the lock of whatever the deadlines belong to.
    """

    policies: PolicyBook
    clock: TrustedClock
    calendar_version: int | None = None

    def calendar(self, zone: Zone) -> WorkingCalendar:
        return unit_calendar(zone, self.calendar_version)

    async def calendar_of(self, session: AsyncSession, unit_id: str | None) -> WorkingCalendar:
        """Return the calendar of a unit; Jakarta's while nobody knows the unit."""
        unit = None if unit_id is None else await units.get(session, unit_id)
        zone = Zone.WIB if unit is None else unit.zone
        return unit_calendar(zone, self.calendar_version, await confirmed_versions(session))

    async def arm(
        self,
        session: AsyncSession,
        matter: Matter,
        rule_id: str,
        start: datetime,
        now: datetime,
        *,
        cycle: int,
        length: int | None = None,
    ) -> EventData:
        """Start a deadline and return its event; `cycle` is the matter's.

        A deadline whose due time has passed already is armed as backdated and fires at the next claim.
        """
        calendar = await self.calendar_of(session, matter.unit_id)
        rule = self.policies.in_force(rule_id, matter, calendar.local_date(start))
        made = schedule(rule, start, calendar, self.policies.superiors, length=length)
        deadline = Deadline(
            id=new_id(),
            case_ref=matter.case_ref,
            unit_key=units.key_of(matter.unit_id),
            kind=matter.kind,
            rule_id=rule.id,
            policy=rule.version,
            calendar_version=calendar.version,
            cycle=cycle,
            start_at=start,
            length=rule.length if length is None else length,
            due_at=made.due_at,
            next_fire_at=made.rungs[0].at,
            passed=(),
            status="armed",
            breached_at=None,
            met_at=None,
            is_provisional=made.is_provisional,
            is_backdated=made.due_at <= now,
            version=1,
        )
        return events.armed(await deadlines.arm(session, deadline, rule, made, now))

    def rule_of(self, deadline: Deadline) -> Rule:
        """Return the rule a deadline was armed with: policy changes do not touch running deadlines.

        Raises `PolicyLostError`.
        """
        return self.policies.version(deadline.policy)

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
            pauses=pauses,
            passed=passed,
            lifted_to=lifted_to,
        )

    async def meet(
        self, session: AsyncSession, running: Sequence[Deadline], rules: Collection[str], now: datetime
    ) -> list[EventData]:
        """End these deadlines by their act: in time before the due time, else late for good.

        The caller has fired what was due, so a late deadline is breached already.
        """
        facts: list[EventData] = []
        for deadline in running:
            if deadline.rule_id in rules:
                status: Status = (
                    "met" if deadline.breached_at is None and now < deadline.due_at else "late_done"
                )
                facts.append(events.met(await deadlines.end(session, deadline, status, now)))
        return facts

    async def cancel(
        self, session: AsyncSession, running: Sequence[Deadline], actor: str, now: datetime
    ) -> list[EventData]:
        """End these deadlines because nobody waits for their acts any more."""
        return [
            events.cancelled(await deadlines.cancel(session, deadline, actor, now)) for deadline in running
        ]

    async def pause(
        self, session: AsyncSession, running: Sequence[Deadline], rules: Collection[str], now: datetime
    ) -> list[EventData]:
        """Let these deadlines stand still, as far as their policy lets them; a breached one runs on."""
        return [
            events.paused(await deadlines.pause(session, deadline, now))
            for deadline in self._pausable(running, rules)
        ]

    async def is_late_pause(
        self, session: AsyncSession, running: Sequence[Deadline], rules: Collection[str], now: datetime
    ) -> bool:
        """Tell whether most of the time of a deadline that would stand still is over already."""
        percent = second_person_after_percent()
        for deadline in self._pausable(running, rules):
            calendar = await self.calendar_of_deadline(session, deadline)
            stretches = await deadlines.pauses(session, deadline.id)
            rule = self.rule_of(deadline)
            if now >= share_over(rule, deadline.start_at, calendar, deadline.length, stretches, percent):
                return True
        return False

    def _pausable(self, running: Sequence[Deadline], rules: Collection[str]) -> list[Deadline]:
        return [
            deadline
            for deadline in running
            if deadline.rule_id in rules
            and self.rule_of(deadline).is_pausable
            and deadline.breached_at is None
        ]

    async def resume(
        self, session: AsyncSession, running: Sequence[Deadline], at: datetime, now: datetime, actor: str
    ) -> list[EventData]:
        """Let the paused deadlines run again as of `at`, with their due times moved."""
        facts: list[EventData] = []
        for deadline in running:
            if deadline.status != "paused":
                continue
            await deadlines.end_pause(session, deadline, at)
            calendar = await self.calendar_of_deadline(session, deadline)
            stretches = await deadlines.pauses(session, deadline.id)
            made = self.recompute(deadline, calendar, stretches, deadline.passed)
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

    async def calendar_of_deadline(
        self, session: AsyncSession, deadline: Deadline, version: int | None = None
    ) -> WorkingCalendar:
        """Return the calendar of a deadline's unit, in the version it was computed with or a given one."""
        unit_id = None if deadline.unit_key == UNASSIGNED_UNIT else deadline.unit_key
        zone = (await self.calendar_of(session, unit_id)).zone
        chosen = deadline.calendar_version if version is None else version
        return unit_calendar(zone, chosen, await confirmed_versions(session))
