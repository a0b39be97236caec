"""Campaigns and their counts."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Row, bindparam, func, or_, select, update
from sqlalchemy import insert as into
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.campaign import Campaign, Period, State, Unit
from services.survey.domain.release import Released
from services.survey.tables import CAMPAIGN, ITEM_SUM, UNIT
from shared.kernel import Zone
from shared.security import Scope

_SAME = [field.name for field in fields(Campaign) if field.name in CAMPAIGN.c and field.name != "period"]
"""What a campaign and its row call the same."""
NOW = func.zi_now(type_=DateTime(timezone=True))
FOUND = select(
    CAMPAIGN, UNIT.c.agency_id, UNIT.c.name.label("unit_name"), UNIT.c.zone, NOW.label("now")
).join_from(CAMPAIGN, UNIT)
"""A campaign as `from_row` reads it, and the database's present time."""
_OF_YEAR = FOUND.where(
    CAMPAIGN.c.unit_id == bindparam("of_unit"),
    CAMPAIGN.c.year == bindparam("in_year"),
    CAMPAIGN.c.state != State.DRAFT,
)
_CHANGE = update(CAMPAIGN).where(CAMPAIGN.c.campaign_id == bindparam("id"))


async def insert(session: AsyncSession, campaign: Campaign) -> None:
    """Add a campaign with empty sums for its items."""
    await session.execute(
        into(CAMPAIGN),
        {
            **{name: getattr(campaign, name) for name in _SAME},
            "unit_id": campaign.unit.unit_id,
            "regime": campaign.regime_id,
            "period": campaign.period.text,
            "year": campaign.period.year,
            "first_month": campaign.period.first_month,
            "last_month": campaign.period.last_month,
            **_counts(campaign),
        },
    )
    await session.execute(
        into(ITEM_SUM).values(n=0, total=0),
        [{"campaign_id": campaign.campaign_id, "item_key": item.key} for item in campaign.items],
    )


async def overlapping(session: AsyncSession, unit_id: str, regime_id: str, period: Period) -> UUID | None:
    """Return a campaign of the unit and regime that shares a month with the period.

    A draft whose closing time has passed can never open and stands in nobody's way.
    """
    found: UUID | None = await session.scalar(
        select(CAMPAIGN.c.campaign_id)
        .where(
            CAMPAIGN.c.unit_id == unit_id,
            CAMPAIGN.c.regime == regime_id,
            CAMPAIGN.c.year == period.year,
            CAMPAIGN.c.first_month <= period.last_month,
            CAMPAIGN.c.last_month >= period.first_month,
            or_(CAMPAIGN.c.state != State.DRAFT, CAMPAIGN.c.closes_at > NOW),
        )
        .limit(1)
    )
    return found


async def find(
    session: AsyncSession, campaign_id: UUID, scope: Scope, *, lock: bool = False
) -> tuple[Campaign, datetime] | None:
    """Return a campaign within scope and the database's present time; `lock` holds its row."""
    wanted = FOUND.where(
        CAMPAIGN.c.campaign_id == campaign_id, scope.where(CAMPAIGN.c.unit_id, UNIT.c.agency_id)
    )
    rows = await session.execute(wanted.with_for_update(of=CAMPAIGN) if lock else wanted)
    row = rows.one_or_none()
    return None if row is None else (from_row(row), row.now)


async def page(
    session: AsyncSession,
    scope: Scope,
    *,
    unit_id: str | None,
    after: UUID | None,
    limit: int,
    state: State | None = None,
) -> list[Campaign]:
    """Return campaigns within scope, newest first; ids rise with time."""
    wanted = FOUND.where(scope.where(CAMPAIGN.c.unit_id, UNIT.c.agency_id))
    if unit_id is not None:
        wanted = wanted.where(CAMPAIGN.c.unit_id == unit_id)
    if state is not None:
        wanted = wanted.where(CAMPAIGN.c.state == state)
    if after is not None:
        wanted = wanted.where(CAMPAIGN.c.campaign_id < after)
    rows = await session.execute(wanted.order_by(CAMPAIGN.c.campaign_id.desc()).limit(limit))
    return [from_row(row) for row in rows]


async def of_year(session: AsyncSession, unit_id: str, year: int) -> list[Campaign]:
    """Return the campaigns of a unit's year that were opened."""
    rows = await session.execute(_OF_YEAR, {"of_unit": unit_id, "in_year": year})
    return [from_row(row) for row in rows]


async def set_state(session: AsyncSession, campaign: Campaign, state: State, at: datetime) -> Campaign:
    """Open or close a locked campaign, which holds since `at`, and raise its version."""
    changes: dict[str, Any] = {
        "state": state,
        "version": campaign.version + 1,
        "opened_at" if state is State.OPEN else "closed_at": at,
    }
    await session.execute(_CHANGE, {"id": campaign.campaign_id, **changes})
    return replace(campaign, **changes)


async def set_policies(session: AsyncSession, campaign: Campaign, policies: Mapping[str, str]) -> Campaign:
    """Store the policies of a locked draft and raise its version."""
    changes: dict[str, Any] = {"policies": dict(policies), "version": campaign.version + 1}
    await session.execute(_CHANGE, {"id": campaign.campaign_id, **changes})
    return replace(campaign, **changes)


async def save_counts(session: AsyncSession, campaign: Campaign) -> None:
    """Store the counts of a locked campaign, what is released of it, and how far its tally is told."""
    await session.execute(_CHANGE, {"id": campaign.campaign_id, **_counts(campaign)})


async def willing_by_regime(session: AsyncSession) -> dict[str, int]:
    """Return the willing people of all open campaigns, by regime."""
    rows = await session.execute(
        select(CAMPAIGN.c.regime, func.sum(CAMPAIGN.c.willing).label("willing"))
        .where(CAMPAIGN.c.state == State.OPEN)
        .group_by(CAMPAIGN.c.regime)
    )
    return {row.regime: row.willing for row in rows}


def _counts(campaign: Campaign) -> dict[str, Any]:
    released = campaign.released
    return {
        "tally_version": campaign.tally_version,
        "n": campaign.n,
        "willing": campaign.willing,
        "invited": campaign.invited,
        "gone": campaign.gone,
        "release_number": released.number,
        "released_n": released.n,
        "released_totals": dict(released.totals),
        "released_outlooks": dict(released.outlooks),
        "is_taken_back": released.is_taken_back,
        "is_coarse": released.is_coarse,
        "waiting_since": released.waiting_since,
        "tally_told_at": campaign.tally_told_at,
        "told_tally": campaign.told_tally,
    }


def from_row(row: Row[Any]) -> Campaign:
    """Return the campaign of a row of `FOUND`."""
    same = {name: getattr(row, name) for name in _SAME}
    return Campaign(
        **same
        | {
            "unit": Unit(row.unit_id, row.agency_id, row.unit_name, Zone(row.zone)),
            "regime_id": row.regime,
            "period": Period(row.period, row.year, row.first_month, row.last_month),
            "state": State(row.state),
            "excluded_items": tuple(row.excluded_items),
            "released": Released(
                number=row.release_number,
                n=row.released_n,
                totals=row.released_totals,
                outlooks=row.released_outlooks,
                is_taken_back=row.is_taken_back,
                is_coarse=row.is_coarse,
                waiting_since=row.waiting_since,
                is_frozen=row.is_frozen,
            ),
        }
    )
