"""Our replica of the units register."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.planning import UnitFact
from shared.kernel import Zone


@dataclass(frozen=True, slots=True)
class Unit:
    """What a case needs to know of its unit."""

    unit_id: str
    agency_id: str
    name: str
    zone: Zone
    is_active: bool


_UPSERT = text("""
    INSERT INTO unit (unit_id, agency_id, name, zone, is_active, is_demo, version, payload_hash)
    SELECT * FROM unnest(
        cast(:unit_ids AS text[]), cast(:agency_ids AS text[]), cast(:names AS text[]),
        cast(:zones AS text[]), cast(:actives AS boolean[]), cast(:demos AS boolean[]),
        cast(:versions AS bigint[]), cast(:hashes AS bytea[])
    )
    ON CONFLICT (unit_id) DO UPDATE SET agency_id = excluded.agency_id, name = excluded.name,
        zone = excluded.zone, is_active = excluded.is_active, is_demo = excluded.is_demo,
        version = excluded.version, payload_hash = excluded.payload_hash
    WHERE excluded.version > unit.version
""")
_CONFLICTS = text("""
    SELECT unit.unit_id FROM unit
    JOIN unnest(cast(:unit_ids AS text[]), cast(:versions AS bigint[]), cast(:hashes AS bytea[]))
        AS said (unit_id, version, payload_hash)
      ON said.unit_id = unit.unit_id AND said.version = unit.version
    WHERE said.payload_hash <> unit.payload_hash
""")
_COLUMNS = "unit_id, agency_id, name, zone, is_active"


async def upsert(session: AsyncSession, facts: Sequence[tuple[UnitFact, bytes]]) -> list[str]:
    """Take over newer versions; return the units whose stored version has another payload.

    `facts` are facts with the hashes of their payloads, at most one of each unit.
    """
    said = {
        "unit_ids": [unit.unit_id for unit, _ in facts],
        "versions": [unit.version for unit, _ in facts],
        "hashes": [payload_hash for _, payload_hash in facts],
    }
    await session.execute(
        _UPSERT,
        said
        | {
            "agency_ids": [unit.agency_id for unit, _ in facts],
            "names": [unit.name for unit, _ in facts],
            "zones": [unit.zone for unit, _ in facts],
            "actives": [unit.is_active for unit, _ in facts],
            "demos": [unit.is_demo for unit, _ in facts],
        },
    )
    return list(await session.scalars(_CONFLICTS, said))


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
