"""Queries of the scoreboard: its rows, its years, and how many units are how far."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Numeric,
    RowMapping,
    Table,
    Text,
    and_,
    bindparam,
    column,
    exists,
    func,
    join,
    literal,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.store.reading import counts, verdicts
from services.scoring.tables import PROGRAMME, SCORE, STANDING, TALLY, THRESHOLD, UNIT
from shared.security import Scope

_YEAR = bindparam("year", type_=PROGRAMME.c.year.type)


def _of_year(table: Table) -> ColumnElement[bool]:
    """Keep the rows of a unit's year."""
    return and_(table.c.unit_id == UNIT.c.unit_id, table.c.year == _YEAR)


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
_PLACE = (-_POINTS, -_PENGUNGKIT, UNIT.c.unit_id)
_BOARD = (
    select(
        *UNIT.c["unit_id", "name", "zone", "agency_id"],
        PROGRAMME.c.target,
        *SCORE.c["total", "upper", "answered", "items", "gates_met"],
        _POINTS.label("points"),
        _PENGUNGKIT.label("pengungkit"),
        *STANDING.c["moved_at", "worksheet_version"],
        *_DECIDING.c["campaign_id", "period", "regime"],
        *counts(_DECIDING, TALLY),
        _JUDGED,
        _HAS_SURVEY.label("has_survey"),
    )
    .select_from(
        UNIT.outerjoin(PROGRAMME, _of_year(PROGRAMME))
        .outerjoin(SCORE, _OF_SCORE)
        .outerjoin(STANDING, _of_year(STANDING))
        .outerjoin(_SURVEY, _JUDGED.c.predicate == func.coalesce(PROGRAMME.c.target, "WBK"))
    )
    .where(UNIT.c.is_active)
    .order_by(*_PLACE)
    .limit(bindparam("limit"))
)
_YEARS = (
    select(PROGRAMME.c.year)
    .distinct()
    .join(UNIT, UNIT.c.unit_id == PROGRAMME.c.unit_id)
    .order_by(PROGRAMME.c.year.desc())
)
_MET = func.unnest(SCORE.c.gates_met).table_valued(column("met", Text), name="met")
# Who is ready is `domain.verdict.is_ready`'s rule.
_SCORED = (
    select((func.count() == bindparam("gates")).label("is_met"))
    .select_from(_MET)
    .where(_MET.c.met.like(PROGRAMME.c.target + ":%"))
    .lateral("scored")
)
_IS_SURVEYED = _DECIDING.c.predicates.contains(
    func.jsonb_build_array(func.jsonb_build_object("predicate", PROGRAMME.c.target, "result", "met"))
)
_SUMMARY = (
    select(
        func.count(),
        func.count().filter(_SCORED.c.is_met),
        func.count().filter(_SCORED.c.is_met, _IS_SURVEYED),
    )
    .select_from(
        UNIT.join(PROGRAMME, _of_year(PROGRAMME))
        .outerjoin(SCORE, _OF_SCORE)
        .outerjoin(_DECIDING, true())
        .join(_SCORED, true())
    )
    .where(UNIT.c.is_active)
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
    """Units with a programme; those whose score meets all gates; those whose survey is met as well."""

    units: int
    scored: int
    ready: int


async def summary(session: AsyncSession, scope: Scope, year: int, gates: int) -> Summary:
    """Count the units in scope by how far they are on their own target, which has that many gates."""
    asked = _SUMMARY.where(scope.where(UNIT.c.unit_id, UNIT.c.agency_id))
    return Summary(*(await session.execute(asked, {"year": year, "gates": gates})).one())


async def rows(
    session: AsyncSession,
    scope: Scope,
    year: int,
    *,
    target: str | None,
    after: tuple[Decimal, Decimal, str] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Return units by total, pengungkit, id: the highest first, units without a score last.

    `after` is the key of the last row seen: points, pengungkit, unit id. Cost: one pass over the units in
    scope, which for one agency are few; a national list needs its own projection.
    """
    asked = _BOARD.where(scope.where(UNIT.c.unit_id, UNIT.c.agency_id))
    if target is not None:
        asked = asked.where(PROGRAMME.c.target == target)
    if after is not None:
        points, pengungkit, unit_id = after
        last = (-literal(points, Numeric), -literal(pengungkit, Numeric), literal(unit_id))
        asked = asked.where(tuple_(*_PLACE) > tuple_(*last))
    return (await session.execute(asked, {"year": year, "limit": limit})).mappings().all()
