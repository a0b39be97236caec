"""Queries of the scoreboard: its rows, its years, and how many units are how far.

Each looks at all units in scope by what orders and counts them alone, some 5 us each; what is shown of a unit
is read for those that are shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    Join,
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
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.store.reading import counts, same_year, verdicts
from services.scoring.tables import CANDIDACY, PROGRAMME, SCORE, STAGE, STANDING, TALLY, THRESHOLD, UNIT
from shared.instruments.lke import PREDICATES, Predicate, gate_minima, rule_set_for_year, rule_sets
from shared.kernel import Zone
from shared.security import Scope

Order = Literal["total", "name", "gate", "completeness"]
Filled = Literal["empty", "part", "full"]
"""No item answered, some, or all."""
SurveyState = Literal["met", "not_met", "none"]
"""As the deciding campaign judged the own target, none without one."""
FIRST_STAGE = "pengisian"
"""Where an assessment stands that nobody moved yet."""
MOST_STATEMENTS = 256
"""Statements that are kept as they were put together, which takes 3 ms: by scope, filters and page."""

_YEAR = bindparam("year", type_=PROGRAMME.c.year.type)


def _of_year(table: Table) -> ColumnElement[bool]:
    """Keep the rows of a unit's year."""
    return and_(table.c.unit_id == UNIT.c.unit_id, table.c.year == _YEAR)


_PRESENT = func.date_part("year", func.timezone(Zone.WIB.tz.key, func.now()))
_IS_LISTED = or_(UNIT.c.is_active, and_(PROGRAMME.c.target.is_not(None), _YEAR < _PRESENT))
"""A unit that was closed or merged leaves the present board; the years that are over keep it."""
_IS_EFFECTIVE = SCORE.c.layer == literal_column("'effective'")  # no parameter: the index's condition says it
_OF_SCORE = and_(_of_year(SCORE), _IS_EFFECTIVE)
_NEWER = THRESHOLD.alias("newer")
_DECIDING = (
    select(THRESHOLD)
    .where(
        THRESHOLD.c.year == _YEAR,
        THRESHOLD.c.is_deciding,
        ~exists().where(
            same_year(_NEWER, THRESHOLD), _NEWER.c.is_deciding, _NEWER.c.campaign_id > THRESHOLD.c.campaign_id
        ),
    )
    .subquery("h")
)
"""The campaign that decides for a unit: survey names one, the newest while it moves from one to another."""
_OF_UNIT = _DECIDING.c.unit_id == UNIT.c.unit_id
_JUDGED = verdicts(_DECIDING)
_SURVEY = join(_DECIDING, _JUDGED, true()).outerjoin(TALLY, TALLY.c.campaign_id == _DECIDING.c.campaign_id)
_HAS_SURVEY = exists().where(_of_year(TALLY)).correlate(UNIT)
_POINTS, _PENGUNGKIT = func.coalesce(SCORE.c.points, -1), func.coalesce(SCORE.c.pengungkit, -1)
_ANSWERED = func.coalesce(SCORE.c.answered, -1)
_WBBM: ColumnElement[str] = literal_column("'WBBM'")
_WBK: ColumnElement[str] = literal_column("'WBK'")


def _floors() -> CTE:
    """Select the gates of each rule set and predicate, minima and codes as `gate_points` orders them."""
    given = (
        func.unnest(*(bindparam(f"floor_{name}", type_=ARRAY(Text)) for name in _FLOOR_COLUMNS))
        .table_valued(*(column(name, Text) for name in _FLOOR_COLUMNS))
        .render_derived(name="given")
    )
    codes = func.string_to_array(given.c.codes, " ")
    return (
        select(
            *given.c["rule_set", "target"],
            cast(func.string_to_array(given.c.minima, " "), ARRAY(BigInteger)).label("minima"),
            codes.label("codes"),
            func.cardinality(codes).label("gates"),
        )
        .cte("floor")
        .prefix_with("MATERIALIZED")  # made once, not anew for every unit
    )


_FLOOR_COLUMNS = ("rule_set", "target", "minima", "codes")
_FLOOR = _floors()
_OF_PROGRAMME = and_(
    _FLOOR.c.rule_set == func.coalesce(PROGRAMME.c.rule_set, bindparam("rules_of_year", type_=Text)),
    _FLOOR.c.target == func.coalesce(PROGRAMME.c.target, _WBK),
)
"""The gates that a unit is measured by: its programme pinned them, or would now."""


def _missed_gates(
    minima: ColumnElement[Any], codes: ColumnElement[Any], *, looks_in_standing: bool = False
) -> Select[*tuple[Any, ...]]:
    """Select the missed gate with the least shortfall relative to its minimum: `verdict.nearest`'s rule.

    Of the standing beside it, or else of the one that it looks for.
    """
    gate = (
        func.unnest(
            cast(func.string_to_array(STANDING.c.gate_points, " "), ARRAY(BigInteger)),
            *(minima, codes),
        )
        .table_valued(
            *(column("gate_points", BigInteger), column("minimum", BigInteger), column("gate", Text)),
            with_ordinality="place",
            name="measured",
        )
        .render_derived()
    )
    gap = func.round(cast(gate.c.minimum - gate.c.gate_points, Numeric) / gate.c.minimum, 12)
    source = STANDING.join(gate, true()) if looks_in_standing else gate
    asked = select(*gate.c["gate", "gate_points"], gap.label("gap")).select_from(source)
    return asked.where(gate.c.gate_points < gate.c.minimum).order_by(gap, gate.c.place).limit(1)


_NEAREST = _missed_gates(_FLOOR.c.minima, _FLOOR.c.codes).lateral("nearest")
_IS_COUNTED = func.coalesce(STANDING.c.gate_points, "") != ""
_DISTANCE = func.coalesce(_NEAREST.c.gap, case((_IS_COUNTED, 0), else_=2))
_KEYS: Mapping[Order, tuple[ColumnElement[Any], ...]] = {
    "total": (-_POINTS, -_PENGUNGKIT, UNIT.c.unit_id),
    "name": (UNIT.c.name, UNIT.c.unit_id),
    "gate": (_DISTANCE, -_POINTS, UNIT.c.unit_id),
    "completeness": (-_ANSWERED, UNIT.c.unit_id),
}
"""What each order sorts by, ascending: the best first. Units without a score come last, but by name."""
_PLACED = UNIT.outerjoin(PROGRAMME, _of_year(PROGRAMME)).outerjoin(SCORE, _OF_SCORE)
_MET_COUNT = case(
    # Who meets all gates of both predicates needs no count of names, which is half of a pass: 2 us a unit.
    (
        and_(PROGRAMME.c.target.is_not(None), func.cardinality(SCORE.c.gates_met) == 2 * _FLOOR.c.gates),
        _FLOOR.c.gates,
    ),
    else_=func.cardinality(
        func.string_to_array(func.array_to_string(SCORE.c.gates_met, " "), PROGRAMME.c.target + ":")
    )
    - 1,
)
_IS_SURVEYED = func.coalesce(
    _DECIDING.c.predicates.contains(
        case(
            (PROGRAMME.c.target == _WBBM, bindparam("surveyed_wbbm", type_=JSONB)),
            else_=bindparam("surveyed_wbk", type_=JSONB),
        )
    ),
    false(),
)
_FILLED: Mapping[Filled, ColumnElement[bool]] = {
    "empty": func.coalesce(SCORE.c.answered, 0) == 0,
    "part": and_(SCORE.c.answered > 0, SCORE.c.answered < SCORE.c["items"]),
    "full": SCORE.c.answered == SCORE.c["items"],
}
_CANDIDATE = exists().where(_of_year(CANDIDACY), CANDIDACY.c.state != literal_column("'withdrawn'"))
_IS_NOMINATED = _CANDIDATE.correlate(UNIT)
_STAGE_OF = (
    select(func.coalesce(func.max(STAGE.c.stage), FIRST_STAGE))
    .where(_of_year(STAGE))
    .correlate(UNIT)
    .scalar_subquery()
)
_SHOWN = (
    *UNIT.c["unit_id", "name", "zone", "agency_id", "region"],
    *PROGRAMME.c["target", "rule_set"],
    *SCORE.c["total", "upper", "answered", "items", "gates_met"],
    _POINTS.label("points"),
    _PENGUNGKIT.label("pengungkit"),
    *STANDING.c["moved_at", "worksheet_version"],
    *_DECIDING.c["campaign_id", "period", "regime"],
    *counts(_DECIDING, TALLY),
    _JUDGED,
    _HAS_SURVEY.label("has_survey"),
    _STAGE_OF.label("stage"),
    _IS_NOMINATED.label("is_nominated"),
    *_NEAREST.c["gate", "gate_points"],
    _DISTANCE.label("distance"),
    _ANSWERED.label("filled"),
)
_REGIONS = select(UNIT.c.region).where(UNIT.c.is_active, UNIT.c.region.is_not(None)).distinct()
_HEIR = UNIT.alias("heir")
_MERGED = (
    select(*UNIT.c["unit_id", "name"], _HEIR.c.unit_id.label("heir_id"), _HEIR.c.name.label("heir_name"))
    .join(_HEIR, _HEIR.c.unit_id == UNIT.c.merged_into)
    .order_by(UNIT.c.name, UNIT.c.unit_id)
)
_YEARS = select(PROGRAMME.c.year).distinct().order_by(PROGRAMME.c.year.desc())
_NEWEST_YEAR = select(func.max(PROGRAMME.c.year)).scalar_subquery()
_RULES_IN_USE = (
    select(PROGRAMME.c.rule_set)
    .distinct()
    .where(PROGRAMME.c.year == _NEWEST_YEAR)
    .order_by(PROGRAMME.c.rule_set)
)
_MET = func.unnest(SCORE.c.gates_met).table_valued(column("met", Text), name="met")
_GATES = (
    select(_MET.c.met, func.count().label("units"))
    .select_from(join(SCORE, _MET, true()))
    .where(_IS_EFFECTIVE, SCORE.c.year == _NEWEST_YEAR)
    .group_by(_MET.c.met)
)


async def units_by_gate(session: AsyncSession) -> Mapping[str, int]:
    """Return by name of a gate how many units meet it in the newest year that has programmes."""
    return {row.met: row.units for row in await session.execute(_GATES)}


async def rule_sets_in_use(session: AsyncSession) -> list[str]:
    """Return the rule sets that programmes of the newest year have pinned, by id."""
    return list(await session.scalars(_RULES_IN_USE))


async def years(session: AsyncSession, scope: Scope) -> list[int]:
    """Return the years that have programmes in scope, newest first."""
    asked = _YEARS
    if scope.level != "national":  # whose units need not be looked up
        mine = scope.where(UNIT.c.unit_id, UNIT.c.agency_id)
        asked = asked.join(UNIT, UNIT.c.unit_id == PROGRAMME.c.unit_id).where(mine)
    return list(await session.scalars(asked))


class Summary(NamedTuple):
    """Units that are listed; of these with a programme, all gates met, the survey too, aiming at WBBM."""

    listed: int
    units: int
    scored: int
    ready: int
    wbbm: int


class Filters(NamedTuple):
    """Which units of a year are shown, None all; score, gates and survey are about the own target.

    `missed` is a gate that is not met, `filled` how far the worksheet is, `survey` how the deciding campaign
    stands. An assessment that was never told of is being filled; `is_nominated` are those that are proposed
    and were not withdrawn, `proposed_for` those of one predicate, whatever their programme aims at.
    `agency_id` narrows what a caller of several agencies sees.
    """

    target: Predicate | None = None
    is_ready: bool | None = None
    region: str | None = None
    missed: str | None = None
    filled: Filled | None = None
    survey: SurveyState | None = None
    stage: str | None = None
    is_nominated: bool | None = None
    proposed_for: Predicate | None = None
    agency_id: str | None = None


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

    `after` is the `key` of the last row seen. Cost: one narrow pass over the units in scope, by gate with the
    distance of each, and all that is shown of the rows returned.
    """
    asked = _rows(scope, filters, order, after)
    return (await session.execute(asked, _given(year) | {"limit": limit})).mappings().all()


@lru_cache(MOST_STATEMENTS)
def _rows(
    scope: Scope, filters: Filters, order: Order, after: tuple[Any, ...] | None
) -> Select[*tuple[Any, ...]]:
    source = _PLACED
    if order == "gate" or filters.is_ready is not None:
        source = _with_floor(source)
    if order == "gate":
        source = _with_nearest(source)
    if filters.is_ready is not None or filters.survey is not None:
        source = source.outerjoin(_DECIDING, _OF_UNIT)
    if filters.stage is not None:
        source = source.outerjoin(STAGE, _of_year(STAGE))
    places = _listed(source, scope, filters).order_by(*_KEYS[order]).limit(bindparam("limit"))
    if after is not None:
        places = places.where(tuple_(*_KEYS[order]) > tuple_(*_last(order, after)))
    return _told(places.cte("place")).order_by(*_KEYS[order])


async def overview(
    session: AsyncSession, scope: Scope, year: int, region: str | None = None
) -> tuple[Summary, RowMapping | None]:
    """Count the units in scope by how far they are on their own target, and return the nearest to it.

    Nearest is, of those that answer and are not ready, who misses the fewest gates, then who has the smallest
    gap: who lacks only the survey is nearest of all. None when there is no such unit.
    """
    asked = _overview(scope, region)
    found = (await session.execute(asked, _given(year))).mappings().one()
    summary = Summary(*(found[name] for name in Summary._fields))
    return summary, None if found["unit_id"] is None else found


@lru_cache(MOST_STATEMENTS)
def _overview(scope: Scope, region: str | None) -> Select[*tuple[Any, ...]]:
    far = (
        _listed(_with_floor(_PLACED).outerjoin(_DECIDING, _OF_UNIT), scope, Filters(region=region))
        .add_columns(
            PROGRAMME.c.target,
            PROGRAMME.c.rule_set,
            _ANSWERED.label("answered"),
            _POINTS.label("points"),
            (_FLOOR.c.gates - _MET_COUNT).label("missed"),
            _IS_SURVEYED.label("is_surveyed"),
        )
        .cte("far")
    )
    is_ready = _is_ready(far.c.missed, far.c.is_surveyed)
    on_its_way = and_(far.c.target.is_not(None), ~is_ready, far.c.answered > 0)
    fewest = select(func.min(far.c.missed)).where(on_its_way).scalar_subquery()
    # Who misses none is not looked at further: at the end of a year those are most.
    gate = (
        _missed_gates(_FLOOR.c.minima, _FLOOR.c.codes, looks_in_standing=True)
        .where(STANDING.c.unit_id == far.c.unit_id, STANDING.c.year == _YEAR, far.c.missed > 0)
        .lateral("nearest")
    )
    place = (
        select(far.c.unit_id)
        .join(_FLOOR, and_(_FLOOR.c.rule_set == far.c.rule_set, _FLOOR.c.target == far.c.target))
        .outerjoin(gate, true())
        .where(on_its_way, far.c.missed == fewest)
        .order_by(func.coalesce(gate.c.gap, 0), -far.c.points, far.c.unit_id)
        .limit(1)
        .cte("place")
    )
    counted = select(
        func.count().label("listed"),
        func.count(far.c.target).label("units"),
        func.count().filter(far.c.missed == 0).label("scored"),
        func.count().filter(is_ready).label("ready"),
        func.count().filter(far.c.target == _WBBM).label("wbbm"),
    ).subquery("counted")
    nearest = _told(place).subquery("nearest_unit")
    return select(counted, nearest).select_from(counted.outerjoin(nearest, true()))


def _is_ready(missed: ColumnElement[int], is_surveyed: ColumnElement[bool]) -> ColumnElement[bool]:
    """Tell whether all gates of the target and its survey are met: `domain.verdict.is_ready`'s rule."""
    return and_(missed == 0, is_surveyed)


def _with_floor(source: Join) -> Join:
    return source.outerjoin(_FLOOR, _OF_PROGRAMME)


def _with_nearest(source: Join) -> Join:
    return source.outerjoin(STANDING, _of_year(STANDING)).outerjoin(_NEAREST, true())


def _listed(source: Join, scope: Scope, filters: Filters) -> Select[*tuple[Any, ...]]:
    """Select the units that a list shows, by no more than their ids."""
    asked = (
        select(UNIT.c.unit_id)
        .select_from(source)
        .where(_IS_LISTED, scope.where(UNIT.c.unit_id, UNIT.c.agency_id))
    )
    if filters.target is not None:
        asked = asked.where(PROGRAMME.c.target == filters.target)
    if filters.region is not None:
        asked = asked.where(UNIT.c.region == filters.region)
    if filters.is_ready is not None:
        is_ready = func.coalesce(_is_ready(_FLOOR.c.gates - _MET_COUNT, _IS_SURVEYED), false())
        asked = asked.where(PROGRAMME.c.target.is_not(None), is_ready if filters.is_ready else ~is_ready)
    return asked.where(*_narrowed(filters))


def _narrowed(filters: Filters) -> Iterator[ColumnElement[bool]]:
    """Yield what more a unit must be to be listed."""
    has_programme = PROGRAMME.c.target.is_not(None)
    if filters.agency_id is not None:
        yield UNIT.c.agency_id == filters.agency_id
    if filters.missed is not None:
        met = PROGRAMME.c.target + f":{filters.missed}" == func.any(SCORE.c.gates_met)
        yield and_(has_programme, ~func.coalesce(met, false()))
    if filters.filled is not None:
        yield _FILLED[filters.filled]
    if filters.survey is not None:
        is_judged = _DECIDING.c.campaign_id.is_not(None)
        states: Mapping[SurveyState, ColumnElement[bool]] = {
            "met": _IS_SURVEYED,
            "not_met": and_(is_judged, ~_IS_SURVEYED),
            "none": ~is_judged,
        }
        yield and_(has_programme, states[filters.survey])
    if filters.stage is not None:
        yield and_(has_programme, func.coalesce(STAGE.c.stage, FIRST_STAGE) == filters.stage)
    if filters.is_nominated is not None:
        yield _IS_NOMINATED if filters.is_nominated else ~_IS_NOMINATED
    if filters.proposed_for is not None:
        yield _CANDIDATE.where(CANDIDACY.c.predicate == filters.proposed_for).correlate(UNIT)


def _told(places: CTE) -> Select[*tuple[Any, ...]]:
    """Select what is shown of the units in some places."""
    source = (
        join(places, UNIT, UNIT.c.unit_id == places.c.unit_id)
        .outerjoin(PROGRAMME, _of_year(PROGRAMME))
        .outerjoin(SCORE, _OF_SCORE)
    )
    judged = and_(_OF_UNIT, _JUDGED.c.predicate == func.coalesce(PROGRAMME.c.target, "WBK"))
    return select(*_SHOWN).select_from(_with_nearest(_with_floor(source)).outerjoin(_SURVEY, judged))


def _given(year: int) -> dict[str, object]:
    floors = [
        (rules.id, predicate, " ".join(map(str, minima.values())), " ".join(minima))
        for rules in rule_sets().values()
        for predicate in PREDICATES
        for minima in [gate_minima(rules, predicate)]
    ]
    return {
        "year": year,
        "rules_of_year": rule_set_for_year(year),
        **{
            f"floor_{name}": list(found)
            for name, found in zip(_FLOOR_COLUMNS, zip(*floors, strict=True), strict=True)
        },
        "surveyed_wbk": [{"predicate": "WBK", "result": "met"}],
        "surveyed_wbbm": [{"predicate": "WBBM", "result": "met"}],
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
