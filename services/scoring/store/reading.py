"""Queries of the API and the pages; the caller's scope is part of every statement."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    RowMapping,
    TableValuedAlias,
    Text,
    and_,
    any_,
    bindparam,
    column,
    desc,
    false,
    func,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.sheets import UnitYear
from services.scoring.tables import (
    ACTIVITY,
    CHANGE,
    DEADLINE,
    NEWEST_ANSWER,
    PROGRAMME,
    PULSE,
    STANDING,
    TALLY,
    THRESHOLD,
    UNIT,
)
from shared.security import Scope

PageKey = UnitYear | None
"""What a live page stands for: a unit's year, or None for all of them."""


def same_year(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Tell whether two rows are of the same unit's year."""
    return and_(one.c.unit_id == other.c.unit_id, one.c.year == other.c.year)


def verdicts(threshold: FromClause) -> TableValuedAlias:
    """Return a row for each predicate that a campaign was judged against."""
    names = [column("predicate", Text), column("result", Text), column("outlook", Text)]
    lists = [column("failed", ARRAY(Text)), column("unknown", ARRAY(Text))]
    found = func.jsonb_to_recordset(threshold.c.predicates).table_valued(*names, *lists)
    return found.render_derived(name="judged", with_types=True)


def counts(threshold: FromClause, tally: FromClause) -> list[ColumnElement[Any]]:
    """Return the counts of a campaign as survey judged them, and as they are now."""
    judged = threshold.c["willing", "finished", "willing_minimum", "finished_minimum", "index_basis"]
    return [*judged, tally.c.willing.label("live_willing"), tally.c.n.label("live_n")]


_UNIT_ID, _YEAR = bindparam("unit_id", type_=Text), bindparam("year", type_=Integer)


def _of_year(table: FromClause) -> ColumnElement[bool]:
    """Keep the rows of the unit's year that is asked for."""
    return and_(table.c.unit_id == _UNIT_ID, table.c.year == _YEAR)


_UNIT = select(UNIT).where(UNIT.c.unit_id == _UNIT_ID)
_PROGRAMME_YEARS = select(PROGRAMME.c.year).where(PROGRAMME.c.unit_id == _UNIT_ID).order_by(desc("year"))
_STANDING_YEARS = select(STANDING.c.year).where(STANDING.c.unit_id == _UNIT_ID)
_YEARS = _STANDING_YEARS.union(_PROGRAMME_YEARS.order_by(None)).order_by(desc("year"))
_ONE = select(true().label("one")).subquery()
_STANDING = select(
    *STANDING.c["worksheet_version", "sheets", "live", "moved_at"],
    *PROGRAMME.c["target", "edition", "rule_set", "policies"],
    func.now().label("as_of"),
).select_from(_ONE.outerjoin(STANDING, _of_year(STANDING)).outerjoin(PROGRAMME, _of_year(PROGRAMME)))
_ANSWERS = (
    select(NEWEST_ANSWER)
    .where(_of_year(NEWEST_ANSWER), NEWEST_ANSWER.c.item_code == any_(bindparam("codes", type_=ARRAY(Text))))
    .order_by(NEWEST_ANSWER.c.layer)
)
_INDICATOR, _STATE = ACTIVITY.c.indicator_code, ACTIVITY.c.state
_PROGRESS = (
    select(
        _INDICATOR,
        func.count().filter(_STATE == "done").label("done"),
        func.count().filter(_STATE != "cancelled").label("planned"),
    )
    .where(_of_year(ACTIVITY))
    .group_by(_INDICATOR)
    .order_by(_INDICATOR)
)
_OPEN_ACTIVITIES = select(*ACTIVITY.c["indicator_code", "due_on"]).where(
    _of_year(ACTIVITY), _STATE == "planned", ACTIVITY.c.due_on <= bindparam("day", type_=Date)
)
_ACTIVITIES_OF = (
    select(*ACTIVITY.c["state", "due_on"])
    .where(_of_year(ACTIVITY), bindparam("code", type_=Text) == _INDICATOR, _STATE != "cancelled")
    .order_by(ACTIVITY.c.due_on, ACTIVITY.c.activity_id)
)
_RUNNING = select(*DEADLINE.c["case_id", "rule_id", "holder", "due_at"]).where(
    DEADLINE.c.unit_id == _UNIT_ID,
    DEADLINE.c.state == literal_column("'running'"),  # no parameter: the index's condition says it
    DEADLINE.c.due_at <= bindparam("moment", type_=DEADLINE.c.due_at.type),
)
_TALLY = select(TALLY).where(_of_year(TALLY)).subquery("t")
_THRESHOLD = select(THRESHOLD).where(_of_year(THRESHOLD)).subquery("h")
_IS_SAME = _TALLY.c.campaign_id == _THRESHOLD.c.campaign_id
_JUDGED = verdicts(_THRESHOLD)
_SURVEYS = (
    select(
        *(
            func.coalesce(_THRESHOLD.c[name], _TALLY.c[name]).label(name)
            for name in ("campaign_id", "period", "regime")
        ),
        *counts(_THRESHOLD, _TALLY),
        func.coalesce(_THRESHOLD.c.is_deciding, false()).label("is_deciding"),
        _THRESHOLD.c.policy_ids,
        *_TALLY.c["ipak", "ipkp", "released_n"],
        _JUDGED,
    )
    .select_from(_TALLY.join(_THRESHOLD, _IS_SAME, full=True).outerjoin(_JUDGED, true()))
    .order_by(desc("is_deciding"), desc("campaign_id"), _JUDGED.c.predicate)
)
_CHANGES = (
    select(CHANGE)
    .where(_of_year(CHANGE), CHANGE.c.id > bindparam("after"))
    .order_by(CHANGE.c.id.desc())
    .limit(bindparam("limit"))
)
_ASKED = (
    func.unnest(bindparam("unit_ids", type_=ARRAY(Text)), bindparam("years", type_=ARRAY(Integer)))
    .table_valued(column("unit_id", Text), column("year", Integer))
    .render_derived(name="asked")
)
_STAMPS = (
    select(*STANDING.c["unit_id", "year", "moved_at"])
    .join(_ASKED, same_year(STANDING, _ASKED))
    .union_all(select(null(), null(), func.max(PULSE.c.at)))
)


async def unit(session: AsyncSession, scope: Scope, unit_id: str) -> RowMapping | None:
    """Return a unit's entry, None when it is unknown or out of scope."""
    seen = _UNIT.where(scope.where(UNIT.c.unit_id, UNIT.c.agency_id))
    rows = await session.execute(seen, {"unit_id": unit_id})
    return rows.mappings().one_or_none()


async def years(session: AsyncSession, unit_id: str) -> list[int]:
    """Return the years a unit has a programme or facts in, newest first."""
    return list(await session.scalars(_YEARS, {"unit_id": unit_id}))


async def programme_years(session: AsyncSession, unit_id: str) -> list[int]:
    """Return the years a unit has a programme in, newest first."""
    return list(await session.scalars(_PROGRAMME_YEARS, {"unit_id": unit_id}))


async def standing(session: AsyncSession, unit_id: str, year: int) -> RowMapping:
    """Return packed sheets and programme of a unit's year; nulls where nothing is known."""
    return (await session.execute(_STANDING, {"unit_id": unit_id, "year": year})).mappings().one()


async def answers(
    session: AsyncSession, unit_id: str, year: int, codes: Sequence[str]
) -> Sequence[RowMapping]:
    """Return the answer facts of items in all layers, with their origin."""
    found = await session.execute(_ANSWERS, {"unit_id": unit_id, "year": year, "codes": list(codes)})
    return found.mappings().all()


async def progress(session: AsyncSession, unit_id: str, year: int) -> Sequence[RowMapping]:
    """Return done and planned activities by indicator."""
    return (await session.execute(_PROGRESS, {"unit_id": unit_id, "year": year})).mappings().all()


async def open_activities(
    session: AsyncSession, unit_id: str, year: int, last: date
) -> Sequence[tuple[str, date]]:
    """Return indicator and day of the planned activities that are due until a day."""
    rows = await session.execute(_OPEN_ACTIVITIES, {"unit_id": unit_id, "year": year, "day": last})
    return [(row.indicator_code, row.due_on) for row in rows]


async def activities_of(session: AsyncSession, unit_id: str, year: int, code: str) -> Sequence[RowMapping]:
    """Return state and day of the activities of an indicator or hasil item, the first due first."""
    found = await session.execute(_ACTIVITIES_OF, {"unit_id": unit_id, "year": year, "code": code})
    return found.mappings().all()


async def running_deadlines(
    session: AsyncSession, unit_id: str, last: datetime
) -> Sequence[tuple[str, str, str | None, datetime]]:
    """Return case, policy id, holder and moment of a unit's clocks that run out until a moment, and at it."""
    rows = await session.execute(_RUNNING, {"unit_id": unit_id, "moment": last})
    return [(row.case_id, row.rule_id, row.holder, row.due_at) for row in rows]


async def surveys(session: AsyncSession, unit_id: str, year: int) -> Sequence[RowMapping]:
    """Return campaigns with counts and verdicts, a row per campaign and predicate: the deciding one first.

    A campaign without thresholds has one row without a verdict; one without a tally has no live counts.
    """
    return (await session.execute(_SURVEYS, {"unit_id": unit_id, "year": year})).mappings().all()


async def changes(
    session: AsyncSession, unit_id: str, year: int, *, after: int = 0, limit: int = 20
) -> Sequence[RowMapping]:
    """Return the newest lines of the change log, newest first."""
    found = await session.execute(
        _CHANGES, {"unit_id": unit_id, "year": year, "after": after, "limit": limit}
    )
    return found.mappings().all()


async def stamps(session: AsyncSession, keys: Collection[PageKey]) -> Mapping[PageKey, datetime | None]:
    """Return when each of these moved last; a unit's year without facts is left out."""
    unit_years = [key for key in keys if key is not None]
    asked = {"unit_ids": [unit_id for unit_id, _ in unit_years], "years": [year for _, year in unit_years]}
    rows = await session.execute(_STAMPS, asked)
    return {None if row.unit_id is None else (row.unit_id, row.year): row.moved_at for row in rows}
