"""Campaigns from creation to close, and how they stand: what operators and leaders do."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey import events
from services.survey.domain.campaign import (
    Campaign,
    CampaignOverlapsError,
    CampaignStateError,
    State,
    UnitNotFoundError,
)
from services.survey.domain.deciding import ToldThresholds
from services.survey.domain.faults import Fault
from services.survey.domain.invitation import SECRET_BYTES
from services.survey.domain.plan import (
    InvalidCampaignError,
    choose_policies,
    closing_time,
    plan,
    require_year_in_reach,
)
from services.survey.domain.release import ITEMS_FROM
from services.survey.store import campaigns, links, standing, thresholds, timers, units
from services.survey.store.standing import Standing
from services.survey.usecases import telling
from shared import recording
from shared.contracts.base import EventData
from shared.db.clock import database_now
from shared.instruments.survey import Indices, ItemSum
from shared.kernel import (
    NotFoundError,
    StaleVersionError,
    new_id,
)
from shared.security import Principal

ITEM_READERS = ("verifier",)
"""Who sees sums by item: who checks a survey, not who may invite people into it. Source: decision 0021."""


@dataclass(frozen=True, slots=True)
class Status:
    """A campaign as it may be seen: live counts, figures of the released answers, thresholds as last told.

    `sums` by item are empty for whom they do not concern and below ten answers; `threshold` is None for a
    draft and under a regime without floors.
    """

    campaign: Campaign
    indices: Indices
    sums: Mapping[str, ItemSum]
    threshold: ToldThresholds | None


async def create_campaign(
    session: AsyncSession,
    actor: Principal,
    *,
    unit_id: str,
    regime_id: str,
    period: str,
    policies: Mapping[str, str],
    excluded_items: Sequence[str],
    closes_at: datetime | None,
) -> Campaign:
    """Make a draft that pins its regime, instrument version and policies.

    Without `closes_at` it ends as late as it may: 92 days after its period, or after today if that is later.
    Raises `InvalidCampaignError`, `UnitNotFoundError`, `CampaignOverlapsError` (409: one campaign per unit,
    regime and month).
    """
    made = plan(regime_id, period, policies, excluded_items)
    unit = await units.lock_active(session, unit_id, actor.scope)
    if unit is None:
        raise UnitNotFoundError("Unit tidak ditemukan.")
    now = await database_now(session)
    require_year_in_reach(made, unit.zone, now)
    other = await campaigns.overlapping(session, unit_id, regime_id, made.period)
    if other is not None:
        raise CampaignOverlapsError(
            "Unit ini sudah mempunyai survei sejenis pada periode tersebut.", campaign_id=str(other)
        )
    campaign = Campaign(
        campaign_id=new_id(),
        unit=unit,
        regime_id=regime_id,
        instrument_version=made.instrument.version,
        period=made.period,
        mode="invited",
        state=State.DRAFT,
        policies=made.policies,
        excluded_items=made.excluded_items,
        closes_at=closing_time(made, unit.zone, now, closes_at),
    )
    await campaigns.insert(session, campaign)
    await links.keep_secret(session, campaign.campaign_id, secrets.token_bytes(SECRET_BYTES))
    changes = {"regime": regime_id, "period": period}
    await record(session, actor, "create_campaign", campaign, now, changes=changes)
    return campaign


async def open_campaign(
    session: AsyncSession, actor: Principal, campaign_id: UUID, expected: int
) -> Campaign:
    """Open a draft: answers count from now on. Publishes its first, empty tally and thresholds with it.

    Raises `NotFoundError`, `StaleVersionError`, `CampaignStateError` (not a draft), `InvalidCampaignError`
    (its closing time has passed).
    """
    campaign, now = await locked(session, actor, campaign_id, expected)
    if campaign.state is not State.DRAFT:
        raise CampaignStateError("Hanya rancangan survei yang dapat dibuka.", state=campaign.state)
    if campaign.closes_at <= now:
        raise InvalidCampaignError.of(Fault("closes_at", "in_the_past", "Waktu tutup sudah lewat."))
    opened = await campaigns.set_state(session, campaign, State.OPEN, now)
    counted, made_known = await telling.count(session, opened, now)
    facts = [events.campaign_fact(counted), *made_known]
    await record(session, actor, "open_campaign", counted, now, facts, changes={"state": State.OPEN})
    return counted


async def close_campaign(
    session: AsyncSession, actor: Principal, campaign_id: UUID, expected: int
) -> Campaign:
    """Close an open campaign for good; answers are taken no more, withdrawals still are.

    Raises `NotFoundError`, `StaleVersionError`, `CampaignStateError` (not open).
    """
    campaign, now = await locked(session, actor, campaign_id, expected)
    if campaign.state is not State.OPEN:
        raise CampaignStateError("Hanya survei yang sedang terbuka yang dapat ditutup.", state=campaign.state)
    return await _close(session, actor, campaign, now, closed_at=now)


async def set_policies(
    session: AsyncSession,
    actor: Principal,
    campaign_id: UUID,
    expected: int,
    *,
    policies: Mapping[str, str],
    reason: str,
) -> Campaign:
    """Choose how a draft's answers will be counted, as the agency and with a reason that the audit keeps.

    Raises `NotFoundError`, `StaleVersionError`, `CampaignStateError` (not a draft), `InvalidCampaignError`.
    """
    campaign, now = await locked(session, actor, campaign_id, expected)
    changed = await campaigns.set_policies(session, campaign, choose_policies(campaign, policies))
    changes = {"policies": dict(policies)}
    await record(session, actor, "set_policies", changed, now, changes=changes, reason=reason)
    return changed


async def close_due(session: AsyncSession) -> int:
    """Close the open campaigns whose closing time has passed; return how many.

    They are closed since that time, however late this runs: nothing was answered after it, and the days
    after which people are forgotten count from it.
    """
    due = await timers.lock_due(session)
    for campaign, now in due:
        await _close(session, None, campaign, now, closed_at=campaign.closes_at)
    return len(due)


async def _close(
    session: AsyncSession, actor: Principal | None, campaign: Campaign, now: datetime, *, closed_at: datetime
) -> Campaign:
    closed = await campaigns.set_state(session, campaign, State.CLOSED, closed_at)
    closed, made_known = await telling.count(session, closed, now, is_closing=True)
    facts = [events.campaign_fact(closed), *made_known]
    await record(session, actor, "close_campaign", closed, now, facts, changes={"state": State.CLOSED})
    return closed


async def list_campaigns(
    session: AsyncSession, actor: Principal, *, unit_id: str | None, after: UUID | None, limit: int
) -> list[Campaign]:
    """Return campaigns within the caller's scope, newest first."""
    return await campaigns.page(session, actor.scope, unit_id=unit_id, after=after, limit=limit)


async def campaign_status(session: AsyncSession, actor: Principal, campaign_id: UUID) -> Status:
    """Return how a campaign stands, as far as it may be seen. Raises `NotFoundError`."""
    found = await campaigns.find(session, campaign_id, actor.scope)
    if found is None:
        raise NotFoundError
    campaign = found[0]
    released = campaign.released
    may_see_items = actor.has(*ITEM_READERS) and released.n >= ITEMS_FROM and not released.is_coarse
    return Status(
        campaign,
        campaign.released_indices(),
        released.sums() if may_see_items else {},
        None if campaign.state is State.DRAFT else await thresholds.find(session, campaign_id),
    )


async def desk(
    session: AsyncSession,
    actor: Principal,
    *,
    unit_id: str | None,
    state: State | None,
    after: UUID | None,
    limit: int,
) -> list[Status]:
    """Return campaigns within the caller's scope as each may be seen, without sums by item; newest first."""
    found = await campaigns.page(session, actor.scope, unit_id=unit_id, after=after, limit=limit, state=state)
    told = await thresholds.of_campaigns(session, [one.campaign_id for one in found])
    return [
        Status(
            one,
            one.released_indices(),
            {},
            None if one.state is State.DRAFT else told.get(one.campaign_id),
        )
        for one in found
    ]


async def desk_summary(session: AsyncSession, actor: Principal) -> Standing:
    """Count the open campaigns within the caller's scope, and those that have enough answers."""
    return await standing.load(session, actor.scope)


async def locked(
    session: AsyncSession, actor: Principal, campaign_id: UUID, expected: int | None
) -> tuple[Campaign, datetime]:
    found = await campaigns.find(session, campaign_id, actor.scope, lock=True)
    if found is None:
        raise NotFoundError
    if expected is not None and found[0].version != expected:
        raise StaleVersionError
    return found


async def record(
    session: AsyncSession,
    actor: Principal | None,
    operation: str,
    campaign: Campaign,
    now: datetime,
    facts: Sequence[EventData] = (),
    *,
    changes: Mapping[str, object] | None = None,
    reason: str | None = None,
    tells_moment: bool = True,
) -> None:
    """Record what is done with a campaign, and what others are told of it."""
    await recording.record(
        session,
        actor,
        operation,
        source=events.SOURCE,
        entity="campaign",
        entity_id=campaign.campaign_id,
        facts=facts,
        version=campaign.version,
        changes=changes,
        reason=reason,
        at=now,
        day=campaign.unit.zone.day_start(now),
        tells_moment=tells_moment,
    )
