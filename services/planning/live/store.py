"""What is known of a unit's year, and the facts that a submission kept."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Text,
    and_,
    any_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.live.domain import (
    Campaign,
    Entity,
    Heard,
    LiveAnswer,
    Proof,
    Proofs,
    Step,
    Sum,
    Sums,
)
from services.planning.live.tables import (
    FROZEN_FACT,
    LIVE_CAMPAIGN,
    LIVE_CASE,
    LIVE_DESIGNATION,
    LIVE_EVALUATION,
    LIVE_REVIEW,
)
from services.planning.tables import ACTIVITY, PROGRAMME, UNIT
from shared.kernel import Zone

_COUNTS_NOWHERE = literal("none")
_PLACE = case({zone.value: zone.tz.key for zone in Zone}, value=UNIT.c.zone)
_TODAY = cast(func.timezone(_PLACE, func.zi_now()), Date)
_IS_DONE = ACTIVITY.c.state == "done"
_STEPS = ACTIVITY.join(PROGRAMME).join(UNIT, UNIT.c.unit_id == PROGRAMME.c.unit_id)


async def heard(session: AsyncSession, unit_id: str, year: int) -> Heard:
    """Return what other services and the work plan tell of a unit's year; one statement for each."""
    cases: dict[tuple[str, str], list[Entity]] = defaultdict(list)
    told = select(LIVE_CASE).where(_cases_of(unit_id, year))
    for row in await session.execute(told.order_by(LIVE_CASE.c.case_id)):
        cases[row.stream, row.counts_as].append(Entity(row.case_id, row.version, row.told_at))
    campaigns = select(LIVE_CAMPAIGN).where(LIVE_CAMPAIGN.c.unit_id == unit_id, LIVE_CAMPAIGN.c.year == year)
    asked = select(*ACTIVITY.c["activity_id", "version", "updated_at"], _IS_DONE.label("is_done"))
    steps = asked.select_from(_STEPS).where(_steps_of(unit_id, year))
    return Heard(
        cases,
        [
            Campaign(row.campaign_id, row.version, row.told_at, row.regime, row.period, row.released_n > 0)
            for row in await session.execute(campaigns.order_by(LIVE_CAMPAIGN.c.campaign_id))
        ],
        [
            Step(str(row.activity_id), row.version, row.updated_at, row.is_done)
            for row in await session.execute(steps.order_by(ACTIVITY.c.activity_id))
        ],
        await _proofs(session, unit_id, year),
    )


async def sums(session: AsyncSession, unit_id: str, year: int) -> Sums:
    """Return the figures of what `heard` returns one by one; one statement for each kind."""
    of, by = LIVE_CASE.c, LIVE_CAMPAIGN.c
    cases = (
        select(of.stream, of.counts_as, func.count(), func.max(of.told_at))
        .where(_cases_of(unit_id, year))
        .group_by(of.stream, of.counts_as)
    )
    periods = (
        select(
            by.regime,
            func.count(by.period.distinct()).filter(by.released_n > 0),
            func.max(by.told_at),
        )
        .where(by.unit_id == unit_id, by.year == year)
        .group_by(by.regime)
    )
    steps = select(func.count(), func.count().filter(_IS_DONE), func.max(ACTIVITY.c.updated_at))
    number, done, at = (
        await session.execute(steps.select_from(_STEPS).where(_steps_of(unit_id, year)))
    ).one()
    return Sums(
        {(row[0], row[1]): Sum(row[2], row[3]) for row in await session.execute(cases)},
        {row[0]: Sum(row[1], row[2]) for row in await session.execute(periods)},
        Sum(number, at) if number else None,
        done,
        await _proofs(session, unit_id, year),
    )


async def _proofs(session: AsyncSession, unit_id: str, year: int) -> Proofs:
    """Return what handling proved in a unit's year, in one statement of a few rows."""
    rows = await session.execute(_proofs_of(unit_id, year))
    return Proofs([Proof(*row) for row in rows])


def _proofs_of(unit_id: str, year: int) -> CompoundSelect[Any]:
    """Ask for the evaluations and reviews of a year, and for the decrees in force on its last day so far.

    A decree says the same of every stream that it names; the year's days are those of the unit.
    """
    done, seen, by = LIVE_EVALUATION.c, LIVE_REVIEW.c, LIVE_DESIGNATION.c
    evaluations = select(
        done.handling_id.label("entity_id"),
        done.version,
        done.told_at,
        literal("evaluation", Text),
        done.stream,
        done.period,
    ).where(done.unit_id == unit_id, func.left(done.period, 4) == str(year))
    reviews = select(
        seen.coi_id, seen.version, seen.told_at, literal("review", Text), cast(null(), Text), seen.period
    ).where(seen.unit_id == unit_id, seen.period == str(year))
    day = func.least(_TODAY, func.make_date(year, 12, 31))
    has_begun = and_(by.valid_from <= day, or_(by.valid_to.is_(None), by.valid_to >= day))
    goes_on = or_(by.ended_on.is_(None), by.ended_on > day)
    serves = or_(by.is_for_agency, UNIT.c.unit_id == any_(by.unit_ids))
    decrees = (
        select(
            by.designation_id,
            by.version,
            by.told_at,
            literal("designation", Text),
            func.unnest(by.streams),
            case((by.is_for_agency, "agency"), else_="unit"),
        )
        .select_from(LIVE_DESIGNATION.join(UNIT, UNIT.c.agency_id == by.agency_id))
        .where(UNIT.c.unit_id == unit_id, by.has_decree, serves, has_begun, goes_on)
    )
    found = union_all(evaluations, reviews, decrees)
    return found.order_by("entity_id", found.selected_columns[4])


def _cases_of(unit_id: str, year: int) -> ColumnElement[bool]:
    """Return the filter of the cases that count somewhere."""
    of = LIVE_CASE.c
    return and_(of.unit_id == unit_id, of.period_year == year, of.counts_as != _COUNTS_NOWHERE)


def _steps_of(unit_id: str, year: int) -> ColumnElement[bool]:
    """Return the filter of the activities that are due or done."""
    mine = and_(PROGRAMME.c.unit_id == unit_id, PROGRAMME.c.year == year)
    return and_(mine, or_(_IS_DONE, ACTIVITY.c.due_on <= _TODAY))


async def keep(
    session: AsyncSession, unit_id: str, year: int, version: int, facts: Sequence[LiveAnswer], by: str
) -> None:
    """Note which facts become answers after this version of a worksheet whose row is locked."""
    rows = [
        {
            "unit_id": unit_id,
            "year": year,
            "worksheet_version": version,
            "item_code": fact.item_code,
            "versions": fact.versions,
            "told_at": fact.at,
            "frozen_by": by,
        }
        for fact in facts
    ]
    if rows:
        await session.execute(FROZEN_FACT.insert().values(rows))
