"""Versions of the working-day calendar, and the calendar that they make for one unit.

A version says all of one thing anew: the days off of a year in the nation, a zone or a unit, or how a unit
works from a date on. It is never changed: a running deadline that names it is computed again as it was.
Source: complaints.md section 6.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import ClassVar, Literal, get_args

from shared.calendar.days_off import DayOff
from shared.calendar.working import Hours, Season, Week, WorkingCalendar
from shared.kernel import DomainError, Zone

Span = tuple[date, date]
"""A first and a last date, both included."""
Reach = Literal["national", "zone", "unit"]
REACHES: tuple[Reach, ...] = get_args(Reach)


class CalendarMissingError(DomainError):
    """Nobody has entered the days off of a year, so nothing can be said about it."""

    code: ClassVar[str] = "calendar_missing"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"Kalender tahun {year} belum dimuat, sehingga hari liburnya tidak diketahui. Administrator"
            " nasional perlu memuat dan mengonfirmasinya lebih dahulu.",
            year=year,
        )


@dataclass(frozen=True, slots=True)
class Target:
    """Whose days off of which year; `name` is the zone or unit, empty for the nation."""

    reach: Reach
    name: str
    year: int

    @property
    def id(self) -> str:
        return f"{self.reach}:{self.name}:{self.year}" if self.name else f"{self.reach}:{self.year}"


@dataclass(frozen=True, slots=True)
class UnitWeek:
    """How a unit works from the local date `first` on, in Ramadan by other hours."""

    first: date
    weekdays: frozenset[int]
    hours: Hours
    ramadan_hours: Hours

    def with_ramadans(self, ramadans: Iterable[Span]) -> Week:
        """Return the week to count by, with the dates on which its other hours hold."""
        seasons = tuple(Season(first, last, self.ramadan_hours) for first, last in ramadans)
        return Week(self.first, self.weekdays, self.hours, seasons)


@dataclass(frozen=True, slots=True)
class Version:
    """One version: `days` are all days off of a year, or `week` is how the unit `name` works.

    A national year also says in `ramadans` from when to when Ramadan lasts that begins in it.
    `shipped` is its number among those that came with the program, None for one that was entered here. A
    national year without a confirmation by its shippers (`is_confirmed`) or a person is provisional; `decree`
    None: its days are only expected.
    """

    version: int
    reach: Reach
    name: str
    year: int | None
    days: tuple[DayOff, ...]
    ramadans: tuple[Span, ...]
    week: UnitWeek | None
    decree: str | None
    source: str
    is_confirmed: bool
    shipped: int | None

    @property
    def what(self) -> tuple[Reach, str, int | date | None]:
        """Return what a later version of the same replaces."""
        return self.reach, self.name, self.year if self.week is None else self.week.first


@dataclass(frozen=True)
class CalendarBook:
    """All versions that count for one unit (or for all units of a zone), in their order.

    `base` is how units work that chose nothing; `by_people` are the versions that a person confirmed.
    """

    zone: Zone
    versions: tuple[Version, ...]
    base: UnitWeek
    by_people: frozenset[int]

    @cached_property
    def newest(self) -> int:
        return max((one.version for one in self.versions), default=0)

    def standing(self, version: int | None = None) -> list[Version]:
        """Return the versions that nothing replaced yet in a version (default: now)."""
        known = (one for one in self.versions if version is None or one.version <= version)
        return list({one.what: one for one in known}.values())

    def years(self, version: int | None = None) -> dict[int, Version]:
        """Return the national version of each year that anybody entered."""
        return {one.year: one for one in self.standing(version) if one.reach == "national" and one.year}

    def is_confirmed(self, one: Version) -> bool:
        return one.is_confirmed or one.version in self.by_people

    def of(self, target: Target) -> Version | None:
        """Return what stands for a target; None while nobody entered it."""
        what = (target.reach, target.name, target.year)
        return next((one for one in self.standing() if one.what == what), None)

    def weeks(self, version: int | None = None) -> list[UnitWeek]:
        """Return the weeks that the unit chose, by their first dates."""
        chosen = (one.week for one in self.standing(version) if one.week is not None)
        return sorted(chosen, key=lambda week: week.first)

    def week_on(self, day: date) -> UnitWeek:
        """Return how the unit works on a day."""
        return next((week for week in reversed(self.weeks()) if week.first <= day), self.base)

    def names(self, version: int | None = None) -> Mapping[date, DayOff]:
        """Return the days off by date; the nation names a day that is off anyway."""
        named: dict[date, DayOff] = {}
        for one in sorted(self.standing(version), key=lambda one: REACHES.index(one.reach), reverse=True):
            named.update((off.day, off) for off in one.days)
        return named

    def calendar(self, version: int | None = None) -> WorkingCalendar:
        """Return the working calendar in a version (default: the newest); made once, an audit asks often."""
        if version not in self._made:
            self._made[version] = self._make(version)
        return self._made[version]

    @cached_property
    def _made(self) -> dict[int | None, WorkingCalendar]:
        return {}

    def _make(self, version: int | None) -> WorkingCalendar:
        standing = self.standing(version)
        ramadans = sorted(span for one in standing for span in one.ramadans)
        base = self.base.with_ramadans(ramadans)
        return WorkingCalendar(
            version=self.newest if version is None else version,
            zone=self.zone,
            weekdays=base.weekdays,
            days_off=frozenset(off.day for one in standing for off in one.days),
            confirmed_years=frozenset(y for y, one in self.years(version).items() if self.is_confirmed(one)),
            hours=base.hours,
            seasons=base.seasons,
            weeks=tuple(week.with_ramadans(ramadans) for week in self.weeks(version)),
        )

    def with_version(self, one: Version) -> "CalendarBook":
        """Return the book as it would be with another version, which a person has confirmed."""
        by_people = self.by_people | {one.version}
        return replace(self, versions=(*self.versions, one), by_people=by_people)

    def require_years(self, first: date, last: date, version: int | None = None) -> None:
        """Refuse a stretch that reaches into a year whose days off nobody entered."""
        known = self.years(version)
        for year in range(first.year, last.year + 1):
            if year not in known:
                raise CalendarMissingError(year)


def numbered(own: Sequence[Version], shipped: Iterable[Version]) -> tuple[Version, ...]:
    """Return the kept versions, then the shipped ones that were not kept yet, by the numbers they get.

    A shipped version of a year about which somebody here has spoken is not taken: their word stands.
    """
    kept = {one.shipped for one in own}
    decided = {one.year for one in own if one.shipped is None and one.reach == "national"}
    last = max((one.version for one in own), default=0)
    new = [one for one in shipped if one.shipped not in kept and one.year not in decided]
    return (*own, *(replace(one, version=last + i) for i, one in enumerate(new, 1)))
