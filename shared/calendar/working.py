"""Working days and service hours of a unit: counting forward from a start, never backward.

Source: complaints.md section 6, rules C1-C4; Perpres 21/2023 for the hours in the data.
"""

import calendar as gregorian
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from shared.kernel import Zone

DAY = timedelta(days=1)
SEARCH_LIMIT_DAYS = 3 * 366
"""No deadline of ours spans this; a search that runs further has no working day to find."""


class NoWorkingDayError(ValueError):
    """The calendar holds no working day in reach: its data are wrong."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which a deadline stands still: from `start` (included) to `end` (not included).

    `is_by_dates`: it takes out the dates it spans however short it was, as it was promised when it ended.
    """

    start: datetime
    end: datetime
    is_by_dates: bool = False


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening intervals by ISO weekday (1 Monday - 7 Sunday), local time, in order, not touching."""

    by_weekday: Mapping[int, tuple[tuple[time, time], ...]]


@dataclass(frozen=True, slots=True)
class Season:
    """A stretch of local dates, both included, with hours of its own (Ramadan)."""

    first: date
    last: date
    hours: Hours


@dataclass(frozen=True, slots=True)
class Week:
    """How a unit works from the local date `first` on: its weekdays, hours, and seasons of other hours."""

    first: date
    weekdays: frozenset[int]
    hours: Hours
    seasons: tuple[Season, ...] = ()


@dataclass(frozen=True)
class WorkingCalendar:
    """The calendar of one unit in one version.

    `days_off` are the national, joint-leave and local days off of every year in `confirmed_years` and of
    the years that are only expected; `weekdays` are the ISO weekdays worked (five or six of them). `weeks`
    are those that the unit chose for itself since, by their first date.
    """

    version: int
    zone: Zone
    weekdays: frozenset[int]
    days_off: frozenset[date]
    confirmed_years: frozenset[int]
    hours: Hours
    seasons: tuple[Season, ...] = ()
    weeks: tuple[Week, ...] = ()

    def week_on(self, day: date) -> Week:
        """Return how the unit works on a day: as it chose last before it, else as all units do."""
        chosen = [week for week in self.weeks if week.first <= day]
        return chosen[-1] if chosen else Week(date.min, self.weekdays, self.hours, self.seasons)

    def is_working(self, day: date) -> bool:
        weekdays = self.week_on(day).weekdays if self.weeks else self.weekdays
        return day.isoweekday() in weekdays and day not in self.days_off

    def is_confirmed(self, first: date, last: date) -> bool:
        """Tell whether every year from `first` to `last` has its holiday decree."""
        return all(year in self.confirmed_years for year in range(first.year, last.year + 1))

    def local_date(self, instant: datetime) -> date:
        return instant.astimezone(self.zone.tz).date()

    def midnight(self, day: date) -> datetime:
        """Return 00:00 local of `day`, as UTC."""
        return self._at(day, time(0))

    def opening(self, day: date) -> datetime:
        """Return the opening of a working day, as UTC; midnight for a day without hours."""
        intervals = self._intervals(day)
        return self._at(day, intervals[0][0]) if intervals else self.midnight(day)

    def closing(self, day: date) -> datetime:
        """Return the end of service of a working day, as UTC; 24:00 for a day without hours."""
        intervals = self._intervals(day)
        return self._at(day, intervals[-1][1]) if intervals else self.midnight(day + DAY)

    def working_days_after(self, day: date) -> Iterator[date]:
        """Yield the working days after `day`, in order."""
        for step in range(1, SEARCH_LIMIT_DAYS):
            if self.is_working(day + step * DAY):
                yield day + step * DAY
        raise NoWorkingDayError(f"no working day found after {day}")

    def working_day_before(self, day: date) -> date:
        """Return the last working day before `day`."""
        for step in range(1, SEARCH_LIMIT_DAYS):
            if self.is_working(day - step * DAY):
                return day - step * DAY
        raise NoWorkingDayError(f"no working day found before {day}")

    def counted_day(self, start: date, n: int, pauses: Sequence[Pause] = ()) -> date:
        """Return the n-th (1..) working day after `start` (day 0) that no pause takes out (C1, C4)."""
        still = self.standing_still(pauses)
        for day in self.working_days_after(start):
            if not any(first <= day < end for first, end in still):
                n -= 1
            if n <= 0:
                return day
        raise NoWorkingDayError(f"no working day found after {start}")

    def standing_still(self, pauses: Sequence[Pause]) -> list[tuple[date, date]]:
        """Return the dates that pauses take out, each from a first one to one that counts again (C4).

        A pause spans the dates from its first one to the one it ends on, which counts again. It takes out
        none when less service time fell into it than the first working day among them has: otherwise three
        short pauses over midnight would win three days. Pauses that touch are one.
        """
        spans = [(self.local_date(one.start), self.local_date(one.end), one) for one in _joined(pauses)]
        return [(first, end) for first, end, one in spans if one.is_by_dates or self._fills_a_day(one)]

    def rolled(self, day: date) -> date:
        """Return `day`, or the next working day when it is none (C3)."""
        return day if self.is_working(day) else next(self.working_days_after(day))

    def after_service(self, start: datetime, length: timedelta, pauses: Sequence[Pause] = ()) -> datetime:
        """Walk `length` of service time from `start`, time inside pauses not counted (C3, C4).

        A length that ends exactly at closing ends there, not at the next opening.
        """
        left = length
        first = self.local_date(start)
        for step in range(SEARCH_LIMIT_DAYS):
            day = first + step * DAY
            if not self.is_working(day):
                continue
            for opens, closes in self._intervals(day):
                span = (max(self._at(day, opens), start), self._at(day, closes))
                for begin, end in _without(span, pauses):
                    if end - begin >= left:
                        return begin + left
                    left -= end - begin
        raise NoWorkingDayError(f"no service hours found after {start}")

    def next_opening(self, instant: datetime) -> datetime:
        """Return `instant` when it lies in service hours, else the next opening; messages wait for it."""
        day = self.local_date(instant)
        if self.is_working(day):
            if self.opening(day) <= instant < self.closing(day):
                return instant
            if instant < self.opening(day):
                return self.opening(day)
        return self.opening(next(self.working_days_after(day)))

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone.tz).astimezone(UTC)

    def _intervals(self, day: date) -> tuple[tuple[time, time], ...]:
        week = self.week_on(day)
        for season in week.seasons:
            if season.first <= day <= season.last:
                return season.hours.by_weekday.get(day.isoweekday(), ())
        return week.hours.by_weekday.get(day.isoweekday(), ())

    def _fills_a_day(self, pause: Pause) -> bool:
        first, end = self.local_date(pause.start), self.local_date(pause.end)
        days = [first + i * DAY for i in range((end - first).days + 1)]
        needed = next((self._service(day) for day in days[:-1] if self.is_working(day)), None)
        if needed is None:
            return False
        left = sum((closes - opens for opens, closes in needed), timedelta())
        for day in filter(self.is_working, days):
            for opens, closes in self._service(day):
                left -= max(min(closes, pause.end) - max(opens, pause.start), timedelta())
            if left <= timedelta():
                return True
        return False

    def _service(self, day: date) -> list[tuple[datetime, datetime]]:
        """Return when service runs on a working day; all of it on a day without hours."""
        hours = [(self._at(day, opens), self._at(day, closes)) for opens, closes in self._intervals(day)]
        return hours or [(self.midnight(day), self.midnight(day + DAY))]


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, clamped to that month's end (C3)."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, gregorian.monthrange(year, month0 + 1)[1]))


def _joined(pauses: Sequence[Pause]) -> list[Pause]:
    """Return the pauses in order, those that touch or overlap as one."""
    joined: list[Pause] = []
    for pause in sorted(pauses, key=lambda one: one.start):
        last = joined[-1] if joined else None
        if last is None or pause.start > last.end or pause.is_by_dates != last.is_by_dates:
            joined.append(pause)
        else:
            joined[-1] = Pause(last.start, max(last.end, pause.end), last.is_by_dates)
    return joined


def _without(span: tuple[datetime, datetime], pauses: Sequence[Pause]) -> Iterator[tuple[datetime, datetime]]:
    """Yield what is left of a span after the pauses (in order, not overlapping) are cut out."""
    begin, end = span
    for pause in sorted(pauses, key=lambda p: p.start):
        if begin < min(pause.start, end):
            yield begin, min(pause.start, end)
        begin = max(begin, pause.end)
    if begin < end:
        yield begin, end
