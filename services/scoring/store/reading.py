"""Queries of the API and the pages; the caller's scope is part of every statement."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.security import Scope

_UNIT = """
    SELECT unit_id, agency_id, name, unit_type, echelon, has_service_function, zone, is_active
    FROM unit WHERE unit_id = :unit_id AND {scope}
"""
_YEARS = text("""
    SELECT year FROM standing WHERE unit_id = :unit_id
    UNION SELECT year FROM programme WHERE unit_id = :unit_id ORDER BY year DESC
""")
_PROGRAMME_YEARS = text("SELECT year FROM programme WHERE unit_id = :unit_id ORDER BY year DESC")
_STANDING = text("""
    SELECT s.worksheet_version, s.sheets, s.live, s.moved_at, p.target, p.edition, p.rule_set, now() AS as_of
    FROM (SELECT 1) AS one
    LEFT JOIN standing s ON s.unit_id = :unit_id AND s.year = :year
    LEFT JOIN programme p ON p.unit_id = :unit_id AND p.year = :year
""")
_ANSWERS = text("""
    SELECT layer, item_code, letter, index_text, inputs, origin, cell, evidence_ids, event_id, at, version
    FROM answer WHERE unit_id = :unit_id AND year = :year AND item_code = ANY(:codes)
    ORDER BY layer
""")
_PROGRESS = text("""
    SELECT indicator_code, count(*) FILTER (WHERE state = 'done') AS done,
           count(*) FILTER (WHERE state <> 'cancelled') AS planned
    FROM activity WHERE unit_id = :unit_id AND year = :year GROUP BY indicator_code ORDER BY indicator_code
""")
_VERDICTS = """
    jsonb_to_recordset(h.predicates)
        AS judged(predicate text, result text, failed text[], unknown text[], outlook text)
"""
DECIDING = """
    SELECT * FROM threshold WHERE unit_id = u.unit_id AND year = :year AND is_deciding
    ORDER BY campaign_id DESC LIMIT 1
"""
"""The campaign that decides for unit `u`: survey names one, the newest while it moves from one to another."""
_SURVEYS = text(f"""
    SELECT campaign_id, coalesce(h.period, t.period) AS period, coalesce(h.regime, t.regime) AS regime,
           h.willing, h.finished, h.willing_minimum, h.finished_minimum, h.index_basis,
           coalesce(h.is_deciding, false) AS is_deciding, h.policy_ids,
           t.willing AS live_willing, t.n AS live_n, t.ipak, t.ipkp, t.released_n,
           judged.*
    FROM (SELECT * FROM tally WHERE unit_id = :unit_id AND year = :year) t
    FULL JOIN (SELECT * FROM threshold WHERE unit_id = :unit_id AND year = :year) h USING (campaign_id)
    LEFT JOIN LATERAL {_VERDICTS} ON true
    ORDER BY is_deciding DESC, campaign_id DESC, judged.predicate
""")
_CHANGES = text("""
    SELECT id, at, subject, delta, cause, detail FROM change
    WHERE unit_id = :unit_id AND year = :year AND id > :after ORDER BY id DESC LIMIT :limit
""")
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


async def unit(session: AsyncSession, scope: Scope, unit_id: str) -> RowMapping | None:
    """Return a unit's entry, None when it is unknown or out of scope."""
    where, values = scope.sql()
    rows = await session.execute(text(_UNIT.format(scope=where)), {"unit_id": unit_id, **values})
    return rows.mappings().one_or_none()


async def years(session: AsyncSession, unit_id: str) -> list[int]:
    """Return the years a unit has a programme or facts in, newest first."""
    return list(await session.scalars(_YEARS, {"unit_id": unit_id}))


async def programme_years(session: AsyncSession, unit_id: str) -> list[int]:
    """Return the years a unit has a programme in, newest first."""
    return list(await session.scalars(_PROGRAMME_YEARS, {"unit_id": unit_id}))


async def standing(session: AsyncSession, unit_id: str, year: int) -> RowMapping:
    """Return packed sheets and programme of a unit's year; nulls where nothing is known."""
    return (await session.execute(_STANDING, {"unit_id": unit_id, "year": year})).mappings().one()


async def answers(
    session: AsyncSession, unit_id: str, year: int, codes: Sequence[str]
) -> Sequence[RowMapping]:
    """Return the answer facts of items in all layers, with their origin."""
    found = await session.execute(_ANSWERS, {"unit_id": unit_id, "year": year, "codes": list(codes)})
    return found.mappings().all()


async def progress(session: AsyncSession, unit_id: str, year: int) -> Sequence[RowMapping]:
    """Return done and planned activities by indicator."""
    return (await session.execute(_PROGRESS, {"unit_id": unit_id, "year": year})).mappings().all()


async def surveys(session: AsyncSession, unit_id: str, year: int) -> Sequence[RowMapping]:
    """Return campaigns with counts and verdicts, a row per campaign and predicate: the deciding one first.

    A campaign without thresholds has one row without a verdict; one without a tally has no live counts.
    """
    return (await session.execute(_SURVEYS, {"unit_id": unit_id, "year": year})).mappings().all()


async def changes(
    session: AsyncSession, unit_id: str, year: int, *, after: int = 0, limit: int = 20
) -> Sequence[RowMapping]:
    """Return the newest lines of the change log, newest first."""
    found = await session.execute(
        _CHANGES, {"unit_id": unit_id, "year": year, "after": after, "limit": limit}
    )
    return found.mappings().all()


async def board(
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
        text(_BOARD.format(scope=where, deciding=DECIDING, verdicts=_VERDICTS)),
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
