"""Campaigns and their counts."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.domain.campaign import Campaign, Period, State, Unit
from services.survey.domain.release import Released
from shared.kernel import Zone
from shared.security import Scope

_SELECT = """
    SELECT c.*, u.agency_id, u.name AS unit_name, u.zone, zi_now() AS now
    FROM campaign c JOIN unit u USING (unit_id)
"""


async def insert(session: AsyncSession, campaign: Campaign) -> None:
    """Add a campaign with empty sums for its items."""
    await session.execute(
        text("""
            INSERT INTO campaign (campaign_id, unit_id, regime, instrument_version, period, year,
                first_month, last_month, mode, state, policies, excluded_items, closes_at, version,
                tally_version, n, willing)
            VALUES (:campaign_id, :unit_id, :regime, :instrument_version, :period, :year,
                :first_month, :last_month, :mode, :state, cast(:policies AS jsonb), :excluded_items,
                :closes_at, :version, :tally_version, :n, :willing)
        """),
        {
            "campaign_id": campaign.campaign_id,
            "unit_id": campaign.unit.unit_id,
            "regime": campaign.regime_id,
            "instrument_version": campaign.instrument_version,
            "period": campaign.period.text,
            "year": campaign.period.year,
            "first_month": campaign.period.first_month,
            "last_month": campaign.period.last_month,
            "mode": campaign.mode,
            "state": campaign.state,
            "policies": json.dumps(dict(campaign.policies)),
            "excluded_items": list(campaign.excluded_items),
            "closes_at": campaign.closes_at,
            "version": campaign.version,
            "tally_version": campaign.tally_version,
            "n": campaign.n,
            "willing": campaign.willing,
        },
    )
    await session.execute(
        text("""
            INSERT INTO item_sum (campaign_id, item_key, n, total)
            SELECT :campaign_id, key, 0, 0 FROM unnest(cast(:keys AS text[])) AS key
        """),
        {"campaign_id": campaign.campaign_id, "keys": [item.key for item in campaign.items]},
    )


async def overlapping(session: AsyncSession, unit_id: str, regime_id: str, period: Period) -> UUID | None:
    """Return a campaign of the unit and regime that shares a month with the period.

    A draft whose closing time has passed can never open and stands in nobody's way.
    """
    found: UUID | None = await session.scalar(
        text("""
            SELECT campaign_id FROM campaign
            WHERE unit_id = :unit_id AND regime = :regime AND year = :year
              AND first_month <= :last_month AND last_month >= :first_month
              AND (state <> 'draft' OR closes_at > zi_now())
            LIMIT 1
        """),
        {
            "unit_id": unit_id,
            "regime": regime_id,
            "year": period.year,
            "first_month": period.first_month,
            "last_month": period.last_month,
        },
    )
    return found


async def find(
    session: AsyncSession, campaign_id: UUID, scope: Scope, *, lock: bool = False
) -> tuple[Campaign, datetime] | None:
    """Return a campaign within scope and the database's present time; `lock` holds its row."""
    where, params = scope.sql("c.unit_id", "u.agency_id")
    row = (
        await session.execute(
            text(f"{_SELECT} WHERE c.campaign_id = :id AND {where} {'FOR UPDATE OF c' if lock else ''}"),
            {"id": campaign_id, **params},
        )
    ).one_or_none()
    return None if row is None else (_campaign(row), row.now)


async def page(
    session: AsyncSession, scope: Scope, *, unit_id: str | None, after: UUID | None, limit: int
) -> list[Campaign]:
    """Return campaigns within scope, newest first; ids rise with time."""
    where, params = scope.sql("c.unit_id", "u.agency_id")
    rows = await session.execute(
        text(f"""
            {_SELECT} WHERE {where}
              AND (cast(:unit_id AS text) IS NULL OR c.unit_id = :unit_id)
              AND (cast(:after AS uuid) IS NULL OR c.campaign_id < :after)
            ORDER BY c.campaign_id DESC LIMIT :limit
        """),
        {"unit_id": unit_id, "after": after, "limit": limit, **params},
    )
    return [_campaign(row) for row in rows]


async def of_year(session: AsyncSession, unit_id: str, year: int) -> list[Campaign]:
    """Return the campaigns of a unit's year that were opened."""
    rows = await session.execute(
        text(f"{_SELECT} WHERE c.unit_id = :unit_id AND c.year = :year AND c.state <> 'draft'"),
        {"unit_id": unit_id, "year": year},
    )
    return [_campaign(row) for row in rows]


async def set_state(session: AsyncSession, campaign: Campaign, state: State, at: datetime) -> Campaign:
    """Open or close a locked campaign, which holds since `at`, and raise its version."""
    moment: Mapping[str, Any] = {"opened_at": at} if state is State.OPEN else {"closed_at": at}
    changed = replace(campaign, state=state, version=campaign.version + 1, **moment)
    await session.execute(
        text("""
            UPDATE campaign
            SET state = :state, version = :version, opened_at = :opened_at, closed_at = :closed_at
            WHERE campaign_id = :id
        """),
        {
            "id": campaign.campaign_id,
            "state": changed.state,
            "version": changed.version,
            "opened_at": changed.opened_at,
            "closed_at": changed.closed_at,
        },
    )
    return changed


async def save_counts(session: AsyncSession, campaign: Campaign) -> None:
    """Store the counts of a locked campaign, what is released of it, and how far its tally is told."""
    released = campaign.released
    await session.execute(
        text("""
            UPDATE campaign SET n = :n, willing = :willing, invited = :invited, gone = :gone,
                tally_version = :tally, release_number = :number, released_n = :released_n,
                released_totals = cast(:totals AS jsonb), released_outlooks = cast(:outlooks AS jsonb),
                is_taken_back = :is_taken_back, is_coarse = :is_coarse, waiting_since = :waiting_since,
                tally_told_at = :told_at, told_tally = cast(:told AS jsonb)
            WHERE campaign_id = :id
        """),
        {
            "id": campaign.campaign_id,
            "n": campaign.n,
            "willing": campaign.willing,
            "invited": campaign.invited,
            "gone": campaign.gone,
            "tally": campaign.tally_version,
            "number": released.number,
            "released_n": released.n,
            "totals": json.dumps(dict(released.totals)),
            "outlooks": json.dumps(dict(released.outlooks)),
            "is_taken_back": released.is_taken_back,
            "is_coarse": released.is_coarse,
            "waiting_since": released.waiting_since,
            "told_at": campaign.tally_told_at,
            "told": None if campaign.told_tally is None else json.dumps(dict(campaign.told_tally)),
        },
    )


async def set_policies(session: AsyncSession, campaign: Campaign, policies: Mapping[str, str]) -> Campaign:
    """Store the policies of a locked draft and raise its version."""
    changed = replace(campaign, policies=policies, version=campaign.version + 1)
    await session.execute(
        text("""
            UPDATE campaign SET policies = cast(:policies AS jsonb), version = :version
            WHERE campaign_id = :id
        """),
        {
            "id": campaign.campaign_id,
            "policies": json.dumps(dict(policies)),
            "version": changed.version,
        },
    )
    return changed


def _campaign(row: Row[Any]) -> Campaign:
    return Campaign(
        campaign_id=row.campaign_id,
        unit=Unit(row.unit_id, row.agency_id, row.unit_name, Zone(row.zone)),
        regime_id=row.regime,
        instrument_version=row.instrument_version,
        period=Period(row.period, row.year, row.first_month, row.last_month),
        mode=row.mode,
        state=State(row.state),
        policies=row.policies,
        excluded_items=tuple(row.excluded_items),
        closes_at=row.closes_at,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        version=row.version,
        tally_version=row.tally_version,
        n=row.n,
        willing=row.willing,
        invited=row.invited,
        gone=row.gone,
        released=Released(
            number=row.release_number,
            n=row.released_n,
            totals=row.released_totals,
            outlooks=row.released_outlooks,
            is_taken_back=row.is_taken_back,
            is_coarse=row.is_coarse,
            waiting_since=row.waiting_since,
            is_frozen=row.is_frozen,
        ),
        is_erased=row.is_erased,
        tally_told_at=row.tally_told_at,
        told_tally=row.told_tally,
    )
