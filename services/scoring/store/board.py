"""Queries of the scoreboard: its rows, its years, and how many units are how far."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Numeric,
    RowMapping,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    exists,
    false,
    func,
    join,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.store.reading import counts, verdicts
from services.scoring.tables import PROGRAMME, SCORE, STANDING, TALLY, THRESHOLD, UNIT
from shared.instruments.lke import PREDICATES, Predicate, gate_minima, rule_set, rule_set_for_year
from shared.kernel import Zone
from shared.security import Scope

Order = Literal["total", "name", "gate", "completeness"]

_YEAR = bindparam("year", type_=PROGRAMME.c.year.type)


def _of_year(table: Table) -> ColumnElement[bool]:
    """Keep the rows of a unit's year."""
    return and_(table.c.unit_id == UNIT.c.unit_id, table.c.year == _YEAR)


_PRESENT = func.date_part("year", func.timezone(Zone.WIB.tz.key, func.now()))
_IS_LISTED = or_(UNIT.c.is_active, and_(PROGRAMME.c.target.is_not(None), _YEAR < _PRESENT))
"""A unit that was closed or merged leaves the present board; the years that are over keep it."""
_IS_EFFECTIVE = SCORE.c.layer == literal_column("'effective'")  # no parameter: the index's condition says it
_OF_SCORE = and_(_of_year(SCORE), _IS_EFFECTIVE)
_DECIDING = (
    select(THRESHOLD)
    .where(_of_year(THRESHOLD), THRESHOLD.c.is_deciding)
    .order_by(THRESHOLD.c.campaign_id.desc())
    .limit(1)
    .lateral("h")
)
"""The campaign that decides for a unit: survey names one, the newest while it moves from one to another."""
_JUDGED = verdicts(_DECIDING)
_SURVEY = join(_DECIDING, _JUDGED, true()).outerjoin(TALLY, TALLY.c.campaign_id == _DECIDING.c.campaign_id)
_HAS_SURVEY = exists().where(_of_year(TALLY)).correlate(UNIT)
_POINTS, _PENGUNGKIT = func.coalesce(SCORE.c.points, -1), func.coalesce(SCORE.c.pengungkit, -1)
_ANSWERED = func.coalesce(SCORE.c.answered, -1)
_IS_OF_TARGET = PROGRAMME.c.target == literal_column("'WBBM'")
_MEASURED = func.unnest(
    cast(func.string_to_array(STANDING.c.gate_points, " "), ARRAY(BigInteger)),
    case(
        (_IS_OF_TARGET, bindparam("minima_wbbm", type_=ARRAY(BigInteger))),
        else_=bindparam("minima_wbk", type_=ARRAY(BigInteger)),
    ),
    bindparam("gate_codes", type_=ARRAY(Text)),
)
_GATE = _MEASURED.table_valued(
    *(column("gate_points", BigInteger), column("gate_minimum", BigInteger), column("gate", Text)),
    with_ordinality="place",
    name="measured",
).render_derived()
_GAP = func.round(cast(_GATE.c.gate_minimum - _GATE.c.gate_points, Numeric) / _GATE.c.gate_minimum, 12)
_NEAREST = (
    select(*_GATE.c["gate", "gate_points"], _GAP.label("gap"))
    .where(_GATE.c.gate_points < _GATE.c.gate_minimum)
    .order_by(_GAP, _GATE.c.place)
    .limit(1)
    .lateral("nearest")
)
"""The missed gate with the smallest shortfall relative to its minimum: `domain.verdict.nearest`'s rule."""
_IS_COUNTED = func.coalesce(STANDING.c.gate_points, "") != ""
_DISTANCE = func.coalesce(_NEAREST.c.gap, case((_IS_COUNTED, 0), else_=2))
_KEYS: Mapping[Order, tuple[ColumnElement[Any], ...]] = {
    "total": (-_POINTS, -_PENGUNGKIT, UNIT.c.unit_id),
    "name": (UNIT.c.name, UNIT.c.unit_id),
    "gate": (_DISTANCE, -_POINTS, UNIT.c.unit_id),
    "completeness": (-_ANSWERED, UNIT.c.unit_id),
}
"""What each order sorts by, ascending: the best first. Units without a score come last, but by name."""
_BOARD = (
    select(
        *UNIT.c["unit_id", "name", "zone", "agency_id", "region"],
        PROGRAMME.c.target,
        *SCORE.c["total", "upper", "answered", "items", "gates_met"],
        _POINTS.label("points"),
        _PENGUNGKIT.label("pengungkit"),
        *STANDING.c["moved_at", "worksheet_version"],
        *_DECIDING.c["campaign_id", "period", "regime"],
        *counts(_DECIDING, TALLY),
        _JUDGED,
        _HAS_SURVEY.label("has_survey"),
        *_NEAREST.c["gate", "gate_points"],
        _DISTANCE.label("distance"),
        _ANSWERED.label("filled"),
    )
    .select_from(
        UNIT.outerjoin(PROGRAMME, _of_year(PROGRAMME))
        .outerjoin(SCORE, _OF_SCORE)
        .outerjoin(STANDING, _of_year(STANDING))
        .outerjoin(_SURVEY, _JUDGED.c.predicate == func.coalesce(PROGRAMME.c.target, "WBK"))
        .outerjoin(_NEAREST, true())
    )
    .where(_IS_LISTED)
    .limit(bindparam("limit"))
)
_REGIONS = select(UNIT.c.region).where(UNIT.c.is_active, UNIT.c.region.is_not(None)).distinct()
_HEIR = UNIT.alias("heir")
_MERGED = (
    select(*UNIT.c["unit_id", "name"], _HEIR.c.unit_id.label("heir_id"), _HEIR.c.name.label("heir_name"))
    .join(_HEIR, _HEIR.c.unit_id == UNIT.c.merged_into)
    .order_by(UNIT.c.name, UNIT.c.unit_id)
)
_YEARS = (
    select(PROGRAMME.c.year)
    .distinct()
    .join(UNIT, UNIT.c.unit_id == PROGRAMME.c.unit_id)
    .order_by(PROGRAMME.c.year.desc())
)
_MET = func.unnest(SCORE.c.gates_met).table_valued(column("met", Text), name="met")
_MET_COUNT = (
    select(func.count()).select_from(_MET).where(_MET.c.met.like(PROGRAMME.c.target + ":%")).scalar_subquery()
)
_IS_SCORED = bindparam("gates") == _MET_COUNT
_IS_SURVEYED = _DECIDING.c.predicates.contains(
    func.jsonb_build_array(func.jsonb_build_object("predicate", PROGRAMME.c.target, "result", "met"))
)
_IS_READY = func.coalesce(and_(_IS_SCORED, _IS_SURVEYED), false())
"""`domain.verdict.is_ready`'s rule."""
_SUMMARY = (
    select(
        func.count(),
        func.count(PROGRAMME.c.target),
        func.count().filter(_IS_SCORED),
        func.count().filter(_IS_READY),
        func.count().filter(_IS_OF_TARGET),
    )
    .select_from(
        UNIT.outerjoin(PROGRAMME, _of_year(PROGRAMME))
        .outerjoin(SCORE, _OF_SCORE)
        .outerjoin(_DECIDING, true())
    )
    .where(_IS_LISTED)
)
_GATES = (
    select(_MET.c.met, func.count().label("units"))
    .select_from(join(SCORE, _MET, true()))
    .where(_IS_EFFECTIVE, SCORE.c.year == select(func.max(PROGRAMME.c.year)).scalar_subquery())
    .group_by(_MET.c.met)
)


async def units_by_gate(session: AsyncSession) -> Mapping[str, int]:
    """Return by name of a gate how many units meet it in the newest year that has programmes."""
    return {row.met: row.units for row in await session.execute(_GATES)}


async def years(session: AsyncSession, scope: Scope) -> list[int]:
    """Return the years that have programmes in scope, newest first."""
    return list(await session.scalars(_YEARS.where(scope.where(UNIT.c.unit_id, UNIT.c.agency_id))))


class Summary(NamedTuple):
    """Units that are listed; of these with a programme, all gates met, the survey too, aiming at WBBM."""

    listed: int
    units: int
    scored: int
    ready: int
    wbbm: int


class Filters(NamedTuple):
    """Which units of a year are shown, None all; `is_ready` is about score and survey of the own target."""

    target: Predicate | None = None
    is_ready: bool | None = None
    region: str | None = None


async def regions(session: AsyncSession, scope: Scope) -> list[str]:
    """Return the regions that units in scope lie in, by name."""
    asked = _REGIONS.where(scope.where(UNIT.c.unit_id, UNIT.c.agency_id))
    return sorted(region for region in await session.scalars(asked) if region)


async def merged(session: AsyncSession, scope: Scope) -> Sequence[RowMapping]:
    """Return the units in scope that went into others, by name: the board shows these in their place."""
    asked = _MERGED.where(scope.where(UNIT.c.unit_id, UNIT.c.agency_id))
    return (
        (await session.execute(asked.where(scope.where(_HEIR.c.unit_id, _HEIR.c.agency_id)))).mappings().all()
    )


async def summary(
    session: AsyncSession, scope: Scope, year: int, gates: int, region: str | None = None
) -> Summary:
    """Count the units in scope by how far they are on their own target, which has that many gates."""
    asked = _SUMMARY.where(scope.where(UNIT.c.unit_id, UNIT.c.agency_id))
    if region is not None:
        asked = asked.where(UNIT.c.region == region)
    return Summary(*(await session.execute(asked, {"year": year, "gates": gates})).one())


async def rows(
    session: AsyncSession,
    scope: Scope,
    year: int,
    *,
    filters: Filters = Filters(),
    order: Order = "total",
    after: tuple[Any, ...] | None,
    limit: int | None,
) -> Sequence[RowMapping]:
    """Return units in an order, the best first and units without a score last; all of them without `limit`.

    `after` is the `key` of the last row seen. Cost: one pass over the units in scope, which for one agency
    are few; a national list needs its own projection.
    """
    asked = _filtered(scope, filters).order_by(*_KEYS[order])
    if after is not None:
        asked = asked.where(tuple_(*_KEYS[order]) > tuple_(*_last(order, after)))
    return (await session.execute(asked, _given(year, limit))).mappings().all()


async def nearest(
    session: AsyncSession, scope: Scope, year: int, region: str | None = None
) -> RowMapping | None:
    """Return the unit that is nearest to its own predicate, None without any that answers and is not ready.

    The fewest missed gates come first, then the smallest gap: who lacks only the survey is nearest of all.
    """
    asked = _filtered(scope, Filters(is_ready=False, region=region)).where(SCORE.c.answered > 0)
    first = asked.order_by(_MET_COUNT.desc(), *_KEYS["gate"])
    return (await session.execute(first, _given(year, 1))).mappings().one_or_none()


def _filtered(scope: Scope, filters: Filters) -> Select[*tuple[Any, ...]]:
    asked = _BOARD.where(scope.where(UNIT.c.unit_id, UNIT.c.agency_id))
    if filters.target is not None:
        asked = asked.where(PROGRAMME.c.target == filters.target)
    if filters.region is not None:
        asked = asked.where(UNIT.c.region == filters.region)
    if filters.is_ready is not None:
        asked = asked.where(PROGRAMME.c.target.is_not(None), _IS_READY if filters.is_ready else ~_IS_READY)
    return asked


def _given(year: int, limit: int | None) -> dict[str, object]:
    rules = rule_set(rule_set_for_year(year))
    minima = {predicate: gate_minima(rules, predicate) for predicate in PREDICATES}
    return {
        "year": year,
        "limit": limit,
        "gates": len(minima["WBK"]),
        "gate_codes": list(minima["WBK"]),
        "minima_wbk": list(minima["WBK"].values()),
        "minima_wbbm": list(minima["WBBM"].values()),
    }


def key(row: RowMapping, order: Order) -> tuple[str | int, ...]:
    """Return the place of a row in an order, as a cursor carries it."""
    unit_id: str = row["unit_id"]
    match order:
        case "total":
            return str(row["points"]), str(row["pengungkit"]), unit_id
        case "name":
            return row["name"], unit_id
        case "gate":
            return str(row["distance"]), str(row["points"]), unit_id
        case "completeness":
            return str(row["filled"]), unit_id


def _last(order: Order, after: tuple[Any, ...]) -> tuple[ColumnElement[Any], ...]:
    """Return the values that `_KEYS` has in the last row seen: what is best first is negative there."""
    *parts, unit_id = after
    signs: Mapping[Order, tuple[int, ...]] = {"total": (-1, -1), "gate": (1, -1), "completeness": (-1,)}
    if order == "name":
        return literal(parts[0], Text), literal(unit_id, Text)
    numbers = (literal(sign * part, Numeric) for sign, part in zip(signs[order], parts, strict=True))
    return *numbers, literal(unit_id, Text)
