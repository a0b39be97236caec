"""What the live pages ask again and again: has anything moved, and which years are there."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.store.reading import DECIDING
from shared.security import Scope

Place = tuple[str, int] | None
"""What a live page stands for: a unit's year, or None for all of them."""

_YEARS = """
    SELECT DISTINCT p.year FROM programme p JOIN unit u USING (unit_id) WHERE {scope} ORDER BY p.year DESC
"""
_SUMMARY = """
    SELECT count(*) AS units, count(*) FILTER (WHERE is_scored) AS scored,
           count(*) FILTER (WHERE is_scored AND is_surveyed) AS ready
    FROM (
        SELECT coalesce((
                   SELECT count(*) FROM unnest(string_to_array(s.gates_met, ' ')) AS met
                   WHERE met LIKE p.target || ':%') = cast(:gates AS int), false) AS is_scored,
               coalesce(h.predicates @> jsonb_build_array(
                   jsonb_build_object('predicate', p.target, 'result', 'met')), false) AS is_surveyed
        FROM unit u JOIN programme p ON p.unit_id = u.unit_id AND p.year = :year
        LEFT JOIN score s ON s.unit_id = u.unit_id AND s.year = p.year AND s.layer = 'effective'
        LEFT JOIN LATERAL ({deciding}) h ON true
        WHERE u.is_active AND {scope}) AS standing
"""
_STAMPS = text("""
    SELECT unit_id, year, moved_at
    FROM standing JOIN unnest(cast(:units AS text[]), cast(:years AS int[])) AS asked(unit_id, year)
        USING (unit_id, year)
    UNION ALL SELECT NULL, NULL, max(moved_at) FROM standing
""")


async def years(session: AsyncSession, scope: Scope) -> list[int]:
    """Return the years that have programmes in scope, newest first."""
    where, values = scope.sql("u.unit_id", "u.agency_id")
    return list(await session.scalars(text(_YEARS.format(scope=where)), values))


class Summary(NamedTuple):
    """Units with a programme; those whose score meets all gates; those whose survey is met as well."""

    units: int
    scored: int
    ready: int


async def summary(session: AsyncSession, scope: Scope, year: int, gates: int) -> Summary:
    """Count the units in scope by how far they are on their own target, which has that many gates."""
    where, values = scope.sql("u.unit_id", "u.agency_id")
    statement = text(_SUMMARY.format(scope=where, deciding=DECIDING))
    row = (await session.execute(statement, {"year": year, "gates": gates, **values})).one()
    return Summary(row.units, row.scored, row.ready)


async def stamps(session: AsyncSession, places: Collection[Place]) -> Mapping[Place, datetime | None]:
    """Return when each of these places moved last; a unit's year without facts is left out."""
    named = [place for place in places if place is not None]
    values = {"units": [unit for unit, _ in named], "years": [year for _, year in named]}
    rows = await session.execute(_STAMPS, values)
    return {None if row.unit_id is None else (row.unit_id, row.year): row.moved_at for row in rows}
