"""The register of units."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.domain.units import Unit
from shared.kernel import Zone
from shared.security import Scope

_COLUMNS = """u.unit_id, u.agency_id, u.name, u.unit_type, u.echelon, u.has_service_function, u.zone,
    u.is_active, u.is_demo, u.version"""


async def insert(session: AsyncSession, unit: Unit) -> bool:
    """Insert a unit; False when its id is taken."""
    done = await session.execute(
        text("""
            INSERT INTO unit (unit_id, agency_id, name, unit_type, echelon, has_service_function, zone,
                              is_active, is_demo, version)
            VALUES (:unit_id, :agency_id, :name, :unit_type, :echelon, :has_service_function, :zone,
                    :is_active, :is_demo, :version)
            ON CONFLICT DO NOTHING RETURNING 1
        """),
        asdict(unit),
    )
    return done.scalar() is not None


async def update(session: AsyncSession, unit: Unit) -> None:
    """Write a changed unit, whose row the caller has locked."""
    await session.execute(
        text("""
            UPDATE unit SET agency_id = :agency_id, name = :name, unit_type = :unit_type, echelon = :echelon,
                has_service_function = :has_service_function, zone = :zone, is_active = :is_active,
                is_demo = :is_demo, version = :version, updated_at = now()
            WHERE unit_id = :unit_id
        """),
        asdict(unit),
    )


async def get(session: AsyncSession, scope: Scope, unit_id: str, *, lock: bool = False) -> Unit | None:
    """Return a unit in scope, its row locked for update when asked."""
    where, params = scope.sql("u.unit_id", "u.agency_id")
    ending = "FOR UPDATE" if lock else ""
    row = await session.execute(
        text(f"SELECT {_COLUMNS} FROM unit u WHERE u.unit_id = :id AND {where} {ending}"),
        {"id": unit_id, **params},
    )
    found = row.mappings().one_or_none()
    return unit_of(found) if found else None


async def page(session: AsyncSession, scope: Scope, *, after: str, limit: int) -> list[Unit]:
    """Return units in scope by id, those above `after`."""
    where, params = scope.sql("u.unit_id", "u.agency_id")
    rows = await session.execute(
        text(
            f"SELECT {_COLUMNS} FROM unit u WHERE u.unit_id > :after AND {where} ORDER BY u.unit_id LIMIT :n"
        ),
        {"after": after, "n": limit, **params},
    )
    return [unit_of(row) for row in rows.mappings()]


def unit_of(row: RowMapping | Mapping[str, Any]) -> Unit:
    return Unit(**{**row, "zone": Zone(row["zone"])})
