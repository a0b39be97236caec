"""Deadlines that are over while the case still waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.store.cases import within
from services.complaints.cases.store.people import Reader
from services.complaints.cases.store.views import AT, DUE_ZONE
from services.complaints.cases.tables import CASE
from services.complaints.deadlines.store.deadlines import LATE
from services.complaints.deadlines.tables import DEADLINE, DEADLINE_FIRED
from services.complaints.tables import UNIT

_LAST_RUNG = (
    select(DEADLINE_FIRED.c.rung)
    .where(DEADLINE_FIRED.c.deadline_id == DEADLINE.c.id)
    .order_by(DEADLINE_FIRED.c.detected_at.desc(), DEADLINE_FIRED.c.fact)
    .limit(1)
)
_OVERDUE = (
    select(
        DEADLINE.c.id.label("deadline_id"),
        *DEADLINE.c["rule", "cycle", "due_at", "breached_at"],
        CASE.c.id.label("case_id"),
        *CASE.c["tracking_id", "unit_id", "state"],
        UNIT.c.name.label("unit_name"),
        DUE_ZONE,
        _LAST_RUNG.scalar_subquery().label("rung"),
    )
    .join_from(DEADLINE, CASE, CASE.c.id == DEADLINE.c.case_ref)
    .outerjoin(UNIT, UNIT.c.unit_id == CASE.c.unit_id)
    .outerjoin(AT, AT.c.unit_id == DEADLINE.c.unit_id)
    .where(*LATE)
    .order_by(DEADLINE.c.due_at, DEADLINE.c.id)
)


@dataclass(frozen=True, slots=True)
class Overdue:
    """What a board of overdue deadlines is narrowed to: a unit, those due before an instant, the last rung.

    `again` stands for a rung that is none of the `ladder`'s: a repeat after its last.
    """

    unit_id: str | None = None
    before: datetime | None = None
    rung: str | None = None
    ladder: tuple[str, ...] = ()


async def page(
    session: AsyncSession,
    reader: Reader,
    *,
    unit_id: str | None,
    after: tuple[datetime, UUID],
    limit: int,
) -> Sequence[RowMapping]:
    """Return breached deadlines that still run, the oldest breach first; the reporter's own are left out."""
    asked = within(_OVERDUE, reader, unit_id=unit_id)
    asked = asked.where(tuple_(DEADLINE.c.due_at, DEADLINE.c.id) > after).limit(limit)
    return (await session.execute(asked)).mappings().all()


async def board(
    session: AsyncSession, reader: Reader, wanted: Overdue, *, after: tuple[datetime, UUID], limit: int
) -> Sequence[RowMapping]:
    """Return overdue deadlines as `page` does, narrowed to what is wanted."""
    asked = within(_OVERDUE, reader, unit_id=wanted.unit_id)
    if wanted.before is not None:
        asked = asked.where(DEADLINE.c.due_at < wanted.before)
    if wanted.rung is not None:
        last = _LAST_RUNG.scalar_subquery()
        is_it = last.not_in(wanted.ladder) if wanted.rung == "again" else last == wanted.rung
        asked = asked.where(is_it)
    asked = asked.where(tuple_(DEADLINE.c.due_at, DEADLINE.c.id) > after).limit(limit)
    return (await session.execute(asked)).mappings().all()


async def by_unit(session: AsyncSession, reader: Reader) -> Sequence[RowMapping]:
    """Return how many deadlines are overdue in each unit, and since when the oldest is; most first."""
    late, oldest = func.count().label("late"), func.min(DEADLINE.c.due_at).label("oldest")
    asked = select(CASE.c.unit_id, UNIT.c.name.label("unit_name"), late, oldest)
    asked = asked.join_from(DEADLINE, CASE, CASE.c.id == DEADLINE.c.case_ref)
    asked = asked.outerjoin(UNIT, UNIT.c.unit_id == CASE.c.unit_id).where(*LATE)
    asked = within(asked, reader).group_by(CASE.c.unit_id, UNIT.c.name).order_by(late.desc(), oldest)
    return (await session.execute(asked)).mappings().all()
