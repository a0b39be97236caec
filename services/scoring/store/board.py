"""Queries of the scoreboard: its rows, its years, and how many units are how far."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.store.reading import VERDICTS
from shared.security import Scope

_DECIDING = """
    SELECT * FROM threshold WHERE unit_id = u.unit_id AND year = :year AND is_deciding
    ORDER BY campaign_id DESC LIMIT 1
"""
"""The campaign that decides for unit `u`: survey names one, the newest while it moves from one to another."""
_BOARD = """
    SELECT u.unit_id, u.name, u.zone, u.agency_id, p.target, s.total, s.upper, s.answered, s.items,
           s.gates_met, coalesce(s.points, -1) AS points, coalesce(s.pengungkit, -1) AS pengungkit,
           w.moved_at, w.worksheet_version, v.*,
           EXISTS (SELECT 1 FROM tally WHERE unit_id = u.unit_id AND year = :year) AS has_survey
    FROM unit u
    LEFT JOIN programme p ON p.unit_id = u.unit_id AND p.year = :year
    LEFT JOIN score s ON s.unit_id = u.unit_id AND s.year = :year AND s.layer = 'effective'
    LEFT JOIN standing w ON w.unit_id = u.unit_id AND w.year = :year
    LEFT JOIN LATERAL (
        SELECT h.campaign_id, h.period, h.regime, h.willing, h.finished, h.willing_minimum,
               h.finished_minimum, h.index_basis, t.willing AS live_willing, t.n AS live_n, judged.*
        FROM ({deciding}) h LEFT JOIN tally t USING (campaign_id)
        JOIN LATERAL {verdicts} ON judged.predicate = coalesce(p.target, 'WBK')
    ) v ON true
    WHERE u.is_active AND {scope} AND (cast(:target AS text) IS NULL OR p.target = :target)
        AND (cast(:after_points AS numeric) IS NULL
             OR (-coalesce(s.points, -1), -coalesce(s.pengungkit, -1), u.unit_id)
                > (-cast(:after_points AS numeric), -cast(:after_pengungkit AS numeric), :after_unit))
    ORDER BY -coalesce(s.points, -1), -coalesce(s.pengungkit, -1), u.unit_id LIMIT :limit
"""
_YEARS = """
    SELECT DISTINCT p.year FROM programme p JOIN unit u USING (unit_id) WHERE {scope} ORDER BY p.year DESC
"""
_SUMMARY = """
    SELECT count(*) AS units, count(*) FILTER (WHERE is_scored) AS scored,
           count(*) FILTER (WHERE is_scored AND is_surveyed) AS ready
    FROM (
        SELECT coalesce((
                   SELECT count(*) FROM unnest(s.gates_met) AS met
                   WHERE met LIKE p.target || ':%') = cast(:gates AS int), false) AS is_scored,
               coalesce(h.predicates @> jsonb_build_array(
                   jsonb_build_object('predicate', p.target, 'result', 'met')), false) AS is_surveyed
        FROM unit u JOIN programme p ON p.unit_id = u.unit_id AND p.year = :year
        LEFT JOIN score s ON s.unit_id = u.unit_id AND s.year = p.year AND s.layer = 'effective'
        LEFT JOIN LATERAL ({deciding}) h ON true
        WHERE u.is_active AND {scope}) AS judged
"""
_GATES = text("""
    SELECT met, count(*) AS units FROM score, unnest(gates_met) AS met
    WHERE layer = 'effective' AND year = (SELECT max(year) FROM programme) GROUP BY met
""")


async def units_by_gate(session: AsyncSession) -> Mapping[str, int]:
    """Return by name of a gate how many units meet it in the newest year that has programmes."""
    return {row.met: row.units for row in await session.execute(_GATES)}


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
    statement = text(_SUMMARY.format(scope=where, deciding=_DECIDING))
    row = (await session.execute(statement, {"year": year, "gates": gates, **values})).one()
    return Summary(row.units, row.scored, row.ready)


async def rows(
    session: AsyncSession,
    scope: Scope,
    year: int,
    *,
    target: str | None,
    after: tuple[Decimal, Decimal, str] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Return units by total, pengungkit, id: the highest first, units without a score last.

    `after` is the key of the last row seen: points, pengungkit, unit id. Cost: one pass over the units in
    scope, which for one agency are few; a national list needs its own projection.
    """
    where, values = scope.sql("u.unit_id", "u.agency_id")
    points, pengungkit, unit_id = after or (None, None, None)
    found = await session.execute(
        text(_BOARD.format(scope=where, deciding=_DECIDING, verdicts=VERDICTS)),
        {
            "year": year,
            "target": target,
            "after_points": points,
            "after_pengungkit": pengungkit,
            "after_unit": unit_id,
            "limit": limit,
            **values,
        },
    )
    return found.mappings().all()
