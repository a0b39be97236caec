"""What a rebuild asks and writes: is nothing here, what was buried, and what was told last."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.tables import GateRow, ScoreRow, SurveyStatusRow, Table
from shared.db.arrays import Columns, key_names

_IS_EMPTY = text("""
    SELECT NOT EXISTS (SELECT 1 FROM unit) AND NOT EXISTS (SELECT 1 FROM programme)
       AND NOT EXISTS (SELECT 1 FROM answer) AND NOT EXISTS (SELECT 1 FROM watermark)
""")
_SCORES = text("""
    SELECT s.*, w.sheets, w.live, p.rule_set
    FROM score s JOIN standing w USING (unit_id, year) LEFT JOIN programme p USING (unit_id, year)
    WHERE cast(:unit_id AS text) IS NULL OR (s.unit_id, s.year) = (:unit_id, :year)
""")
_DEAD = text("""
    SELECT topic, partition, record_offset, sha256, reason FROM dead_letter
    WHERE consumer = 'scoring' AND state <> 'replayed'
""")
_BESIDE: Mapping[type[Table], Sequence[str]] = {
    ScoreRow: ("version", "worksheet_version"),
    SurveyStatusRow: ("version", "n", "willing", "ipak", "ipkp", "policy_ids"),
}
"""Columns that only tell what the newest event of a row said."""

Values = Mapping[str, Any]
"""A row by the names of its columns; other names count for nothing."""
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
    return (await session.execute(text("SELECT * FROM survey_status"))).all()


async def set_told(session: AsyncSession, table: type[Table], rows: Sequence[Values]) -> None:
    """Set in rows that are there what their newest event said."""
    name, key, told = table.__tablename__, key_names(table), _BESIDE[table]
    columns = Columns.of_table(table, *key, *told)
    statement = f"""
        UPDATE {name} SET {", ".join(f"{one} = told.{one}" for one in told)}
        FROM {columns.sql} AS told({columns.list})
        WHERE {" AND ".join(f"{name}.{one} = told.{one}" for one in key)}
    """
    await session.execute(text(statement), _parameters(columns, rows))


async def replace_gates(session: AsyncSession, rows: Sequence[Values]) -> None:
    """Replace all gates by these."""
    await session.execute(text("DELETE FROM gate"))
    await put(session, GateRow, rows)


async def put(session: AsyncSession, table: type[Table], rows: Sequence[Values]) -> None:
    """Insert whole rows."""
    columns = Columns.of_table(table)
    await session.execute(text(columns.insert(str(table.__tablename__))), _parameters(columns, rows))


def _parameters(columns: Columns, rows: Sequence[Values]) -> dict[str, str]:
    return columns.of_columns([[row[name] for row in rows] for name in columns.names])
