"""After a replay: give our scores, gates and survey statuses the versions their topics already carry."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

_IS_EMPTY = text("""
    SELECT NOT EXISTS (SELECT 1 FROM unit) AND NOT EXISTS (SELECT 1 FROM programme)
       AND NOT EXISTS (SELECT 1 FROM answer) AND NOT EXISTS (SELECT 1 FROM watermark)
""")
_SCORES = text("""
    SELECT s.*, w.sheets, w.live, p.rule_set
    FROM score s JOIN standing w USING (unit_id, year) LEFT JOIN programme p USING (unit_id, year)
    WHERE cast(:unit_id AS text) IS NULL OR (s.unit_id, s.year) = (:unit_id, :year)
""")
_STATUSES = text("""
    SELECT * FROM survey_status
""")
_SET_SCORES = text("""
    UPDATE score s SET version = n.version, worksheet_version = n.worksheet_version
    FROM unnest(cast(:units AS text[]), cast(:years AS int[]), cast(:layers AS text[]),
                cast(:versions AS bigint[]), cast(:sheets AS bigint[]))
        AS n(unit_id, year, layer, version, worksheet_version)
    WHERE (s.unit_id, s.year, s.layer) = (n.unit_id, n.year, n.layer)
""")
_SET_STATUSES = text("""
    UPDATE survey_status s SET version = n.version, n = n.n, willing = n.willing, ipak = n.ipak,
        ipkp = n.ipkp, policy_ids = n.policy_ids
    FROM unnest(cast(:campaigns AS text[]), cast(:predicates AS text[]), cast(:versions AS bigint[]),
                cast(:ns AS int[]), cast(:willing AS int[]),
        cast(:ipaks AS text[]), cast(:ipkps AS text[]), cast(:policies AS text[]))
        AS n(campaign_id, predicate, version, n, willing, ipak, ipkp, policy_ids)
    WHERE (s.campaign_id, s.predicate) = (n.campaign_id, n.predicate)
""")
_PUT_STATUSES = text("""
    INSERT INTO survey_status (campaign_id, predicate, unit_id, year, result, failed, version, n, willing,
                               ipak, ipkp, policy_ids)
    SELECT * FROM unnest(
        cast(:campaigns AS text[]), cast(:predicates AS text[]), cast(:units AS text[]),
        cast(:years AS int[]), cast(:results AS text[]), cast(:failed AS text[]),
        cast(:versions AS bigint[]), cast(:ns AS int[]), cast(:willing AS int[]),
        cast(:ipaks AS text[]), cast(:ipkps AS text[]), cast(:policies AS text[]))
""")
_STATUS_COLUMNS = (
    "campaigns", "predicates", "units", "years", "results", "failed", "versions", "ns", "willing", "ipaks",
    "ipkps", "policies",
)  # fmt: skip
_PUT_GATES = text("""
    INSERT INTO gate (unit_id, year, predicate, gate, is_met, value, minimum, version)
    SELECT * FROM unnest(
        cast(:units AS text[]), cast(:years AS int[]), cast(:predicates AS text[]), cast(:gates AS text[]),
        cast(:met AS boolean[]), cast(:vals AS text[]), cast(:minima AS text[]), cast(:versions AS bigint[]))
""")

_DEAD = text("""
    SELECT topic, partition, record_offset, sha256, reason FROM dead_letter
    WHERE consumer = 'scoring' AND state <> 'replayed'
""")

Values = tuple[Any, ...]
Dead = Mapping[tuple[str, int, int, str], str]
"""Why records are dead letters, by topic, partition, offset and hash: another broker gives offsets anew."""


async def is_empty(session: AsyncSession) -> bool:
    """Tell whether nothing was ever folded into this database."""
    return bool(await session.scalar(_IS_EMPTY))


async def dead_in(session: AsyncSession) -> Dead:
    """Return the dead letters that were never taken after all."""
    return {tuple(row[:4]): row.reason for row in await session.execute(_DEAD)}


async def forget_notices(session: AsyncSession) -> None:
    """Drop what the replay would announce again: the dead letters it met were announced at their time."""
    await session.execute(text("DELETE FROM outbox"))


async def scores(
    session: AsyncSession, unit_id: str | None = None, year: int | None = None
) -> Sequence[Row[Any]]:
    """Return every score, or one unit year's, with the unit year's sheets."""
    return (await session.execute(_SCORES, {"unit_id": unit_id, "year": year})).all()


async def statuses(session: AsyncSession) -> Sequence[Row[Any]]:
    """Return every survey status."""
    return (await session.execute(_STATUSES)).all()


async def set_scores(session: AsyncSession, rows: Sequence[Values]) -> None:
    """Set what was told last: rows of unit, year, layer, version, worksheet version."""
    await session.execute(_SET_SCORES, _columns(rows, "units", "years", "layers", "versions", "sheets"))


async def set_statuses(session: AsyncSession, rows: Sequence[Values]) -> None:
    """Set what was told last: rows of campaign, predicate, version, n, willing, ipak, ipkp, policies."""
    names = ("campaigns", "predicates", "versions", "ns", "willing", "ipaks", "ipkps", "policies")
    await session.execute(_SET_STATUSES, _columns(rows, *names))


async def put_statuses(session: AsyncSession, rows: Sequence[Values]) -> None:
    """Insert verdicts, each row in the order of their columns."""
    await session.execute(_PUT_STATUSES, _columns(rows, *_STATUS_COLUMNS))


async def replace_gates(session: AsyncSession, rows: Sequence[Values]) -> None:
    """Replace all gates by these, see `put_gates`."""
    await session.execute(text("DELETE FROM gate"))
    await put_gates(session, rows)


async def put_gates(session: AsyncSession, rows: Sequence[Values]) -> None:
    """Insert gates: rows of unit, year, predicate, gate, met, value, minimum, version."""
    names = ("units", "years", "predicates", "gates", "met", "vals", "minima", "versions")
    await session.execute(_PUT_GATES, _columns(rows, *names))


def _columns(rows: Sequence[Values], *names: str) -> dict[str, list[Any]]:
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return {name: list(column) for name, column in zip(names, columns, strict=True)}
