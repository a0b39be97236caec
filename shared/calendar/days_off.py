"""Days off as people name them, what differs between two lists of them, and what a count passes over."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from shared.calendar.working import DAY, WorkingCalendar

DayOffKind = Literal["national", "cuti_bersama", "local", "election"]
DAY_OFF_KINDS: tuple[DayOffKind, ...] = get_args(DayOffKind)


@dataclass(frozen=True, slots=True)
class DayOff:
    """One day off: why nobody counts it."""

    day: date
    kind: DayOffKind
    name: str

    def as_json(self) -> dict[str, str]:
        return {"date": self.day.isoformat(), "kind": self.kind, "name": self.name}


@dataclass(frozen=True, slots=True)
class Difference:
    """What one list of days off has that another has not; `renames` have another name or kind there."""

    adds: tuple[DayOff, ...]
    removes: tuple[DayOff, ...]
    renames: tuple[DayOff, ...]

    @property
    def moves(self) -> list[date]:
        """Return the dates that are counted otherwise, in order."""
        return sorted(off.day for off in (*self.adds, *self.removes))


@dataclass(frozen=True, slots=True)
class Skipped:
    """A day that a count passes over; `off` is None for a day of the week on which nobody works."""

    day: date
    off: DayOff | None


def difference(old: Iterable[DayOff], new: Iterable[DayOff]) -> Difference:
    """Return what leads from the old days off to the new ones, each list in order."""
    before, after = ({off.day: off for off in offs} for offs in (old, new))
    return Difference(
        adds=tuple(after[day] for day in sorted(after.keys() - before.keys())),
        removes=tuple(before[day] for day in sorted(before.keys() - after.keys())),
        renames=tuple(
            after[day] for day in sorted(after.keys() & before.keys()) if after[day] != before[day]
        ),
    )


def skipped(
    calendar: WorkingCalendar, first: date, last: date, names: Mapping[date, DayOff]
) -> Iterator[Skipped]:
    """Yield the days from `first` to `last`, both included, on which nobody works, by name."""
    for step in range((last - first).days + 1):
        day = first + step * DAY
        if not calendar.is_working(day):
            yield Skipped(day, names.get(day) if day in calendar.days_off else None)
