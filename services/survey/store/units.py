"""The local copy of planning's units."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.campaign import Unit
from shared.kernel import Zone
from shared.security import Scope


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
