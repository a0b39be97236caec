"""The units that notices are about."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.notices.domain import Place
from services.planning.tables import UNIT, columns_of
from shared.db.arrays import among
from shared.kernel import Zone

_PLACES = select(*columns_of(Place, UNIT))


async def places(session: AsyncSession, unit_ids: Collection[str]) -> Mapping[str, Place]:
    """Return units by their ids; those that are not in the register are left out."""
    rows = await session.execute(_PLACES.where(among(UNIT.c.unit_id, sorted(set(unit_ids)))))
    return {row.unit_id: Place(row.unit_id, row.agency_id, row.name, Zone(row.zone)) for row in rows}
