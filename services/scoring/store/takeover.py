"""After a replay: give our scores, gates and survey statuses the versions their topics already carry."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

_IS_EMPTY = text("""
    SELECT NOT EXISTS (SELECT 1 FROM unit) AND NOT EXISTS (SELECT 1 FROM programme)
       AND NOT EXISTS (SELECT 1 FROM answer) AND NOT EXISTS (SELECT 1 FROM watermark)
""")
_SCORES = text("""
    SELECT s.*, w.worksheet_version, w.sheets, w.live, p.rule_set
    FROM score s JOIN standing w USING (unit_id, year) LEFT JOIN programme p USING (unit_id, year)
""")
_STATUSES = text("""
    SELECT s.*, t.n, t.willing, t.ipak, t.ipkp FROM survey_status s JOIN tally t USING (campaign_id)
""")
_SET_SCORES = text("""
    UPDATE score s SET version = n.version
    FROM unnest(cast(:units AS text[]), cast(:years AS int[]), cast(:layers AS text[]),
                cast(:versions AS bigint[])) AS n(unit_id, year, layer, version)
    WHERE (s.unit_id, s.year, s.layer) = (n.unit_id, n.year, n.layer)
""")
_SET_STATUSES = text("""
    UPDATE survey_status s SET version = n.version
    FROM unnest(cast(:campaigns AS text[]), cast(:predicates AS text[]), cast(:versions AS bigint[]))
        AS n(campaign_id, predicate, version)
    WHERE (s.campaign_id, s.predicate) = (n.campaign_id, n.predicate)
""")
_PUT_GATES = text("""
    INSERT INTO gate (unit_id, year, predicate, gate, is_met, value, minimum, version)
    SELECT * FROM unnest(
        cast(:units AS text[]), cast(:years AS int[]), cast(:predicates AS text[]), cast(:gates AS text[]),
        cast(:met AS boolean[]), cast(:vals AS text[]), cast(:minima AS text[]), cast(:versions AS bigint[]))
""")

Values = tuple[Any, ...]


async def is_empty(session: AsyncSession) -> bool:
    """Tell whether nothing was ever folded into this database."""
    return bool(await session.scalar(_IS_EMPTY))


async def forget_notices(session: AsyncSession) -> None:
    """Drop what the replay would announce again: the dead letters it met were announced at their time."""
    await session.execute(text("DELETE FROM outbox"))


async def scores(session: AsyncSession) -> Sequence[Row[Any]]:
    """Return every score with its unit year's sheets."""
    return (await session.execute(_SCORES)).all()


async def statuses(session: AsyncSession) -> Sequence[Row[Any]]:
    """Return every survey status with its tally."""
    return (await session.execute(_STATUSES)).all()


async def set_scores(session: AsyncSession, rows: Sequence[Values]) -> None:
    """Set versions: rows of unit, year, layer, version."""
    await session.execute(_SET_SCORES, _columns(rows, "units", "years", "layers", "versions"))


async def set_statuses(session: AsyncSession, rows: Sequence[Values]) -> None:
    """Set versions: rows of campaign, predicate, version."""
    await session.execute(_SET_STATUSES, _columns(rows, "campaigns", "predicates", "versions"))


async def replace_gates(session: AsyncSession, rows: Sequence[Values]) -> None:
    """Replace all gates: rows of unit, year, predicate, gate, met, value, minimum, version."""
    await session.execute(text("DELETE FROM gate"))
    names = ("units", "years", "predicates", "gates", "met", "vals", "minima", "versions")
    await session.execute(_PUT_GATES, _columns(rows, *names))


def _columns(rows: Sequence[Values], *names: str) -> dict[str, list[Any]]:
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return {name: list(column) for name, column in zip(names, columns, strict=True)}
