"""Queries of the API and the pages; the caller's scope is part of every statement."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.sheets import UnitYear
from services.scoring.tables import StandingRow
from shared.db.arrays import Columns
from shared.security import Scope

PageKey = UnitYear | None
"""What a live page stands for: a unit's year, or None for all of them."""

_UNIT = "SELECT * FROM unit WHERE unit_id = :unit_id AND {scope}"
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
    SELECT * FROM answer WHERE unit_id = :unit_id AND year = :year AND item_code = ANY(:codes)
    ORDER BY layer
""")
_PROGRESS = text("""
    SELECT indicator_code, count(*) FILTER (WHERE state = 'done') AS done,
           count(*) FILTER (WHERE state <> 'cancelled') AS planned
    FROM activity WHERE unit_id = :unit_id AND year = :year GROUP BY indicator_code ORDER BY indicator_code
""")
VERDICTS = """
    jsonb_to_recordset(h.predicates)
        AS judged(predicate text, result text, failed text[], unknown text[], outlook text)
"""
_SURVEYS = text(f"""
    SELECT campaign_id, coalesce(h.period, t.period) AS period, coalesce(h.regime, t.regime) AS regime,
           h.willing, h.finished, h.willing_minimum, h.finished_minimum, h.index_basis,
           coalesce(h.is_deciding, false) AS is_deciding, h.policy_ids,
           t.willing AS live_willing, t.n AS live_n, t.ipak, t.ipkp, t.released_n,
           judged.*
    FROM (SELECT * FROM tally WHERE unit_id = :unit_id AND year = :year) t
    FULL JOIN (SELECT * FROM threshold WHERE unit_id = :unit_id AND year = :year) h USING (campaign_id)
    LEFT JOIN LATERAL {VERDICTS} ON true
    ORDER BY is_deciding DESC, campaign_id DESC, judged.predicate
""")
_CHANGES = text("""
    SELECT * FROM change WHERE unit_id = :unit_id AND year = :year AND id > :after
    ORDER BY id DESC LIMIT :limit
""")
_UNIT_YEAR = Columns.of_table(StandingRow, "unit_id", "year")
_STAMPS = text(f"""
    SELECT unit_id, year, moved_at
    FROM standing JOIN {_UNIT_YEAR.sql} AS asked(unit_id, year) USING (unit_id, year)
    UNION ALL SELECT NULL, NULL, max(moved_at) FROM standing
""")


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


async def stamps(session: AsyncSession, keys: Collection[PageKey]) -> Mapping[PageKey, datetime | None]:
    """Return when each of these moved last; a unit's year without facts is left out."""
    rows = await session.execute(_STAMPS, _UNIT_YEAR.of([key for key in keys if key is not None]))
    return {None if row.unit_id is None else (row.unit_id, row.year): row.moved_at for row in rows}
