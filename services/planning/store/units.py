"""The register of units."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, select
from sqlalchemy.dialects.postgresql import insert as insert_into
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.domain.units import Unit
from services.planning.tables import UNIT, columns_of, row_of
from shared.kernel import Zone
from shared.security import Scope

UNITS = select(*columns_of(Unit, UNIT))


async def insert(session: AsyncSession, unit: Unit) -> bool:
    """Insert a unit; False when its id is taken."""
    made = insert_into(UNIT).values(row_of(unit, UNIT)).on_conflict_do_nothing().returning(UNIT.c.unit_id)
    return await session.scalar(made) is not None


async def update(session: AsyncSession, unit: Unit) -> None:
    """Write a changed unit, whose row the caller has locked."""
    changed = UNIT.update().where(UNIT.c.unit_id == unit.unit_id)
    await session.execute(changed.values(**row_of(unit, UNIT), updated_at=func.now()))


async def get(session: AsyncSession, scope: Scope, unit_id: str, *, lock: bool = False) -> Unit | None:
    """Return a unit in scope, its row locked for update when asked."""
    asked = UNITS.where(UNIT.c.unit_id == unit_id, within(scope))
    row = await session.execute(asked.with_for_update() if lock else asked)
    found = row.mappings().one_or_none()
    return unit_of(found) if found else None


async def page(session: AsyncSession, scope: Scope, *, after: str, limit: int) -> list[Unit]:
    """Return units in scope by id, those above `after`."""
    asked = UNITS.where(UNIT.c.unit_id > after, within(scope))
    rows = await session.execute(asked.order_by(UNIT.c.unit_id).limit(limit))
    return [unit_of(row) for row in rows.mappings()]


def within(scope: Scope) -> ColumnElement[bool]:
    """Return the filter of statements that read `unit`: rows outside the scope do not exist."""
    return scope.where(UNIT.c.unit_id, UNIT.c.agency_id)


def unit_of(row: RowMapping | Mapping[str, Any]) -> Unit:
    return Unit(**{**row, "zone": Zone(row["zone"])})
