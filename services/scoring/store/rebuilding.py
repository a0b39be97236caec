"""What a rebuild asks and writes: is nothing here, the last facts, and what was told last."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy
from sqlalchemy import Row, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.store import facts
from services.scoring.store.reading import same_year
from services.scoring.tables import (
    GATE,
    JOURNAL,
    PROGRAMME,
    SCORE,
    STANDING,
    SURVEY_STATUS,
    UNIT,
    Fact,
    GateRow,
    ScoreRow,
    SurveyStatusRow,
    Table,
)

_FOLDED = (UNIT, PROGRAMME, JOURNAL, sqlalchemy.table("watermark"))
_IS_EMPTY = select(~or_(*(exists().select_from(one) for one in _FOLDED)))
_SCORES = (
    select(
        *(SCORE, STANDING.c.sheets, STANDING.c.live),
        *(PROGRAMME.c.edition.label("pinned_edition"), PROGRAMME.c.rule_set, PROGRAMME.c.policies),
    )
    .join(STANDING, same_year(SCORE, STANDING))
    .outerjoin(PROGRAMME, same_year(SCORE, PROGRAMME))
)
BESIDE: Mapping[type[Table], Sequence[str]] = {
    ScoreRow: ("version", "worksheet_version"),
    SurveyStatusRow: ("version", "n", "willing", "ipak", "ipkp", "policy_ids"),
}
"""Columns that only tell what the newest event of a row said."""

AT_ONCE = 5000
"""Rows of one statement."""

Values = Mapping[str, Any]
"""A row by the names of its columns; other names count for nothing."""


async def is_empty(session: AsyncSession) -> bool:
    """Tell whether nothing was ever folded into this database."""
    return bool(await session.scalar(_IS_EMPTY))


async def count_dead(session: AsyncSession) -> int:
    """Return how many records are dead letters."""
    return await session.scalar(select(func.count()).select_from(sqlalchemy.table("dead_letter"))) or 0


async def write_newer(
    session: AsyncSession, table: type[Fact], rows: Sequence[Values]
) -> Sequence[tuple[int, bool]]:
    """Write facts that are newer than what is stored; at most `AT_ONCE`, each key once.

    Returns the numbers of the others, each with whether it says something else under the same version.
    """
    replica = facts.replica(table)
    written = await replica.upsert(session, rows)
    keys = {number: key for number, row in enumerate(rows) if (key := replica.key_of(row)) not in written}
    stored = await replica.known(session, list(keys.values()))
    return [
        (number, rows[number]["version"] == stored[key][0])
        for number, key in keys.items()
        if (rows[number]["version"], rows[number]["payload_hash"]) != stored[key]
    ]


async def forget_notices(session: AsyncSession) -> None:
    """Drop what the replay would announce again: the dead letters it met were announced at their time."""
    await session.execute(delete(sqlalchemy.table("outbox")))


async def scores(
    session: AsyncSession, unit_id: str | None = None, year: int | None = None
) -> Sequence[Row[Any]]:
    """Return every score, or one unit year's, with the unit year's sheets."""
    wanted = _SCORES if unit_id is None else _SCORES.where(SCORE.c.unit_id == unit_id, SCORE.c.year == year)
    return (await session.execute(wanted)).all()


async def statuses(session: AsyncSession) -> Sequence[Row[Any]]:
    """Return every survey status."""
    return (await session.execute(select(SURVEY_STATUS))).all()


async def set_told(session: AsyncSession, table: type[Table], rows: Sequence[Values]) -> None:
    """Set in rows that are there what their newest event said."""
    key, told = table.__table__.primary_key, BESIDE[table]
    changed = update(table.__table__).where(*(one == bindparam(f"of_{one.name}") for one in key))
    changes = [
        {f"of_{one.name}": row[one.name] for one in key} | {name: row[name] for name in told} for row in rows
    ]
    if changes:
        await session.execute(changed, changes)


async def replace_gates(session: AsyncSession, rows: Sequence[Values]) -> None:
    """Replace all gates by these."""
    await session.execute(delete(GATE))
    await put(session, GateRow, rows)


async def put(session: AsyncSession, table: type[Table], rows: Sequence[Values]) -> None:
    """Insert whole rows."""
    names = table.__table__.c.keys()
    if rows:
        await session.execute(insert(table.__table__), [{name: row[name] for name in names} for row in rows])
