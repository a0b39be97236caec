"""The local copy of planning's units."""

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.campaign import Unit
from services.survey.tables import CAMPAIGN, UNIT
from shared.kernel import Zone
from shared.security import Scope


async def lock_active(session: AsyncSession, unit_id: str, scope: Scope) -> Unit | None:
    """Return an active unit within scope and hold its row, so that campaigns of a unit are made in turn."""
    rows = await session.execute(
        select(UNIT)
        .where(UNIT.c.unit_id == unit_id, UNIT.c.is_active, scope.where(UNIT.c.unit_id, UNIT.c.agency_id))
        .with_for_update()
    )
    row = rows.one_or_none()
    return None if row is None else Unit(row.unit_id, row.agency_id, row.name, Zone(row.zone))


async def surveyed(session: AsyncSession, scope: Scope, chosen: str | None) -> list[tuple[str, str]]:
    """Return id and name, by name, of the units in scope that have campaigns, and of the chosen one."""
    has_campaign = exists().where(CAMPAIGN.c.unit_id == UNIT.c.unit_id)
    asked = select(UNIT.c.unit_id, UNIT.c.name).where(
        scope.where(UNIT.c.unit_id, UNIT.c.agency_id), has_campaign | (UNIT.c.unit_id == chosen)
    )
    rows = await session.execute(asked.order_by(UNIT.c.name, UNIT.c.unit_id))
    return [(row.unit_id, row.name) for row in rows]
