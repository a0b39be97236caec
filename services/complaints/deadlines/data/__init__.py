"""Deadlines as data: policies and the calendar, read and checked once."""

import json
from collections.abc import Collection, Mapping
from datetime import date, time
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.complaints.deadlines.data.policies import parse
from services.complaints.deadlines.domain.calendars import CalendarBook, Span, UnitWeek, Version
from services.complaints.deadlines.domain.policy import PolicyBook, PolicyError
from shared.calendar.days_off import DAY_OFF_KINDS, DayOff
from shared.calendar.working import Hours, WorkingCalendar
from shared.contracts.base import Code
from shared.kernel import Zone

SHIPPED_POLICIES = (
    "cases.json",
    "permintaan_informasi.json",
    "retention.json",
    "gratifikasi.json",
    "benturan_kepentingan.json",
    "data_pribadi.json",
    "ombudsman.json",
)
PROFILES = ("peradilan",)
"""Sets of policies that an agency may choose to count by."""
_CODE: TypeAdapter[str] = TypeAdapter(Code)


class CalendarDataError(ValueError):
    """The calendar data cannot be used; the text says where and why."""


def read(name: str) -> Any:
    """Return a shipped data file, decoded."""
    return json.loads((files(__package__) / name).read_text(encoding="utf-8"))


def load_policies(own: Path | None = None, profiles: Mapping[str, str] | None = None) -> PolicyBook:
    """Return the shipped policies and those of the folder `own`, checked together.

    `own` holds an agency's or unit's `*.json`, for instance its service standard for light complaints.
    Its policies may not be national. `profiles` are the shipped profiles that agencies count by, by agency.
    Raises `PolicyError`.
    """
    documents = [read(f"policy/{name}") for name in SHIPPED_POLICIES]
    documents += [profile(name, agency) for agency, name in (profiles or {}).items()]
    for path in sorted(own.glob("*.json")) if own else ():
        document = json.loads(path.read_text(encoding="utf-8"))
        for entry in document["policies"]:
            if entry["scope"]["level"] == "national":
                raise PolicyError(f"{entry['version']}: an own policy may not be national")
        documents.append(document)
    return parse(documents, read("policy/ladders.json"), read("policy/pause_limits.json"))


def profile(name: str, agency_id: str) -> Any:
    """Return a shipped profile as a document of one agency's policies.

    Several agencies may count by one: their versions bear the agency's id. Raises `PolicyError` for no
    profile, and for an agency whose id makes a version that no event can carry.
    """
    if name not in PROFILES:
        raise PolicyError(f"profile {name} of agency {agency_id}: unknown; known are {', '.join(PROFILES)}")
    document = read(f"policy/profiles/{name}.json")
    scope = {"level": "agency", "id": agency_id}
    entries = [
        entry | {"version": f"{entry['version']}.{agency_id}", "scope": scope}
        for entry in document["policies"]
    ]
    for entry in entries:
        try:
            _CODE.validate_python(entry["version"])
        except ValidationError as error:
            raise PolicyError(
                f"profile {name} of agency {agency_id}: the version {entry['version']} is too long or has"
                " signs that no event carries; choose a shorter id of letters, digits, `.`, `_` and `-`"
            ) from error
    return document | {"policies": entries}


@cache
def shipped_policies() -> PolicyBook:
    """Return what says what an id is for: national policies, and each profile as of an agency of its name."""
    return load_policies(profiles={name: name for name in PROFILES})


@cache
def shipped_calendars() -> tuple[Version, ...]:
    """Return the shipped versions of the national days off, each with all days of its year.

    Raises `CalendarDataError`.
    """
    known: dict[date, DayOff] = {}
    ramadans = _ramadans()
    versions = []
    for entry in _entries():
        for removed in entry["removes"]:
            if known.pop(date.fromisoformat(removed), None) is None:
                raise CalendarDataError(f"version {entry['version']} removes {removed}, which is not there")
        for added in entry["adds"]:
            off = DayOff(date.fromisoformat(added["date"]), added["kind"], added["name"])
            if off.day in known or off.kind not in DAY_OFF_KINDS or off.day.year != entry["year"]:
                raise CalendarDataError(f"version {entry['version']}: {off.day} is twice, misplaced or odd")
            known[off.day] = off
        versions.append(
            Version(
                version=entry["version"],
                reach="national",
                name="",
                year=entry["year"],
                days=tuple(known[day] for day in sorted(known) if day.year == entry["year"]),
                ramadans=ramadans.get(entry["year"], ()),
                week=None,
                decree=entry["decree"],
                source=entry["source"],
                is_confirmed=entry["is_confirmed"],
                shipped=entry["version"],
            )
        )
    return tuple(versions)


@cache
def base_week() -> UnitWeek:
    """Return how units work that chose nothing for themselves; raises `CalendarDataError`."""
    profile = read("calendar/hours.json")
    return week_of(date.min, profile["weekdays"], profile["hours"], profile["ramadan_hours"])


def week_of(
    first: date,
    weekdays: Collection[int],
    hours: Mapping[str, list[list[str]]],
    ramadan_hours: Mapping[str, list[list[str]]],
) -> UnitWeek:
    """Return a week as data: hours by ISO weekday, `[["07:30", "12:00"], ...]`, in Ramadan others.

    Raises `CalendarDataError`.
    """
    return UnitWeek(first, frozenset(weekdays), _hours(hours), _hours(ramadan_hours))


def _ramadans() -> Mapping[int, tuple[Span, ...]]:
    """Return from when to when each Ramadan lasts, by the year in which it begins."""
    found: dict[int, tuple[Span, ...]] = {}
    for season in read("calendar/hours.json")["ramadan"]:
        first, last = date.fromisoformat(season["first"]), date.fromisoformat(season["last"])
        found[first.year] = (*found.get(first.year, ()), (first, last))
    return found


@cache
def shipped_book(zone: Zone, by_people: frozenset[int] = frozenset()) -> CalendarBook:
    """Return the calendars of a zone as they were shipped; `by_people` are those a person confirmed."""
    return CalendarBook(zone, shipped_calendars(), base_week(), by_people)


@cache
def unit_calendar(zone: Zone, version: int | None = None) -> WorkingCalendar:
    """Return the shipped calendar of units in a zone, in the newest or a given version."""
    return shipped_book(zone).calendar(version)


@cache
def _entries() -> tuple[dict[str, Any], ...]:
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
