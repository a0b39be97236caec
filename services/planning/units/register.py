"""What the register of an agency's units amounts to."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.tables import PROGRAMME, UNIT, WORKSHEET
from services.planning.units.store import within
from shared.security import Scope


class Summary(NamedTuple):
    """Counts of units: all, at work, merged; of those at work, with a parent, a programme, and answers."""

    units: int
    active: int
    merged: int
    placed: int
    opened: int
    answering: int


async def summary(session: AsyncSession, scope: Scope, year: int) -> Summary:
    """Count the units in scope; programmes and answers are those of a year."""
    programme = select(PROGRAMME.c.unit_id).where(
        PROGRAMME.c.unit_id == UNIT.c.unit_id, PROGRAMME.c.year == year
    )
    answers = select(WORKSHEET.c.unit_id).where(
        WORKSHEET.c.unit_id == UNIT.c.unit_id, WORKSHEET.c.year == year, WORKSHEET.c.version > 0
    )
    works = UNIT.c.is_active

    def number(*which: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count().filter(*which)

    asked = select(
        func.count(),
        number(works),
        number(UNIT.c.merged_into.is_not(None)),
        number(works, UNIT.c.parent_id.is_not(None)),
        number(works, programme.exists()),
        number(works, answers.exists()),
    ).where(within(scope))
    return Summary(*(await session.execute(asked)).one())
