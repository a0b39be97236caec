"""What a unit sets for itself: days off of its place, and its week with the hours of service."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.domain.calendars import CalendarBook, Target, UnitWeek, Version
from services.complaints.deadlines.store import calendars
from services.complaints.deadlines.usecases import preview
from services.complaints.deadlines.usecases.drafts import CalendarChangeError, changed
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.preview import Moves
from services.complaints.deadlines.usecases.years import tell
from services.complaints.units import Unit
from shared import audit
from shared.calendar.days_off import DayOff, difference
from shared.calendar.working import Hours
from shared.db.clock import database_now
from shared.security import Principal

LAST = date(2099, 12, 31)


@dataclass(frozen=True, slots=True)
class Set:
    """What was set, or would be while `calendar_version` is None, and what it moves."""

    calendar_version: int | None
    moves: Moves


@dataclass(frozen=True, slots=True)
class UnitCalendar:
    """How a unit counts: the week of today, those it chose with their first dates, its own days off."""

    unit: Unit
    calendar_version: int
    week: UnitWeek
    chosen: Sequence[UnitWeek]
    days_off: Sequence[DayOff]


async def show(session: AsyncSession, actor: Principal, unit_id: str) -> UnitCalendar:
    """Return how a unit counts; raises `NotFoundError` for one outside the scope."""
    unit = await preview.own_unit(session, actor, unit_id)
    book = await calendars.book(session, unit.zone, unit_id)
    calendar = book.calendar()
    own = [off for one in book.standing() if one.reach == "unit" for off in one.days]
    today = calendar.local_date(await database_now(session))
    return UnitCalendar(
        unit, calendar.version, book.week_on(today), book.weeks(), sorted(own, key=lambda off: off.day)
    )


async def change_days_off(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    target: Target,
    adds: Sequence[DayOff],
    removes: Collection[date],
    decree: str,
    *,
    is_preview: bool,
) -> Set:
    """Add and remove days off of a unit's own in a year, from now on; only tell what that moves in a preview.

    Raises `NotFoundError` for a unit outside the scope, `CalendarMissingError` for a year that the nation has
    not, `CalendarChangeError`.
    """
    await preview.own_unit(session, actor, target.name)
    book = await _locked(session, engine, target.name)
    book.require_years(date(target.year, 1, 1), date(target.year, 12, 31))
    standing = book.of(target)
    before = () if standing is None else standing.days
    days = changed(target, before, adds, removes)
    one = Version(
        version=0,
        reach="unit",
        name=target.name,
        year=target.year,
        days=tuple(days),
        ramadans=(),
        week=None,
        decree=decree,
        source=f"Set by the unit, {decree}",
        is_confirmed=True,
        shipped=None,
    )
    moves = await preview.moves(session, engine, one, difference(before, days).moves)
    if is_preview:
        return Set(None, moves)
    one = await _enter(session, actor, one)
    await tell(session, actor, "change_unit_days_off", book, target, one, await database_now(session))
    return Set(one.version, moves)


async def change_week(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    unit_id: str,
    week: UnitWeek,
    *,
    is_preview: bool,
) -> Set:
    """Let a unit work otherwise from a date on, tomorrow at the earliest; only tell what moves in a preview.

    What was counted until then stays counted. Raises as `change_days_off`.
    """
    await preview.own_unit(session, actor, unit_id)
    book = await _locked(session, engine, unit_id)
    if week.first <= book.calendar().local_date(await database_now(session)):
        raise CalendarChangeError("Pekan kerja baru berlaku paling cepat besok.", field="first")
    one = Version(
        version=0,
        reach="unit",
        name=unit_id,
        year=None,
        days=(),
        ramadans=(),
        week=week,
        decree=None,
        source="Set by the unit",
        is_confirmed=True,
        shipped=None,
    )
    moves = await preview.moves(session, engine, one, [week.first, LAST])
    if is_preview:
        return Set(None, moves)
    one = await _enter(session, actor, one)
    await audit.record(
        session,
        actor=actor,
        operation="change_unit_week",
        entity="calendar",
        entity_id=f"unit:{unit_id}",
        changes={"calendar_version": one.version, "first": week.first.isoformat()},
    )
    return Set(one.version, moves)


def week_from(first: date, days: int, hours: Hours, ramadan_hours: Hours) -> UnitWeek:
    """Return a week of five or six days from Monday on; raises `CalendarChangeError`.

    Each of its days has hours, and no other: a pause is measured by them.
    """
    weekdays = frozenset(range(1, days + 1))
    for field, given in (("hours", hours), ("ramadan_hours", ramadan_hours)):
        if given.by_weekday.keys() != weekdays or not all(given.by_weekday.values()):
            raise CalendarChangeError(
                f"Jam layanan harus diisi untuk hari 1 sampai {days} (Senin = 1), dan hanya untuk itu.",
                field=field,
            )
        for weekday, intervals in given.by_weekday.items():
            edges = [edge for interval in intervals for edge in interval]
            if edges != sorted(set(edges)):
                raise CalendarChangeError(
                    f"Jam layanan hari {weekday} harus berurutan tanpa bersinggungan.", field=field
                )
    return UnitWeek(first, weekdays, hours, ramadan_hours)


async def _locked(session: AsyncSession, engine: DeadlineEngine, unit_id: str) -> CalendarBook:
    await calendars.lock(session)
    return await engine.book_of(session, unit_id)


async def _enter(session: AsyncSession, actor: Principal, one: Version) -> Version:
    now = await database_now(session)
    await calendars.keep_shipped(session, now)
    one = replace(one, version=await calendars.following(session))
    await calendars.enter(session, one, actor.subject, now)
    return one
