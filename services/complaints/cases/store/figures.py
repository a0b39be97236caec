"""Counts over all cases for the metrics."""

from dataclasses import dataclass

from sqlalchemy import exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import State
from services.complaints.cases.tables import CASE
from services.complaints.deadlines.tables import DEADLINE

_OPEN = (CASE.c.state != literal(State.SELESAI.value, literal_execute=True), CASE.c.closed_at.is_(None))
"""The first is written as the index `case_file_open` knows it; a withdrawn case is closed too."""
_BY_KIND = select(CASE.c.kind, func.count().label("cases")).where(*_OPEN).group_by(CASE.c.kind)
_IS_WATCHED = exists().where(DEADLINE.c.case_ref == CASE.c.id, DEADLINE.c.status == "armed")
_WITHOUT = select(func.count()).select_from(CASE).where(*_OPEN, ~_IS_WATCHED)


@dataclass(frozen=True, slots=True)
class Figures:
    """How many cases are open, by kind, and how many of them no deadline watches."""

    cases_open: dict[str, int]
    without_deadline: int


async def load(session: AsyncSession) -> Figures:
    """Count in the snapshot of the session."""
    opened = await session.execute(_BY_KIND)
    without = await session.scalar(_WITHOUT)
    return Figures({row.kind: row.cases for row in opened}, without or 0)
