"""Units, programmes and worksheets as a proposal asks for them."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.plan.domain import Programme
from services.planning.plan.store import PROGRAMMES, programme_of
from services.planning.tables import AGENCY, PROGRAMME, UNIT, WORKSHEET
from services.planning.units.domain import Unit
from services.planning.units.store import UNITS, unit_of
from shared.db.arrays import among


async def units(session: AsyncSession, unit_ids: Collection[str]) -> Mapping[str, Unit]:
    """Return units by id, whoever asks."""
    rows = await session.execute(UNITS.where(among(UNIT.c.unit_id, sorted(unit_ids))))
    return {row["unit_id"]: unit_of(row) for row in rows.mappings()}


async def agency_exists(session: AsyncSession, agency_id: str) -> bool:
    """Tell whether any unit belongs to this agency."""
    asked = select(UNIT.c.unit_id).where(UNIT.c.agency_id == agency_id).limit(1)
    return await session.scalar(asked) is not None


async def agency_types(session: AsyncSession, agency_ids: Collection[str]) -> Mapping[str, str]:
    """Return the types of agencies by id; one of which nobody said the type is left out."""
    asked = select(AGENCY.c.agency_id, AGENCY.c.agency_type)
    asked = asked.where(among(AGENCY.c.agency_id, sorted(agency_ids)))
    return {row.agency_id: row.agency_type for row in await session.execute(asked)}


async def programmes(session: AsyncSession, unit_ids: Collection[str], year: int) -> Mapping[str, Programme]:
    """Return the programmes of units in a year, by unit."""
    asked = PROGRAMMES.where(among(PROGRAMME.c.unit_id, sorted(unit_ids)), PROGRAMME.c.year == year)
    return {row["unit_id"]: programme_of(row) for row in (await session.execute(asked)).mappings()}


async def worksheet_versions(
    session: AsyncSession, unit_ids: Collection[str], year: int, *, hold: bool
) -> Mapping[str, int]:
    """Return the versions of worksheets by unit; held, nobody writes into them until the transaction ends."""
    asked = (
        select(WORKSHEET.c.unit_id, WORKSHEET.c.version)
        .where(among(WORKSHEET.c.unit_id, sorted(unit_ids)), WORKSHEET.c.year == year)
        .order_by(WORKSHEET.c.unit_id)
    )
    rows = await session.execute(asked.with_for_update() if hold else asked)
    return {row.unit_id: row.version for row in rows}
