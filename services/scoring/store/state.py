"""Standings, scores, gates, survey status and changes: one statement per kind and batch.

The hot path, 20,900 events/s of which the database takes 21.6 us each (docs/benchmarks.md, B1): statements
are text, and their columns those of the rows that the domain makes.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.changes import Change
from services.scoring.domain.pinning import Pinned, pinned
from services.scoring.domain.scores import Flip, LayerScore, WrittenScore
from services.scoring.domain.sheets import Standing, UnitYear
from services.scoring.domain.survey import SurveyStatus
from services.scoring.tables import ChangeRow, GateRow, ScoreRow, StandingRow, SurveyStatusRow, Table
from shared.db.arrays import Columns, key_names

_UNIT_YEAR = Columns.of_table(StandingRow, "unit_id", "year")
_KEPT = [name for name in Standing._fields if name != "writes"]
"""What is written of a standing; the database itself counts how often."""
_STANDING = Columns.of_table(StandingRow, "unit_id", "year", *_KEPT)
_SCORE = Columns.of_table(ScoreRow, *LayerScore._fields)
_GATE = Columns.of_table(GateRow, *Flip._fields)
_STATUS = Columns.of_table(SurveyStatusRow, *SurveyStatus._fields)
_CHANGE = Columns.of_table(ChangeRow, *Change._fields)


def _counted(table: type[Table], columns: Columns, *told: str, returning: str = "*") -> TextClause:
    """Write rows whose `version` counts the writings, or how often what is told of them changed."""
    name = str(table.__tablename__)
    news = ", ".join(f"{name}.{column}" for column in told)
    where = (
        f"WHERE ({news}) IS DISTINCT FROM ({', '.join(f'excluded.{one}' for one in told)})" if told else ""
    )
    return text(f"""
        {columns.insert(name, version="1")}
        {columns.replacing(key_names(table))}, version = {name}.version + 1 {where}
        RETURNING {returning}
    """)


# Sorted pairs, so that two workers never wait for each other in a ring. One index look-up per pair, whatever
# plan is cached: a subquery that locks rows is never merged into a join.
_LOCK = text(f"""
    SELECT s.* FROM {_UNIT_YEAR.sql} AS p(unit_id, year), LATERAL (
        SELECT {_STANDING.list}, writes FROM standing
        WHERE unit_id = p.unit_id AND year = p.year FOR UPDATE) AS s
""")
_CREATE = text(f"""
    {_UNIT_YEAR.insert("standing")}
    ON CONFLICT (unit_id, year) DO UPDATE SET writes = standing.writes + 1
    RETURNING {_STANDING.list}, writes
""")
# Rows of their own for each connection, so that nobody waits for another one's commit.
_PULSE = """
    pulsed AS (
        INSERT INTO pulse VALUES (pg_backend_pid() % 64, clock_timestamp())
        ON CONFLICT (slot) DO UPDATE SET at = excluded.at)
"""
_WRITE = text(f"""
    WITH {_PULSE} {_STANDING.insert("standing", moved_at="clock_timestamp()", writes="1")}
    {_STANDING.replacing(key_names(StandingRow), "moved_at")}, writes = standing.writes + 1
""")
# Counted before gates were kept; without a programme the rules of the year hold.
_UNMEASURED = text(f"""
    SELECT {_STANDING.list}, writes FROM standing AS s
    WHERE gate_points = '' AND EXISTS (
        SELECT FROM score WHERE unit_id = s.unit_id AND year = s.year AND layer = 'effective')
    ORDER BY unit_id, year LIMIT :most FOR UPDATE SKIP LOCKED
""")
_PROGRAMMES = text(f"""
    SELECT unit_id, year, edition, rule_set, policies FROM programme
    WHERE (unit_id, year) IN (SELECT * FROM {_UNIT_YEAR.sql})
""")
_SCORES = _counted(
    ScoreRow, _SCORE, "edition", "total", "upper", "answered", "gates_met", "parts",
    returning="new.unit_id, new.year, new.layer, new.version, old.gates_met",
)  # fmt: skip
_GATES = _counted(GateRow, _GATE)
_SURVEYS = _counted(SurveyStatusRow, _STATUS, "unit_id", "year", "result", "failed")
_TOUCH = text(f"""
    WITH {_PULSE} UPDATE standing SET moved_at = clock_timestamp(), writes = writes + 1 FROM (
        SELECT unit_id, year FROM standing WHERE unit_id = ANY(CAST(:units AS text[]))
        ORDER BY unit_id, year FOR UPDATE) AS seen
    WHERE standing.unit_id = seen.unit_id AND standing.year = seen.year
""")
_BLANK = text("""
    UPDATE survey_status SET ipak = NULL, ipkp = NULL, version = version + 1
    WHERE ipak IS NOT NULL OR ipkp IS NOT NULL RETURNING *
""")
_CHANGES = text(_CHANGE.insert("change"))
_PRUNE = text("""
    DELETE FROM change WHERE (unit_id, year, id) IN (
        SELECT unit_id, year, id FROM (
            SELECT unit_id, year, id, row_number() OVER (PARTITION BY unit_id, year ORDER BY id DESC) AS rank
            FROM change) AS ranked
        WHERE rank > :kept)
""")


async def lock(session: AsyncSession, unit_years: Iterable[UnitYear]) -> dict[UnitYear, Standing]:
    """Lock and return the standings of these unit years, creating what is missing; at most two statements."""
    wanted = sorted(unit_years)
    found = await _standings(session, _LOCK, wanted)
    if len(found) < len(wanted):
        missing = [unit_year for unit_year in wanted if unit_year not in found]
        found |= await _standings(session, _CREATE, missing)
    return found


async def _standings(
    session: AsyncSession, statement: TextClause, unit_years: Sequence[UnitYear]
) -> dict[UnitYear, Standing]:
    if not unit_years:
        return {}
    return _read(await session.execute(statement, _UNIT_YEAR.of(unit_years)))


def _read(rows: Iterable[Any]) -> dict[UnitYear, Standing]:
    return {(unit_id, year): Standing(*kept) for unit_id, year, *kept in rows}


async def write_standings(session: AsyncSession, standings: Mapping[UnitYear, Standing]) -> None:
    """Write locked standings back and note that they moved."""
    if standings:
        kept = attrgetter(*_KEPT)
        rows = [(*unit_year, *kept(standing)) for unit_year, standing in standings.items()]
        await session.execute(_WRITE, _STANDING.of(rows))


async def unmeasured(session: AsyncSession, most: int) -> dict[UnitYear, Standing]:
    """Lock and return unit years that were counted before the points of their gates were kept."""
    return _read(await session.execute(_UNMEASURED, {"most": most}))


async def touch(session: AsyncSession, units: Iterable[str]) -> None:
    """Note that all years of these units moved: something is shown on them that no year owns."""
    await session.execute(_TOUCH, {"units": sorted(units)})


async def programmes(session: AsyncSession, unit_years: Sequence[UnitYear]) -> dict[UnitYear, Pinned]:
    """Return what the programmes that are known have pinned."""
    if not unit_years:
        return {}
    rows = await session.execute(_PROGRAMMES, _UNIT_YEAR.of(unit_years))
    return {(unit_id, year): pinned(year, *found) for unit_id, year, *found in rows}


async def write_scores(session: AsyncSession, scores: Sequence[LayerScore]) -> list[WrittenScore]:
    """Write scores and return those that changed."""
    if not scores:
        return []
    result = await session.execute(_SCORES, _SCORE.of(scores))
    return [WrittenScore(*row) for row in result]


async def write_gates(session: AsyncSession, flips: Sequence[Flip]) -> list[tuple[int, Flip]]:
    """Write flipped gates and return each behind its version."""
    if not flips:
        return []
    result = await session.execute(_GATES, _GATE.of(flips))
    return [(row.version, Flip(*(getattr(row, name) for name in Flip._fields))) for row in result]


async def write_survey_statuses(
    session: AsyncSession, statuses: Sequence[SurveyStatus]
) -> Sequence[Row[Any]]:
    """Write statuses and return the rows of those that changed."""
    if not statuses:
        return []
    result = await session.execute(_SURVEYS, _STATUS.of(statuses))
    return result.all()


async def blank_survey_indices(session: AsyncSession) -> Sequence[Row[Any]]:
    """Keep no index in any status, and return those that had one."""
    return (await session.execute(_BLANK)).all()


async def write_changes(session: AsyncSession, changes: Sequence[Change]) -> None:
    """Append lines to the change log."""
    if changes:
        rows = [(*line, orjson.dumps(detail).decode(), event_id) for *line, detail, event_id in changes]
        await session.execute(_CHANGES, _CHANGE.of(rows))


async def prune_changes(session: AsyncSession, kept: int) -> None:
    """Keep only the newest lines of each unit's year."""
    await session.execute(_PRUNE, {"kept": kept})
