"""The counts of the last night by unit, for everybody."""

from sqlalchemy import Integer, cast, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.handling.data import smallest_cell
from services.complaints.handling.domain.publication import Published, published
from services.complaints.handling.tables import HANDLING_TOLD
from services.complaints.tables import UNIT

_LAST = UNIT.alias("last")
_CONTENT = HANDLING_TOLD.c.content
_SUMS = [
    func.sum(cast(_CONTENT["counts"][name].astext, Integer)).label(name)
    for name in ("received", "in_progress", "completed")
]
_RECEIVED = _SUMS[0].element
_BY_UNIT = (
    select(UNIT.c.unit_id, UNIT.c.name, UNIT.c.agency_id, *_SUMS)
    .join_from(HANDLING_TOLD, UNIT, UNIT.c.unit_id == _CONTENT["unit_id"].astext)
    .where(HANDLING_TOLD.c.fact == "recorded")
    .group_by(UNIT.c.unit_id, UNIT.c.name, UNIT.c.agency_id)
    .having(_RECEIVED > 0)
    .order_by(UNIT.c.name, UNIT.c.unit_id)
)


async def page(
    session: AsyncSession, year: int, *, after: str | None, limit: int
) -> list[tuple[str, str, str, Published]]:
    """Return id, name, agency and what may be told of units with cases in a year, by name and id.

    `after` is the id of the last unit that was read.
    """
    asked = _BY_UNIT.where(_CONTENT["period"].astext == str(year))
    if after is not None:
        name = select(_LAST.c.name).where(_LAST.c.unit_id == after).scalar_subquery()
        asked = asked.where(tuple_(UNIT.c.name, UNIT.c.unit_id) > tuple_(name, after))
    smallest = smallest_cell()
    rows = await session.execute(asked.limit(limit))
    return [
        (
            row.unit_id,
            row.name,
            row.agency_id,
            published(row.received, row.in_progress, row.completed, smallest),
        )
        for row in rows
    ]
