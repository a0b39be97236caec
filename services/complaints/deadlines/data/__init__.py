"""Deadlines as data: policies and the calendar, read and checked once."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from services.complaints.deadlines.data.policies import parse
from services.complaints.deadlines.domain.calendar import Hours, Season, WorkingCalendar
from services.complaints.deadlines.domain.policy import PolicyBook, PolicyError
from shared.kernel import Zone

DAY_OFF_KINDS = ("national", "cuti_bersama", "local", "election")
SHIPPED_POLICIES = ("cases.json", "permintaan_informasi.json")


class CalendarDataError(ValueError):
    """The calendar data cannot be used; the text says where and why."""


@dataclass(frozen=True, slots=True)
class DayOff:
    """One day off as data: why nobody counts it."""

    day: date
    kind: str
    name: str

    def as_json(self) -> dict[str, str]:
        return {"date": self.day.isoformat(), "kind": self.kind, "name": self.name}


@dataclass(frozen=True, slots=True)
class YearOff:
    """What is known of one year's days off: `version` is the last calendar version that speaks of it.

    `decree` None: the days are only expected. `is_confirmed`: somebody has read the decree before shipping.
    """

    year: int
    version: int
    decree: str | None
    source: str
    is_confirmed: bool


def read(name: str) -> Any:
    """Return a shipped data file, decoded."""
    return json.loads((files(__package__) / name).read_text(encoding="utf-8"))


def load_policies(own: Path | None = None) -> PolicyBook:
    """Return the shipped policies and those of the folder `own`, checked together.

    `own` holds an agency's or unit's `*.json`, for instance its service standard for light complaints.
    Its policies may not be national. Raises `PolicyError`.
    """
    documents = [read(f"policy/{name}") for name in SHIPPED_POLICIES]
    for path in sorted(own.glob("*.json")) if own else ():
        document = json.loads(path.read_text(encoding="utf-8"))
        for entry in document["policies"]:
            if entry["scope"]["level"] == "national":
                raise PolicyError(f"{entry['version']}: an own policy may not be national")
        documents.append(document)
    return parse(documents, read("policy/ladders.json"), read("policy/pause_limits.json"))


@cache
def shipped_policies() -> PolicyBook:
    """Return the national policies, which alone say what an id is for."""
    return load_policies()


def newest_calendar() -> int:
    """Return the newest shipped version; raises `CalendarDataError`."""
    return len(_versions())


def years_off(version: int | None = None) -> Mapping[int, YearOff]:
    """Return the years that a calendar version (default: the newest) speaks of."""
    return {
        entry["year"]: YearOff(
            entry["year"], entry["version"], entry["decree"], entry["source"], entry["is_confirmed"]
        )
        for entry in _versions()[:version]
    }


def confirmed_years(by_people: Collection[int], version: int | None = None) -> frozenset[int]:
    """Return the years that count as decreed: shipped so, or their version was confirmed by a person."""
    return frozenset(
        off.year for off in years_off(version).values() if off.is_confirmed or off.version in by_people
    )


@cache
def days_off(version: int) -> Mapping[date, DayOff]:
    """Return the days off known in a calendar version; the fold of all versions up to it."""
    known: dict[date, DayOff] = {}
    for entry in _versions()[:version]:
        for removed in entry["removes"]:
            if known.pop(date.fromisoformat(removed), None) is None:
                raise CalendarDataError(f"version {entry['version']} removes {removed}, which is not there")
        for added in entry["adds"]:
            off = DayOff(date.fromisoformat(added["date"]), added["kind"], added["name"])
            if off.day in known or off.kind not in DAY_OFF_KINDS or off.day.year != entry["year"]:
                raise CalendarDataError(f"version {entry['version']}: {off.day} is twice, misplaced or odd")
            known[off.day] = off
    return known


@cache
def unit_calendar(
    zone: Zone, version: int | None = None, by_people: frozenset[int] = frozenset()
) -> WorkingCalendar:
    """Return the calendar of units in a zone, in the newest or a given version.

    `by_people` are the versions that a person confirmed.
    """
    chosen = newest_calendar() if version is None else version
    profile = read("calendar/hours.json")
    return WorkingCalendar(
        version=chosen,
        zone=zone,
        weekdays=frozenset(profile["weekdays"]),
        days_off=frozenset(days_off(chosen)),
        confirmed_years=confirmed_years(by_people, chosen),
        hours=_hours(profile["hours"]),
        seasons=tuple(
            Season(
                date.fromisoformat(season["first"]),
                date.fromisoformat(season["last"]),
                _hours(profile["ramadan_hours"]),
            )
            for season in profile["ramadan"]
        ),
    )


@cache
def _versions() -> tuple[dict[str, Any], ...]:
    entries = tuple(read("calendar/days-off.json")["versions"])
    if [entry["version"] for entry in entries] != list(range(1, len(entries) + 1)):
        raise CalendarDataError("calendar versions must be numbered 1, 2, 3 without gap")
    for entry in entries:
        if not entry["source"]:
            raise CalendarDataError(f"version {entry['version']} has no source")
        if entry["is_confirmed"] and not entry["decree"]:
            raise CalendarDataError(f"version {entry['version']} is confirmed without a decree")
    return entries


def _hours(entry: Mapping[str, list[list[str]]]) -> Hours:
    by_weekday = {
        int(weekday): tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in intervals)
        for weekday, intervals in entry.items()
    }
    for weekday, intervals in by_weekday.items():
        edges = [edge for interval in intervals for edge in interval]
        if edges != sorted(set(edges)):
            raise CalendarDataError(f"hours of weekday {weekday} must rise without touching")
    return Hours(by_weekday)
