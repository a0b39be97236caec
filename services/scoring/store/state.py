"""Standings, scores, gates, survey status and changes: one statement per kind and batch."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.changes import Change
from services.scoring.domain.counting import Pinned
from services.scoring.domain.scores import Flip, LayerScore, WrittenScore
from services.scoring.domain.sheets import Standing, UnitYear
from shared.db.arrays import Columns

_PAIRS = Columns(units="text", years="int")
_STANDINGS = Columns(units="text", years="int", versions="bigint", sheets="text", lives="text")
_SCORE = Columns(
    unit_id="text", year="int", layer="text", edition="text", total="text", upper="text", answered="int",
    items="int", points="numeric", pengungkit="numeric", gates_met="text", worksheet_version="bigint",
)  # fmt: skip
_GATE = Columns(
    unit_id="text", year="int", predicate="text", gate="text", is_met="boolean", value="text", minimum="text"
)
_SURVEY = Columns(
    campaign_id="text", predicate="text", unit_id="text", year="int", result="text", failed="text", n="int",
    willing="int", policy_ids="text",
)  # fmt: skip
_CHANGE = Columns(
    unit_id="text", year="int", at="timestamptz", subject="text", delta="text", cause="text", detail="jsonb",
    event_id="uuid",
)  # fmt: skip

# Sorted pairs, so that two workers never wait for each other in a ring. One index look-up per pair, whatever
# plan is cached: a subquery that locks rows is never merged into a join.
_LOCK = text(f"""
    SELECT s.* FROM {_PAIRS.sql} AS p(unit_id, year), LATERAL (
        SELECT unit_id, year, worksheet_version, sheets, live FROM standing
        WHERE unit_id = p.unit_id AND year = p.year FOR UPDATE) AS s
""")
_CREATE = text(f"""
    INSERT INTO standing (unit_id, year) SELECT * FROM {_PAIRS.sql}
    ON CONFLICT (unit_id, year) DO UPDATE SET moved_at = clock_timestamp()
    RETURNING unit_id, year, worksheet_version, sheets, live
""")
_WRITE = text(f"""
    INSERT INTO standing (unit_id, year, worksheet_version, sheets, live, moved_at)
    SELECT *, clock_timestamp() FROM {_STANDINGS.sql}
    ON CONFLICT (unit_id, year) DO UPDATE SET worksheet_version = excluded.worksheet_version,
        sheets = excluded.sheets, live = excluded.live, moved_at = excluded.moved_at
""")
_PROGRAMMES = text(f"""
    SELECT unit_id, year, edition, rule_set FROM programme
    WHERE (unit_id, year) IN (SELECT * FROM {_PAIRS.sql})
""")
_SCORES = text(f"""
    INSERT INTO score AS s (unit_id, year, layer, edition, total, upper, answered, items, points, pengungkit,
                            gates_met, worksheet_version, version)
    SELECT *, 1 FROM {_SCORE.sql}
    ON CONFLICT (unit_id, year, layer) DO UPDATE SET edition = excluded.edition, total = excluded.total,
        upper = excluded.upper, answered = excluded.answered, items = excluded.items,
        points = excluded.points, pengungkit = excluded.pengungkit, gates_met = excluded.gates_met,
        worksheet_version = excluded.worksheet_version, version = s.version + 1
    WHERE (s.edition, s.total, s.upper, s.answered, s.gates_met)
        IS DISTINCT FROM (excluded.edition, excluded.total, excluded.upper, excluded.answered,
                          excluded.gates_met)
    RETURNING new.unit_id, new.year, new.layer, new.version, old.gates_met
""")
_GATES = text(f"""
    INSERT INTO gate AS g (unit_id, year, predicate, gate, is_met, value, minimum, version)
    SELECT *, 1 FROM {_GATE.sql}
    ON CONFLICT (unit_id, year, predicate, gate) DO UPDATE SET is_met = excluded.is_met,
        value = excluded.value, minimum = excluded.minimum, version = g.version + 1
    RETURNING unit_id, year, predicate, gate, is_met, value, minimum, version
""")
_SURVEYS = text(f"""
    INSERT INTO survey_status AS s (campaign_id, predicate, unit_id, year, result, failed, n, willing,
                                    policy_ids, version)
    SELECT *, 1 FROM {_SURVEY.sql}
    ON CONFLICT (campaign_id, predicate) DO UPDATE SET unit_id = excluded.unit_id, year = excluded.year,
        result = excluded.result, failed = excluded.failed, n = excluded.n, willing = excluded.willing,
        ipak = NULL, ipkp = NULL, policy_ids = excluded.policy_ids, version = s.version + 1
    WHERE (s.unit_id, s.year, s.result, s.failed)
        IS DISTINCT FROM (excluded.unit_id, excluded.year, excluded.result, excluded.failed)
    RETURNING campaign_id, predicate, unit_id, year, result, failed, n, willing, ipak, ipkp, policy_ids,
        version
""")
_BLANK = text("""
    UPDATE survey_status SET ipak = NULL, ipkp = NULL, version = version + 1
    WHERE ipak IS NOT NULL OR ipkp IS NOT NULL
    RETURNING campaign_id, predicate, unit_id, year, result, failed, n, willing, ipak, ipkp, policy_ids,
        version
""")
_CHANGES = text(_CHANGE.insert("change"))
_PRUNE = text("""
    DELETE FROM change WHERE (unit_id, year, id) IN (
        SELECT unit_id, year, id FROM (
            SELECT unit_id, year, id, row_number() OVER (PARTITION BY unit_id, year ORDER BY id DESC) AS place
            FROM change) AS ranked
        WHERE place > :kept)
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
    rows = await session.execute(statement, _PAIRS.of(unit_years))
    return {(unit_id, year): Standing(version, sheets, live) for unit_id, year, version, sheets, live in rows}


async def write_standings(session: AsyncSession, standings: Mapping[UnitYear, Standing]) -> None:
    """Write locked standings back and note that they moved."""
    if standings:
        rows = [(*unit_year, *standing) for unit_year, standing in standings.items()]
        await session.execute(_WRITE, _STANDINGS.of(rows))


async def programmes(session: AsyncSession, unit_years: Sequence[UnitYear]) -> dict[UnitYear, Pinned]:
    """Return edition and rule set of the programmes that are known."""
    if not unit_years:
        return {}
    rows = await session.execute(_PROGRAMMES, _PAIRS.of(unit_years))
    return {(row.unit_id, row.year): (row.edition, row.rule_set) for row in rows}


async def write_scores(session: AsyncSession, scores: Sequence[LayerScore]) -> list[WrittenScore]:
    """Write scores and return those that changed."""
    if not scores:
        return []
    rows = [score._replace(gates_met=" ".join(score.gates_met)) for score in scores]
    result = await session.execute(_SCORES, _SCORE.of(rows))
    return [WrittenScore(*row)._replace(old_gates_met=(row.gates_met or "").split()) for row in result]


async def write_gates(session: AsyncSession, flips: Sequence[Flip]) -> list[tuple[int, Flip]]:
    """Write flipped gates and return each behind its version."""
    if not flips:
        return []
    result = await session.execute(_GATES, _GATE.of(flips))
    return [(version, Flip(*gate)) for *gate, version in result]


async def write_survey_statuses(session: AsyncSession, rows: Sequence[tuple[Any, ...]]) -> Sequence[Row[Any]]:
    """Write statuses, rows in the order of their columns, and return those that changed."""
    if not rows:
        return []
    result = await session.execute(_SURVEYS, _SURVEY.of(rows))
    return result.all()


async def blank_survey_indices(session: AsyncSession) -> Sequence[Row[Any]]:
    """Keep no index in any status, and return those that had one."""
    return (await session.execute(_BLANK)).all()


async def write_changes(session: AsyncSession, changes: Sequence[Change]) -> None:
    """Append lines to the change log."""
    if changes:
        await session.execute(_CHANGES, _CHANGE.of(changes))


async def prune_changes(session: AsyncSession, kept: int) -> None:
    """Keep only the newest lines of each unit's year."""
    await session.execute(_PRUNE, {"kept": kept})
