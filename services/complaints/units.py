"""Our replica of the units register."""

from dataclasses import dataclass

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.kernel import UNASSIGNED_UNIT, Zone


@dataclass(frozen=True, slots=True)
class Unit:
    """What a case needs to know of its unit."""

    unit_id: str
    agency_id: str
    name: str
    zone: Zone
    is_active: bool


_COLUMNS = "unit_id, agency_id, name, zone, is_active"


def key_of(unit_id: str | None) -> str:
    """Return the record key of everything about a unit, or about a case whose unit nobody knows."""
    return unit_id or UNASSIGNED_UNIT


async def get(session: AsyncSession, unit_id: str) -> Unit | None:
    """Return a unit, active or not."""
    row = await session.execute(text(f"SELECT {_COLUMNS} FROM unit WHERE unit_id = :id"), {"id": unit_id})
    found = row.mappings().one_or_none()
    return _unit(found) if found else None


async def active(session: AsyncSession) -> list[Unit]:
    """Return the units that complaints may be about, by agency and name."""
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} FROM unit WHERE is_active ORDER BY agency_id, name, unit_id")
    )
    return [_unit(row) for row in rows.mappings()]


async def has_agency(session: AsyncSession, agency_id: str) -> bool:
    """Tell whether any active unit belongs to the agency."""
    found = await session.scalar(
        text("SELECT EXISTS (SELECT 1 FROM unit WHERE agency_id = :id AND is_active)"), {"id": agency_id}
    )
    return bool(found)


def _unit(row: RowMapping) -> Unit:
    return Unit(**{**row, "zone": Zone(row["zone"])})
