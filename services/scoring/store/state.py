"""Standings, scores, gates, survey status and changes: one statement per kind and batch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.kernel import decimal12

UnitYear = tuple[str, int]

_PAIRS = "SELECT * FROM unnest(cast(:units AS text[]), cast(:years AS int[]))"

# Creating and locking are one step; sorted pairs, so that two workers never wait for each other in a ring.
_LOCK = text(f"""
    INSERT INTO standing (unit_id, year) {_PAIRS}
    ON CONFLICT (unit_id, year) DO UPDATE SET moved_at = clock_timestamp()
    RETURNING unit_id, year, worksheet_version, sheets, live
""")
_WRITE = text("""
    INSERT INTO standing (unit_id, year, worksheet_version, sheets, live)
    SELECT * FROM unnest(cast(:units AS text[]), cast(:years AS int[]), cast(:versions AS bigint[]),
                         cast(:sheets AS text[]), cast(:lives AS text[]))
    ON CONFLICT (unit_id, year) DO UPDATE SET worksheet_version = excluded.worksheet_version,
        sheets = excluded.sheets, live = excluded.live
""")
_PROGRAMMES = text(f"""
    SELECT unit_id, year, edition, rule_set FROM programme WHERE (unit_id, year) IN ({_PAIRS})
""")
_SCORES = text("""
    INSERT INTO score AS s (unit_id, year, layer, edition, total, upper, answered, items, points, pengungkit,
                            gates_met, version)
    SELECT *, 1 FROM unnest(
        cast(:units AS text[]), cast(:years AS int[]), cast(:layers AS text[]), cast(:editions AS text[]),
        cast(:totals AS text[]), cast(:uppers AS text[]), cast(:answered AS int[]), cast(:items AS int[]),
        cast(:points AS numeric[]), cast(:pengungkit AS numeric[]), cast(:gates AS text[]))
    ON CONFLICT (unit_id, year, layer) DO UPDATE SET edition = excluded.edition, total = excluded.total,
        upper = excluded.upper, answered = excluded.answered, items = excluded.items,
        points = excluded.points, pengungkit = excluded.pengungkit, gates_met = excluded.gates_met,
        version = s.version + 1
    WHERE (s.edition, s.total, s.upper, s.answered, s.gates_met)
        IS DISTINCT FROM (excluded.edition, excluded.total, excluded.upper, excluded.answered,
                          excluded.gates_met)
    RETURNING new.unit_id, new.year, new.layer, new.edition, new.total, new.upper, new.answered, new.items,
        new.version, new.gates_met, old.gates_met AS old_gates_met
""")
_GATES = text("""
    INSERT INTO gate AS g (unit_id, year, predicate, gate, is_met, value, minimum, version)
    SELECT *, 1 FROM unnest(
        cast(:units AS text[]), cast(:years AS int[]), cast(:predicates AS text[]), cast(:gates AS text[]),
        cast(:met AS boolean[]), cast(:vals AS text[]), cast(:minima AS text[]))
    ON CONFLICT (unit_id, year, predicate, gate) DO UPDATE SET is_met = excluded.is_met,
        value = excluded.value, minimum = excluded.minimum, version = g.version + 1
    RETURNING unit_id, year, predicate, gate, is_met, value, minimum, version
""")
_SURVEYS = text("""
    INSERT INTO survey_status AS s (campaign_id, predicate, unit_id, year, result, failed, version)
    SELECT *, 1 FROM unnest(
        cast(:campaigns AS text[]), cast(:predicates AS text[]), cast(:units AS text[]),
        cast(:years AS int[]), cast(:results AS text[]), cast(:failed AS text[]))
    ON CONFLICT (campaign_id, predicate) DO UPDATE SET result = excluded.result, failed = excluded.failed,
        version = s.version + 1
    WHERE (s.result, s.failed) IS DISTINCT FROM (excluded.result, excluded.failed)
    RETURNING campaign_id, predicate, unit_id, year, result, failed, version
""")
_CHANGES = text("""
    INSERT INTO change (unit_id, year, at, subject, delta, cause, detail, event_id)
    SELECT * FROM unnest(
        cast(:units AS text[]), cast(:years AS int[]), cast(:times AS timestamptz[]),
        cast(:subjects AS text[]), cast(:deltas AS text[]), cast(:causes AS text[]),
        cast(:details AS jsonb[]), cast(:events AS uuid[]))
""")
_PRUNE = text("""
    DELETE FROM change WHERE id IN (
        SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY unit_id, year ORDER BY id DESC) AS place
                        FROM change) AS ranked WHERE place > :kept)
""")


@dataclass(frozen=True, slots=True)
class Standing:
    """A locked unit's year as stored: packed sheets and packed live answers."""

    worksheet_version: int
    sheets: str
    live: str


@dataclass(frozen=True, slots=True)
class LayerScore:
    """One layer's score to write; `gates_met` is empty but for the effective layer."""

    unit_id: str
    year: int
    layer: str
    edition: str
    total: Fraction
    upper: Fraction
    pengungkit: Fraction
    answered: int
    items: int
    gates_met: str


@dataclass(frozen=True, slots=True)
class Flip:
    """A gate that is met now or no longer."""

    unit_id: str
    year: int
    predicate: str
    gate: str
    is_met: bool
    value: Fraction
    minimum: Fraction


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the change log."""

    unit_id: str
    year: int
    at: datetime
    subject: str
    delta: Fraction | None
    cause: str
    detail: Mapping[str, Any]
    event_id: UUID | None


def _pairs(unit_years: Sequence[UnitYear]) -> dict[str, Any]:
    return {"units": [unit for unit, _ in unit_years], "years": [year for _, year in unit_years]}


async def lock(session: AsyncSession, unit_years: Sequence[UnitYear]) -> dict[UnitYear, Standing]:
    """Create what is missing, lock and return the standings of these unit years, and note that they moved."""
    rows = await session.execute(_LOCK, _pairs(sorted(unit_years)))
    return {(row.unit_id, row.year): Standing(row.worksheet_version, row.sheets, row.live) for row in rows}


async def write_standings(session: AsyncSession, standings: Mapping[UnitYear, Standing]) -> None:
    """Write locked standings back."""
    if standings:
        values = list(standings.values())
        await session.execute(
            _WRITE,
            _pairs(list(standings))
            | {
                "versions": [standing.worksheet_version for standing in values],
                "sheets": [standing.sheets for standing in values],
                "lives": [standing.live for standing in values],
            },
        )


async def programmes(
    session: AsyncSession, unit_years: Sequence[UnitYear]
) -> dict[UnitYear, tuple[str, str]]:
    """Return edition and rule set of the programmes that are known."""
    rows = await session.execute(_PROGRAMMES, _pairs(unit_years))
    return {(row.unit_id, row.year): (row.edition, row.rule_set) for row in rows}


async def write_scores(session: AsyncSession, scores: Sequence[LayerScore]) -> Sequence[Row[Any]]:
    """Write scores and return the rows that changed, with their new version and the gates met before."""
    if not scores:
        return []
    result = await session.execute(
        _SCORES,
        {
            "units": [score.unit_id for score in scores],
            "years": [score.year for score in scores],
            "layers": [score.layer for score in scores],
            "editions": [score.edition for score in scores],
            "totals": [str(score.total) for score in scores],
            "uppers": [str(score.upper) for score in scores],
            "answered": [score.answered for score in scores],
            "items": [score.items for score in scores],
            "points": [decimal12(score.total) for score in scores],
            "pengungkit": [decimal12(score.pengungkit) for score in scores],
            "gates": [score.gates_met for score in scores],
        },
    )
    return result.all()


async def write_gates(session: AsyncSession, flips: Sequence[Flip]) -> Sequence[Row[Any]]:
    """Write flipped gates and return them with their versions."""
    if not flips:
        return []
    result = await session.execute(
        _GATES,
        {
            "units": [flip.unit_id for flip in flips],
            "years": [flip.year for flip in flips],
            "predicates": [flip.predicate for flip in flips],
            "gates": [flip.gate for flip in flips],
            "met": [flip.is_met for flip in flips],
            "vals": [str(flip.value) for flip in flips],
            "minima": [str(flip.minimum) for flip in flips],
        },
    )
    return result.all()


async def write_survey_statuses(
    session: AsyncSession, rows: Sequence[tuple[str, str, str, int, str, str]]
) -> Sequence[Row[Any]]:
    """Write `(campaign, predicate, unit, year, result, failed)` and return the rows that changed."""
    if not rows:
        return []
    names = ("campaigns", "predicates", "units", "years", "results", "failed")
    columns = zip(*rows, strict=True)
    result = await session.execute(
        _SURVEYS, {name: list(column) for name, column in zip(names, columns, strict=True)}
    )
    return result.all()


async def write_changes(session: AsyncSession, changes: Sequence[Change]) -> None:
    """Append lines to the change log."""
    if changes:
        await session.execute(
            _CHANGES,
            {
                "units": [change.unit_id for change in changes],
                "years": [change.year for change in changes],
                "times": [change.at for change in changes],
                "subjects": [change.subject for change in changes],
                "deltas": [None if change.delta is None else str(change.delta) for change in changes],
                "causes": [change.cause for change in changes],
                "details": [json.dumps(change.detail) for change in changes],
                "events": [change.event_id for change in changes],
            },
        )


async def prune_changes(session: AsyncSession, kept: int) -> None:
    """Keep only the newest lines of each unit's year."""
    await session.execute(_PRUNE, {"kept": kept})
