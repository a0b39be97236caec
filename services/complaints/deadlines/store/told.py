"""What the last event said of the days off of a year in the nation, a zone or a unit."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.domain.calendars import Target, Version
from services.complaints.deadlines.store.calendars import version_of
from services.complaints.deadlines.tables import CALENDAR_TOLD, CALENDAR_VERSION

CalendarPast = Literal["confirmed", "changed"]
_TABLE = CALENDAR_TOLD.c


@dataclass(frozen=True, slots=True)
class CalendarTold:
    """The state that an event told: `version` counts the events of this calendar id."""

    version: int
    fact: CalendarPast
    at: datetime


async def say(
    session: AsyncSession, calendar_id: str, calendar_version: int, fact: CalendarPast, at: datetime
) -> CalendarTold:
    """Note what is said now and return it with its version."""
    said = {"calendar_version": calendar_version, "fact": fact, "at": at}
    made = insert(CALENDAR_TOLD).values(calendar_id=calendar_id, version=1, **said)
    made = made.on_conflict_do_update(
        index_elements=["calendar_id"], set_=said | {"version": _TABLE.version + 1}
    )
    version = await session.scalar(made.returning(_TABLE.version))
    return CalendarTold(version or 1, fact, at)


async def states(
    session: AsyncSession, calendar_id: str | None = None
) -> AsyncIterator[tuple[CalendarTold, Target, Version]]:
    """Yield what was said last of each calendar, or of one."""
    asked = select(_TABLE.version.label("told"), _TABLE.fact, _TABLE.at, CALENDAR_VERSION).join_from(
        CALENDAR_TOLD, CALENDAR_VERSION, _TABLE.calendar_version == CALENDAR_VERSION.c.version
    )
    if calendar_id is not None:
        asked = asked.where(_TABLE.calendar_id == calendar_id)
    for row in (await session.execute(asked.order_by(_TABLE.calendar_id))).mappings():
        one = version_of(row)
        target = Target(one.reach, one.name, one.year or 0)
        yield CalendarTold(row["told"], row["fact"], row["at"]), target, one


async def lift(session: AsyncSession, calendar_id: str, floor: int) -> None:
    """Raise the version of what was said last above a floor."""
    is_it = _TABLE.calendar_id == calendar_id
    await session.execute(
        CALENDAR_TOLD.update().where(is_it, _TABLE.version <= floor).values(version=floor + 1)
    )
