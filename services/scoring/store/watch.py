"""What the live pages ask again and again: has anything moved, and which years are there."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.security import Scope

_YEARS = """
    SELECT DISTINCT p.year FROM programme p JOIN unit u USING (unit_id) WHERE {scope} ORDER BY p.year DESC
"""
_SUMMARY = """
    SELECT count(*) AS units,
           count(*) FILTER (WHERE (
               SELECT count(*) FROM unnest(string_to_array(s.gates_met, ' ')) AS met
               WHERE met LIKE p.target || ':%') = cast(:gates AS int)) AS ready
    FROM unit u JOIN programme p ON p.unit_id = u.unit_id AND p.year = :year
    LEFT JOIN score s ON s.unit_id = u.unit_id AND s.year = p.year AND s.layer = 'effective'
    WHERE u.is_active AND {scope}
"""
_BOARD_STAMP = text("SELECT max(moved_at) FROM standing")
_UNIT_STAMP = text("SELECT moved_at FROM standing WHERE unit_id = :unit_id AND year = :year")


async def years(session: AsyncSession, scope: Scope) -> list[int]:
    """Return the years that have programmes in scope, newest first."""
    where, values = scope.sql("u.unit_id", "u.agency_id")
    return list(await session.scalars(text(_YEARS.format(scope=where)), values))


async def summary(session: AsyncSession, scope: Scope, year: int, gates: int) -> tuple[int, int]:
    """Return how many units in scope have a programme, and how many meet all gates of their target."""
    where, values = scope.sql("u.unit_id", "u.agency_id")
    row = (
        await session.execute(text(_SUMMARY.format(scope=where)), {"year": year, "gates": gates, **values})
    ).one()
    return row.units, row.ready


async def board_stamp(session: AsyncSession) -> datetime | None:
    """Return when any unit's year moved last."""
    stamp: datetime | None = await session.scalar(_BOARD_STAMP)
    return stamp


async def unit_stamp(session: AsyncSession, unit_id: str, year: int) -> datetime | None:
    """Return when this unit's year moved last."""
    stamp: datetime | None = await session.scalar(_UNIT_STAMP, {"unit_id": unit_id, "year": year})
    return stamp
