"""The local copy of planning's units."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain import Unit
from shared.contracts.planning import UnitFact
from shared.kernel import Zone
from shared.security import Scope

_UPSERT = text("""
    INSERT INTO unit (unit_id, agency_id, name, zone, is_active, is_demo, version)
    SELECT * FROM unnest(
        cast(:unit_ids AS text[]), cast(:agency_ids AS text[]), cast(:names AS text[]),
        cast(:zones AS text[]), cast(:actives AS boolean[]), cast(:demos AS boolean[]),
        cast(:versions AS bigint[])
    )
    ON CONFLICT (unit_id) DO UPDATE SET agency_id = excluded.agency_id, name = excluded.name,
        zone = excluded.zone, is_active = excluded.is_active, is_demo = excluded.is_demo,
        version = excluded.version
    WHERE excluded.version > unit.version
""")


async def fold(session: AsyncSession, facts: Sequence[UnitFact]) -> None:
    """Take over the newest state of each unit; an older fact than the known one changes nothing."""
    newest: dict[str, UnitFact] = {}
    for fact in facts:
        if fact.unit_id not in newest or fact.version > newest[fact.unit_id].version:
            newest[fact.unit_id] = fact
    units = list(newest.values())
    await session.execute(
        _UPSERT,
        {
            "unit_ids": [unit.unit_id for unit in units],
            "agency_ids": [unit.agency_id for unit in units],
            "names": [unit.name for unit in units],
            "zones": [unit.zone for unit in units],
            "actives": [unit.is_active for unit in units],
            "demos": [unit.is_demo for unit in units],
            "versions": [unit.version for unit in units],
        },
    )


async def lock_active(session: AsyncSession, unit_id: str, scope: Scope) -> Unit | None:
    """Return an active unit within scope and hold its row, so that campaigns of a unit are made in turn."""
    where, params = scope.sql()
    row = (
        await session.execute(
            text(f"""
                SELECT unit_id, agency_id, name, zone FROM unit
                WHERE unit_id = :unit_id AND is_active AND {where} FOR UPDATE
            """),
            {"unit_id": unit_id, **params},
        )
    ).one_or_none()
    return None if row is None else Unit(row.unit_id, row.agency_id, row.name, Zone(row.zone))
