"""Ended cases whose time of being kept is over, and those for which it never began."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, exists, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import FINAL
from services.complaints.cases.store.cases import IS_APPEALED
from services.complaints.cases.store.people import Reader
from services.complaints.cases.tables import CASE
from services.complaints.deadlines.store.deadlines import KEEPS
from services.complaints.deadlines.tables import DEADLINE

_OF_CASE = DEADLINE.c.case_ref == CASE.c.id
_DUE = (
    select(
        CASE.c.id.label("case_id"),
        *CASE.c["tracking_id", "kind", "state", "unit_id", "closed_at"],
        *DEADLINE.c["id", "policy", "due_at"],
    )
    .join_from(DEADLINE, CASE, _OF_CASE)
    .where(
        DEADLINE.c.status == "armed",
        DEADLINE.c.breached_at.is_not(None),
        KEEPS,
        ~IS_APPEALED,
    )
    .order_by(DEADLINE.c.due_at, DEADLINE.c.id)
)


async def due(
    session: AsyncSession, reader: Reader, *, after: tuple[datetime, UUID], limit: int
) -> Sequence[RowMapping]:
    """Return cases within sight that are kept long enough, the longest first; none that an appeal waits for.

    The index of late deadlines is read in its order.
    """
    asked = _DUE.where(reader.sees(), tuple_(DEADLINE.c.due_at, DEADLINE.c.id) > after)
    return (await session.execute(asked.limit(limit))).mappings().all()


async def unkept(session: AsyncSession, after: UUID, limit: int) -> Sequence[UUID]:
    """Return the next ended cases, by id, for which it never began how long they are kept."""
    began = exists().where(_OF_CASE, KEEPS)
    asked = select(CASE.c.id).where(CASE.c.id > after, CASE.c.state.in_(sorted(FINAL)), ~began)
    return (await session.scalars(asked.order_by(CASE.c.id).limit(limit))).all()
