"""Versions of the calendar: those that were entered here, and the shipped ones beside them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import RowMapping, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.data import base_week, shipped_book, shipped_calendars, week_of
from services.complaints.deadlines.domain.calendars import (
    CalendarBook,
    Span,
    Target,
    UnitWeek,
    Version,
    numbered,
)
from services.complaints.deadlines.tables import CALENDAR_DRAFT, CALENDAR_VERSION, CONFIRMATION
from shared.calendar.days_off import DayOff
from shared.db.arrays import among
from shared.kernel import Zone

_KNOWN = "complaints.calendar_books"
SHIPPED_BY = "system"
Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """Days off that wait for somebody's word; `based_on` is the version they change, 0 for none."""

    target: Target
    days: tuple[DayOff, ...]
    ramadans: tuple[Span, ...]
    decree: str | None
    source: str
    based_on: int
    entered_by: str
    entered_at: datetime


async def book(session: AsyncSession, zone: Zone, unit_id: str | None) -> CalendarBook:
    """Return the calendars of a unit, None for any of the zone; asked for once in a session."""
    known: dict[tuple[Zone, str | None], CalendarBook] = session.info.setdefault(_KNOWN, {})
    if (zone, unit_id) not in known:
        known[zone, unit_id] = await _book(session, zone, unit_id)
    return known[zone, unit_id]


async def books(session: AsyncSession, zones: Mapping[str, Zone]) -> dict[str, CalendarBook]:
    """Return the calendars of many units by their zones; those that set nothing of their own share one."""
    table = CALENDAR_VERSION.c
    asked = select(table.name).distinct().where(table.reach == "unit", among(table.name, list(zones)))
    own = set(await session.scalars(asked))
    return {id_: await book(session, zone, id_ if id_ in own else None) for id_, zone in zones.items()}


_CONFIRMED = select(func.array_agg(CONFIRMATION.c.calendar_version).label("by_people")).subquery()
"""One row, also where nobody has confirmed anything."""


async def _book(session: AsyncSession, zone: Zone, unit_id: str | None) -> CalendarBook:
    table = CALENDAR_VERSION.c
    places = or_(
        table.reach == "national",
        and_(table.reach == "zone", table.name == zone.value),
        and_(table.reach == "unit", table.name == (unit_id or "")),
    )
    asked = select(_CONFIRMED.c.by_people, CALENDAR_VERSION).join_from(
        _CONFIRMED, CALENDAR_VERSION, places, isouter=True
    )
    rows = (await session.execute(asked.order_by(table.version))).mappings().all()
    by_people = frozenset(rows[0]["by_people"] or ())
    own = [version_of(row) for row in rows if row["version"] is not None]
    if not own:
        return shipped_book(zone, by_people)
    return CalendarBook(zone, numbered(own, shipped_calendars()), base_week(), by_people)


async def lock(session: AsyncSession) -> None:
    """Let nobody else enter a version until the end of the transaction."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("calendar", 0))))
    _forget(session)


async def keep_shipped(session: AsyncSession, at: datetime) -> None:
    """Nail down the numbers of the shipped versions; the caller holds the lock."""
    national = await book(session, Zone.WIB, None)
    shipped = [one for one in national.versions if one.shipped is not None]
    if shipped:
        rows = [_row(one, SHIPPED_BY, at) for one in shipped]
        await session.execute(insert(CALENDAR_VERSION).values(rows).on_conflict_do_nothing())
    _forget(session)


async def following(session: AsyncSession) -> int:
    """Return the number of the next version; the caller holds the lock and has kept the shipped ones."""
    return (await newest(session)) + 1


async def newest(session: AsyncSession) -> int:
    """Return the highest version that is kept here; 0 while there is none."""
    return await session.scalar(select(func.coalesce(func.max(CALENDAR_VERSION.c.version), 0))) or 0


async def enter(session: AsyncSession, version: Version, by: str, at: datetime) -> None:
    """Keep a new version; the caller holds the lock."""
    await session.execute(CALENDAR_VERSION.insert().values(_row(version, by, at)))
    _forget(session)


async def draft(session: AsyncSession, target: Target) -> Draft | None:
    """Return what waits for confirmation."""
    found = (await session.execute(select(CALENDAR_DRAFT).where(*_of(target)))).mappings().one_or_none()
    if found is None:
        return None
    return Draft(
        target,
        *_year(found["content"]),
        found["decree"],
        found["source"],
        found["based_on"],
        found["entered_by"],
        found["entered_at"],
    )


async def drafted(session: AsyncSession) -> set[int]:
    """Return the years with a change to the national days off that waits."""
    asked = select(CALENDAR_DRAFT.c.year).where(CALENDAR_DRAFT.c.reach == "national")
    return set(await session.scalars(asked))


async def keep_draft(session: AsyncSession, one: Draft) -> None:
    """Keep a draft in place of an earlier one."""
    told = {
        "content": _year_text(one.days, one.ramadans),
        "decree": one.decree,
        "source": one.source,
        "based_on": one.based_on,
        "entered_by": one.entered_by,
        "entered_at": one.entered_at,
    }
    target = one.target
    place = {"reach": target.reach, "name": target.name, "year": target.year}
    made = insert(CALENDAR_DRAFT).values(place | told)
    await session.execute(made.on_conflict_do_update(index_elements=list(place), set_=told))


async def discard(session: AsyncSession, target: Target) -> None:
    """Forget a draft."""
    await session.execute(CALENDAR_DRAFT.delete().where(*_of(target)))


def _of(target: Target) -> Sequence[Any]:
    table = CALENDAR_DRAFT.c
    return table.reach == target.reach, table.name == target.name, table.year == target.year


def _forget(session: AsyncSession) -> None:
    session.info.pop(_KNOWN, None)


def _row(one: Version, by: str, at: datetime) -> dict[str, Any]:
    return {
        "version": one.version,
        "reach": one.reach,
        "name": one.name,
        "year": one.year,
        "first_on": None if one.week is None else one.week.first,
        "content": _year_text(one.days, one.ramadans) if one.week is None else _week_text(one.week),
        "decree": one.decree,
        "source": one.source,
        "is_confirmed": one.is_confirmed,
        "shipped": one.shipped,
        "entered_by": by,
        "entered_at": at,
    }


def version_of(row: RowMapping) -> Version:
    """Return the version that a row with these columns holds."""
    is_week = row["first_on"] is not None
    days, ramadans = ((), ()) if is_week else _year(row["content"])
    return Version(
        version=row["version"],
        reach=row["reach"],
        name=row["name"],
        year=row["year"],
        days=days,
        ramadans=ramadans,
        week=_week(row["first_on"], row["content"]) if is_week else None,
        decree=row["decree"],
        source=row["source"],
        is_confirmed=row["is_confirmed"],
        shipped=row["shipped"],
    )


def _year_text(days: Sequence[DayOff], ramadans: Sequence[Span]) -> str:
    told = {
        "days": [off.as_json() for off in days],
        "ramadans": [[first.isoformat(), last.isoformat()] for first, last in ramadans],
    }
    return json.dumps(told, ensure_ascii=False)


@lru_cache(maxsize=1024)
def _year(content: str) -> tuple[tuple[DayOff, ...], tuple[Span, ...]]:
    told = json.loads(content)
    days = (DayOff(date.fromisoformat(off["date"]), off["kind"], off["name"]) for off in told["days"])
    ramadans = ((date.fromisoformat(first), date.fromisoformat(last)) for first, last in told["ramadans"])
    return tuple(days), tuple(ramadans)


def _week_text(week: UnitWeek) -> str:
    told: Content = {"weekdays": sorted(week.weekdays)}
    for name, hours in (("hours", week.hours), ("ramadan_hours", week.ramadan_hours)):
        told[name] = {
            str(weekday): [[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in intervals]
            for weekday, intervals in sorted(hours.by_weekday.items())
        }
    return json.dumps(told)


@lru_cache(maxsize=1024)
def _week(first: date, content: str) -> UnitWeek:
    return week_of(first, **json.loads(content))
