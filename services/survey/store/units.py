"""The local copy of planning's units."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain import Unit
from shared.contracts.planning import UnitFact
from shared.kernel import Zone
from shared.security import Scope

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


async def upsert(session: AsyncSession, facts: Sequence[tuple[UnitFact, bytes]]) -> set[str]:
    """Take over newer states; return the units whose stored version has another payload.

    `facts` are facts with the hashes of their payloads, at most one of each unit. An older fact than the
    known one changes nothing.
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
    return set(await session.scalars(_CONFLICTS, said))


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
