"""What would be: when something that runs from a day on is due, and which clocks a calendar would move."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.deadlines.domain.calendars import (
    CalendarBook,
    CalendarMissingError,
    Target,
    Version,
)
from services.complaints.deadlines.domain.policy import LengthUnit
from services.complaints.deadlines.store import calendars, deadlines
from services.complaints.deadlines.usecases import drafts
from services.complaints.deadlines.usecases.engine import LIFTED, DeadlineEngine
from services.complaints.deadlines.usecases.upkeep import recounted
from services.complaints.units import Unit
from shared.calendar.days_off import Skipped, skipped
from shared.calendar.reckoning import Length, due, passed_over
from shared.calendar.working import DAY, NoWorkingDayError, WorkingCalendar
from shared.kernel import DomainError, NotFoundError, Zone
from shared.security import Principal

MOST_CLOCKS = 2000
"""More than a person can look through; a preview says that it stopped there."""
MOST_NEAREST = 10


class HoursUnknownError(DomainError):
    """Service hours were asked of a weekday that has none here."""

    code: ClassVar[str] = "hours_unknown"

    def __init__(self) -> None:
        super().__init__(
            "Jam layanan hari keenam ditetapkan tiap unit. Sebutkan unitnya, atau hitung dalam hari kerja.",
            field="week",
        )


@dataclass(frozen=True, slots=True)
class DueDay:
    """When something is due, the days that were passed over, and the calendar that says so."""

    start: datetime
    due_on: date
    due_at: datetime
    skipped: Sequence[Skipped]
    calendar: WorkingCalendar

    @property
    def is_provisional(self) -> bool:
        return not self.calendar.is_confirmed(self.calendar.local_date(self.start), self.due_on)


@dataclass(frozen=True, slots=True)
class Move:
    """A due time that a calendar would move; `is_lifted`: it would lie in the past."""

    unit_id: str
    zone: Zone
    rule_id: str
    old_due_at: datetime
    new_due_at: datetime
    is_lifted: bool


@dataclass(frozen=True, slots=True)
class Moving:
    """One clock that would move: of which case, under which version of its policy."""

    case_ref: UUID
    policy: str
    move: Move


@dataclass(frozen=True, slots=True)
class Moves:
    """The open clocks whose time holds a changed day, and how many of them would move, each in its way.

    Paused ones are not among them: they follow when they run again. Not `is_complete`: there are more.
    `nearest` are those that move whose time runs out first, at most `MOST_NEAREST`.
    """

    clocks: int
    moved: Counter[Move]
    is_complete: bool
    nearest: tuple[Moving, ...] = ()

    def count(self, *, is_later: bool) -> int:
        """Return how many of them would be due later, or earlier."""
        return sum(n for one, n in self.moved.items() if (one.new_due_at > one.old_due_at) == is_later)


async def due_day(
    session: AsyncSession, length: Length, local_start: datetime, zone: Zone, weekdays: frozenset[int] | None
) -> DueDay:
    """Return when a length is over that starts at a local time; `weekdays` None are those of most units.

    Raises `CalendarMissingError` when it reaches into a year whose days off nobody entered, and
    `HoursUnknownError` for service hours of a weekday that most units do not work.
    """
    book = await calendars.book(session, zone, None)
    calendar = book.calendar()
    if weekdays is not None:
        if length.unit is LengthUnit.WORKING_HOUR and not weekdays <= calendar.hours.by_weekday.keys():
            raise HoursUnknownError
        calendar = replace(calendar, weekdays=weekdays)
    return _due_day(book, calendar, length, local_start)


async def due_day_of_unit(
    session: AsyncSession, actor: Principal, unit_id: str, length: Length, local_start: datetime
) -> DueDay:
    """Return when a length is over in a unit, by its zone, its week, its hours and its own days off.

    Raises `NotFoundError` for a unit outside the scope, and as `due_day`.
    """
    unit = await own_unit(session, actor, unit_id)
    book = await calendars.book(session, unit.zone, unit_id)
    return _due_day(book, book.calendar(), length, local_start)


async def own_unit(session: AsyncSession, actor: Principal, unit_id: str) -> Unit:
    """Return a unit within the actor's scope; raises `NotFoundError`."""
    unit = await units.get(session, unit_id)
    if unit is None or not actor.scope.covers(unit_id, unit.agency_id):
        raise NotFoundError("Unit tidak ditemukan.")
    return unit


def _due_day(book: CalendarBook, calendar: WorkingCalendar, length: Length, local_start: datetime) -> DueDay:
    start = local_start.replace(tzinfo=calendar.zone.tz)
    book.require_years(local_start.date(), local_start.date())
    try:
        due_on, due_at = due(length, start, calendar)
    except NoWorkingDayError as error:
        raise CalendarMissingError(max(book.years()) + 1) from error
    book.require_years(local_start.date(), due_on)
    first, last = passed_over(length, start, calendar)
    return DueDay(start, due_on, due_at, list(skipped(calendar, first, last, book.names())), calendar)


async def draft_moves(session: AsyncSession, engine: DeadlineEngine, target: Target) -> Moves:
    """Return what confirming a draft would move; raises `NotFoundError`."""
    proposed = await drafts.show(session, target)
    draft = proposed.draft
    one = Version(
        version=0,
        reach=target.reach,
        name=target.name,
        year=target.year,
        days=() if draft is None else draft.days,
        ramadans=() if draft is None else draft.ramadans,
        week=None,
        decree=None,
        source="",
        is_confirmed=True,
        shipped=None,
    )
    return await moves(session, engine, one, proposed.moves)


async def moves(session: AsyncSession, engine: DeadlineEngine, one: Version, dates: Sequence[date]) -> Moves:
    """Return what a version would move that counts the days from the first to the last of `dates` otherwise.

    The number of the version is not looked at.
    """
    if not dates:
        return Moves(0, Counter(), is_complete=True)
    first, last = dates[0] - DAY, dates[-1] + DAY  # a day more on each side, for a date begins thrice
    found = await deadlines.reaching(
        session, one.reach, one.name, first, last, engine.policies.versions, MOST_CLOCKS + 1
    )
    now = await engine.clock.now(session)
    looked_at = found[:MOST_CLOCKS]
    pauses = await deadlines.pauses_of(session, [deadline.id for deadline in looked_at])
    units_of_them = {deadline.unit_key for deadline in looked_at}
    zones = await units.zones(session, units_of_them)
    books = await calendars.books(session, {key: zones.get(key, Zone.WIB) for key in units_of_them})
    changed = {id(book): book.with_version(one).calendar() for book in books.values()}
    moved: Counter[Move] = Counter()
    nearest: list[Moving] = []
    for deadline in looked_at:
        calendar = changed[id(books[deadline.unit_key])]
        made, reason = recounted(engine, deadline, calendar, pauses.get(deadline.id, ()), now)
        if made.due_at != deadline.due_at:
            move = Move(
                deadline.unit_key,
                calendar.zone,
                deadline.rule_id,
                deadline.due_at,
                made.due_at,
                reason == LIFTED,
            )
            moved[move] += 1
            nearest.append(Moving(deadline.case_ref, deadline.policy, move))
    is_complete = len(found) <= MOST_CLOCKS
    return Moves(len(looked_at), moved, is_complete, tuple(nearest[:MOST_NEAREST]))
