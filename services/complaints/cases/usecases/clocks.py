"""Why a deadline is due when it is: its rule, the days nobody counts, and what moved it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.domain.calendars import CalendarBook
from services.complaints.deadlines.domain.policy import LengthUnit, PolicyBook, Rule
from services.complaints.deadlines.store import calendars, ledgers
from services.complaints.deadlines.store.ledgers import Moved, Standing
from shared.calendar.days_off import DayOff
from shared.calendar.working import WorkingCalendar
from shared.kernel import Zone

_IN_WORKING_TIME = (LengthUnit.WORKING_DAY, LengthUnit.WORKING_HOUR)


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline as `queries.case_detail` tells it, and what explains it.

    `rule` is None when the policy data lost it; `days_off` are those within its time that else were worked.
    """

    told: Mapping[str, Any]
    rule: Rule | None
    calendar: WorkingCalendar
    days_off: Sequence[DayOff]
    standings: Sequence[Standing]
    moves: Sequence[Moved]


async def explained(session: AsyncSession, policies: PolicyBook, case: Mapping[str, Any]) -> Sequence[Clock]:
    """Return every deadline of a case that the caller may see, in the order they were armed."""
    standings = await ledgers.standings(session, case["id"])
    moves = await ledgers.moves(session, case["id"])
    rules = {rule.version: rule for rule in policies.rules}
    return [
        _clock(
            await calendars.book(session, Zone(told["due_zone"]), case["unit_id"]),
            told,
            rules.get(told["policy"]),
            standings.get(told["id"], ()),
            moves.get(told["id"], ()),
        )
        for told in case["deadlines"]
    ]


def _clock(
    book: CalendarBook,
    told: Mapping[str, Any],
    rule: Rule | None,
    standings: Sequence[Standing],
    moves: Sequence[Moved],
) -> Clock:
    version = told["calendar_version"]
    calendar, names = book.calendar(version), book.names(version)
    is_working = rule is not None and rule.unit in _IN_WORKING_TIME
    off = _off(calendar, names, told["start_at"], told["due_at"]) if is_working else ()
    return Clock(told, rule, calendar, off, standings, moves)


def _off(
    calendar: WorkingCalendar, names: Mapping[date, DayOff], start: datetime, due: datetime
) -> Sequence[DayOff]:
    first, last = calendar.local_date(start), calendar.local_date(due - timedelta(microseconds=1))
    return [
        names[day]
        for day in sorted(names)
        if first < day <= last and day.isoweekday() in calendar.week_on(day).weekdays
    ]
