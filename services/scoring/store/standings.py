"""A unit's year: its lock, its sheets, its scores and its gates, read and written set-based."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.layers import Layer, Sheets, pack, unpack
from services.scoring.domain.standing import GateFlip, GateKey, LayerScore, Rules
from shared.kernel import decimal12

UnitYear = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit's year as stored. `rules` is None until the unit and its programme are both known."""

    worksheet_version: int
    sheets: Sheets
    rules: Rules | None


@dataclass(frozen=True, slots=True)
class StoredScore:
    """A layer's score with the number of changes published about it."""

    score: LayerScore
    version: int


_CREATE = text("""
    INSERT INTO standing (unit_id, year)
    SELECT * FROM unnest(cast(:units AS text[]), cast(:years AS int[])) AS u(unit_id, year)
    ORDER BY unit_id, year
    ON CONFLICT DO NOTHING
""")
# Locked in one order by every worker, so that two of them never wait for each other in a ring.
_LOCK = text("""
    SELECT s.unit_id, s.year, s.worksheet_version, s.sheets, s.live, p.edition, p.rule_set, p.target,
           u.unit_id IS NOT NULL AS is_unit_known
    FROM standing s
    LEFT JOIN programme p ON p.unit_id = s.unit_id AND p.year = s.year
    LEFT JOIN unit u ON u.unit_id = s.unit_id
    WHERE (s.unit_id, s.year) IN (
              SELECT * FROM unnest(cast(:units AS text[]), cast(:years AS int[])))
       OR s.unit_id = ANY(cast(:whole_units AS text[]))
    ORDER BY s.unit_id, s.year
    FOR UPDATE OF s
""")


async def lock(
    session: AsyncSession, unit_years: Iterable[UnitYear], whole_units: Sequence[str]
) -> dict[UnitYear, Standing]:
    """Lock and return the standings of these unit years (made when missing) and all of `whole_units`."""
    ordered = sorted(unit_years)
    places = {"units": [unit for unit, _ in ordered], "years": [year for _, year in ordered]}
    if ordered:
        await session.execute(_CREATE, places)
    rows = await session.execute(_LOCK, places | {"whole_units": list(whole_units)})
    return {
        (row.unit_id, row.year): Standing(
            row.worksheet_version,
            unpack(row.sheets, row.live),
            Rules(row.edition, row.rule_set, row.target) if row.edition and row.is_unit_known else None,
        )
        for row in rows
    }


_SAVE = text("""
    UPDATE standing s
    SET worksheet_version = n.worksheet_version, sheets = n.sheets, live = n.live,
        moved_at = clock_timestamp()
    FROM unnest(cast(:units AS text[]), cast(:years AS int[]), cast(:versions AS bigint[]),
                cast(:sheets AS text[]), cast(:live AS text[])) AS n(unit_id, year, worksheet_version, sheets, live)
    WHERE s.unit_id = n.unit_id AND s.year = n.year
""")


async def save(session: AsyncSession, standings: Mapping[UnitYear, Standing]) -> None:
    """Write locked standings back and note that they moved."""
    if not standings:
        return
    packed = [pack(standing.sheets) for standing in standings.values()]
    await session.execute(
        _SAVE,
        {
            "units": [unit for unit, _ in standings],
            "years": [year for _, year in standings],
            "versions": [standing.worksheet_version for standing in standings.values()],
            "sheets": [filled for filled, _ in packed],
            "live": [facts for _, facts in packed],
        },
    )


_SCORES = text("""
    SELECT unit_id, year, layer, edition, total, upper, answered, items, pengungkit, gates_met, version
    FROM score
    WHERE (unit_id, year) IN (SELECT * FROM unnest(cast(:units AS text[]), cast(:years AS int[])))
""")


async def scores(
    session: AsyncSession, unit_years: Iterable[UnitYear]
) -> dict[UnitYear, dict[Layer, StoredScore]]:
    """Return the stored scores by unit year and layer."""
    places = list(unit_years)
    found: dict[UnitYear, dict[Layer, StoredScore]] = {place: {} for place in places}
    if not places:
        return found
    rows = await session.execute(
        _SCORES, {"units": [unit for unit, _ in places], "years": [year for _, year in places]}
    )
    for row in rows:
        score = LayerScore(
            edition=row.edition,
            total=Fraction(row.total),
            upper=Fraction(row.upper),
            answered=row.answered,
            items=row.items,
            pengungkit=Fraction(row.pengungkit),
            gates=gate_keys(row.gates_met),
        )
        found[row.unit_id, row.year][row.layer] = StoredScore(score, row.version)
    return found


_SAVE_SCORES = text("""
    INSERT INTO score AS s (unit_id, year, layer, edition, total, upper, answered, items, points, pengungkit,
                            gates_met, version)
    SELECT * FROM unnest(
        cast(:units AS text[]), cast(:years AS int[]), cast(:layers AS text[]), cast(:editions AS text[]),
        cast(:totals AS text[]), cast(:uppers AS text[]), cast(:answered AS int[]), cast(:items AS int[]),
        cast(:points AS numeric[]), cast(:pengungkit AS numeric[]), cast(:gates AS text[]),
        cast(:versions AS bigint[]))
    ON CONFLICT (unit_id, year, layer) DO UPDATE SET
        edition = excluded.edition, total = excluded.total, upper = excluded.upper,
        answered = excluded.answered, items = excluded.items, points = excluded.points,
        pengungkit = excluded.pengungkit, gates_met = excluded.gates_met, version = excluded.version
""")


async def save_scores(session: AsyncSession, scores: Sequence[tuple[UnitYear, Layer, StoredScore]]) -> None:
    """Write the scores of locked standings."""
    if not scores:
        return
    kept = [stored.score for _, _, stored in scores]
    await session.execute(
        _SAVE_SCORES,
        {
            "units": [unit for (unit, _), _, _ in scores],
            "years": [year for (_, year), _, _ in scores],
            "layers": [layer for _, layer, _ in scores],
            "editions": [score.edition for score in kept],
            "totals": [str(score.total) for score in kept],
            "uppers": [str(score.upper) for score in kept],
            "answered": [score.answered for score in kept],
            "items": [score.items for score in kept],
            "points": [Decimal(decimal12(score.total)) for score in kept],
            "pengungkit": [Decimal(decimal12(score.pengungkit)) for score in kept],
            "gates": [gate_text(score.gates) for score in kept],
            "versions": [stored.version for _, _, stored in scores],
        },
    )


_SAVE_FLIPS = text("""
    INSERT INTO gate AS g (unit_id, year, predicate, gate, is_met, value, minimum, version)
    SELECT *, 1 FROM unnest(
        cast(:units AS text[]), cast(:years AS int[]), cast(:predicates AS text[]), cast(:gates AS text[]),
        cast(:is_met AS boolean[]), cast(:gate_values AS text[]), cast(:minima AS text[]))
    ON CONFLICT (unit_id, year, predicate, gate) DO UPDATE SET
        is_met = excluded.is_met, value = excluded.value, minimum = excluded.minimum, version = g.version + 1
    RETURNING unit_id, year, predicate, gate, version
""")


async def save_flips(
    session: AsyncSession, flips: Sequence[tuple[UnitYear, GateFlip]]
) -> dict[tuple[UnitYear, GateKey], int]:
    """Write flipped gates and return the version of each, by unit year and gate."""
    if not flips:
        return {}
    rows = await session.execute(
        _SAVE_FLIPS,
        {
            "units": [unit for (unit, _), _ in flips],
            "years": [year for (_, year), _ in flips],
            "predicates": [flip.predicate for _, flip in flips],
            "gates": [flip.gate for _, flip in flips],
            "is_met": [flip.is_met for _, flip in flips],
            "gate_values": [str(flip.value) for _, flip in flips],
            "minima": [str(flip.minimum) for _, flip in flips],
        },
    )
    return {((row.unit_id, row.year), (row.predicate, row.gate)): row.version for row in rows}


def gate_text(gates: Iterable[GateKey]) -> str:
    """Return met gates as stored: `WBK:TOTAL WBK:A`."""
    return " ".join(f"{predicate}:{gate}" for predicate, gate in gates)


def gate_keys(stored: str) -> tuple[GateKey, ...]:
    """Return what `gate_text` wrote."""
    pairs = (entry.partition(":") for entry in stored.split())
    return tuple((predicate, gate) for predicate, _, gate in pairs)  # type: ignore[misc]
