"""A deadline of a case: when it is due, when its rungs fire, and what a late poller owes.

Everything here is a pure function of start, rule, calendar and pauses (rule C5).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from services.complaints.deadlines.domain.policy import LengthUnit, Rule, RungPlan, StartFact
from shared.calendar.reckoning import Length, due
from shared.calendar.working import DAY, Pause, WorkingCalendar

Fact = Literal["reminded", "overdue", "escalated"]

RUNG_NAMESPACE = UUID("5d0a0f4e-6a3b-5b59-9a55-3f1d6d6f6b0c")
"""Fixed for good: the event ids of every rung ever fired follow from it."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A point of a deadline: fires at `at`, its message may leave at `notify_at`, for the roles `to`."""

    code: str
    at: datetime
    notify_at: datetime
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The precomputed instants of a deadline; `due_rung` is the index of the breach in `rungs`."""

    due_on: date
    due_at: datetime
    rungs: tuple[Rung, ...]
    due_rung: int
    is_provisional: bool


Status = Literal["armed", "paused", "met", "late_done", "cancelled", "superseded"]
ENDED_EARLY = frozenset({"cancelled", "superseded"})
"""Deadlines whose act nobody awaits any more: its purpose is gone, or another one took its place."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline of a case as it stands. `unit_key` is the unit its events are keyed by.

    `cycle` counts how often this rule ran for the case; `start_fact` is None where it was armed before facts
    were kept; `passed` are the codes of rungs that have passed; `most_days` how many calendar days it may run
    at most, None without a cap; `due_zone` is the zone of its due day, None: that of its unit.
    """

    id: UUID
    case_ref: UUID
    unit_key: str
    kind: str
    rule_id: str
    policy: str
    calendar_version: int
    cycle: int
    start_fact: StartFact | None
    start_at: datetime
    length: int
    most_days: int | None
    due_at: datetime
    next_fire_at: datetime | None
    passed: tuple[str, ...]
    status: Status
    breached_at: datetime | None
    met_at: datetime | None
    is_provisional: bool
    is_backdated: bool
    version: int
    due_zone: str | None = None

    @property
    def is_running(self) -> bool:
        return self.status in ("armed", "paused")


def schedule(
    rule: Rule,
    start: datetime,
    calendar: WorkingCalendar,
    superiors: Mapping[str, str],
    *,
    length: int | None = None,
    most_days: int | None = None,
    pauses: Sequence[Pause] = (),
    passed: Collection[str] = (),
    lifted_to: date | None = None,
) -> Schedule:
    """Return due time and rungs of a deadline that starts at `start`.

    `length` replaces the rule's, and no day later than `most_days` calendar days after day 0 is the last one
    (a second request for completion has only the rest of the cap, its roll included); `pauses` are the ended
    ones; `passed` are codes of rungs that must not come again; `lifted_to` is the due day when a new calendar
    would have put it into the past. Rungs that fall on or before the start, reminders that fall on the due
    time and rungs at an equal instant are dropped.
    `is_provisional` when working days decide and a year in the window has no confirmed holiday decree.
    """
    counted = rule.length if length is None else length
    if lifted_to is None:
        due_on, due_at = due(length_of(rule, counted, most_days), start, calendar, pauses)
    else:
        due_on, due_at = lifted_to, calendar.midnight(lifted_to + DAY)
    place = _Place(rule, start, calendar, counted, pauses, due_on, due_at)
    rungs: list[Rung] = []
    for plan in rule.ladder.rungs:
        at = place.of(plan)
        is_reminder_too_late = not plan.is_due and at >= due_at and (plan.working_days or 0) <= 0
        if plan.code in passed or at <= start or is_reminder_too_late:
            continue
        to = rule.addressees(plan.to, superiors)
        rungs.append(Rung(plan.code, at, calendar.next_opening(at), to))
    rungs.sort(key=lambda rung: rung.at)
    kept = [rung for i, rung in enumerate(rungs) if i == 0 or rung.at > rungs[i - 1].at]
    return Schedule(
        due_on=due_on,
        due_at=due_at,
        rungs=tuple(kept),
        due_rung=next(i for i, rung in enumerate(kept) if rung.at == due_at),
        is_provisional=rule.counts_work and not calendar.is_confirmed(calendar.local_date(start), due_on),
    )


def length_of(rule: Rule, amount: int, most_days: int | None = None) -> Length:
    """Return how long a deadline of this rule runs that was given another amount, or a cap."""
    return Length(rule.unit, amount, rule.is_rolling, rule.due_end, most_days)


def share_over(
    rule: Rule,
    start: datetime,
    calendar: WorkingCalendar,
    length: int,
    pauses: Sequence[Pause],
    percent: int,
) -> datetime:
    """Return when this share of a deadline's time is over: where a reminder of that share lies."""
    due_on, due_at = due(length_of(rule, length), start, calendar, pauses)
    place = _Place(rule, start, calendar, length, pauses, due_on, due_at)
    return place.of(RungPlan("share", (), percent=percent))


@dataclass(frozen=True, slots=True)
class _Place:
    """Finds the instant of a rung."""

    rule: Rule
    start: datetime
    calendar: WorkingCalendar
    length: int
    pauses: Sequence[Pause]
    due_on: date
    due_at: datetime

    def of(self, plan: RungPlan) -> datetime:
        if plan.is_due:
            return self.due_at
        if plan.percent is not None:
            return self._percent(plan.percent)
        return self._working_days(plan.working_days or 0)

    def _percent(self, percent: int) -> datetime:
        """Return the opening of counted day ceil(p*n); for hours the exact share."""
        if self.rule.unit is LengthUnit.CLOCK_HOUR:
            return self.start + timedelta(hours=self.length) * percent / 100
        if self.rule.unit is LengthUnit.WORKING_HOUR:
            share = timedelta(hours=self.length) * percent / 100
            return self.calendar.after_service(self.start, share, self.pauses)
        day0 = self.calendar.local_date(self.start)
        if self.rule.unit is LengthUnit.WORKING_DAY:
            return self.calendar.opening(
                self.calendar.counted_day(day0, _ceil_share(self.length, percent), self.pauses)
            )
        days = (self.due_on - day0).days if self.rule.unit is LengthUnit.MONTH else self.length
        return self.calendar.opening(day0 + _ceil_share(days, percent) * DAY)

    def _working_days(self, k: int) -> datetime:
        """Return the opening of the k-th working day before the due day, or for k > 0 see `_after_told`."""
        if k > 0:
            return self._after_told(k)
        day = self.due_on
        for _ in range(-k):
            day = self.calendar.working_day_before(day)
        return self.calendar.opening(day)

    def _after_told(self, k: int) -> datetime:
        """Return the instant k working days after the message of the breach, which waits for opening.

        So the holder has a working day before the superior is told, and each of the others one more.
        """
        calendar = self.calendar
        told = calendar.next_opening(self.due_at)
        told_on = calendar.local_date(told)
        opening = calendar.opening(calendar.counted_day(told_on, k))
        return opening + (told - calendar.opening(told_on))


def _ceil_share(n: int, percent: int) -> int:
    return -(-n * percent // 100)


def event_key(deadline_id: UUID, code: str) -> str:
    """Return the key of a rung's one event: no second row and no second event id can exist for it."""
    return f"{deadline_id}:{code}"


def event_id(key: str) -> UUID:
    """Return the event id of a rung, the same for every poller and every attempt."""
    return uuid5(RUNG_NAMESPACE, key)


def emitted(first: int, end: int, due_rung: int) -> tuple[int, ...]:
    """Return which of the rungs `first..end-1`, found due together, give an event.

    The breach always does; of those after it only the highest; reminders give way to whatever is higher
    (catch-up rule, complaints.md section 7.4).
    """
    if first <= due_rung < end:
        return (due_rung,) if end == due_rung + 1 else (due_rung, end - 1)
    return (end - 1,)


def fact_of(index: int, due_rung: int) -> Fact:
    """Return the fact a rung publishes by its place before, at or after the breach."""
    if index < due_rung:
        return "reminded"
    return "overdue" if index == due_rung else "escalated"


def repeat_code(index: int, rungs: int) -> str:
    """Return the code of a rung beyond the ladder's last: `repeat1`, `repeat2`, ..."""
    return f"repeat{index - rungs + 1}"
