"""Survey's present states as they were published, and their lift after a restored backup."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey import events
from services.survey.domain.campaign import Campaign, State
from services.survey.domain.consent import Decision
from services.survey.domain.deciding import ToldThresholds
from services.survey.store import campaigns, present, thresholds
from services.survey.store.present import ToldConsent, ToldResponse
from services.survey.usecases import withdrawing
from shared.contracts.base import EventData
from shared.contracts.survey import (
    CampaignClosed,
    CampaignFact,
    ConsentFact,
    ConsentWithdrawn,
    ResponseFact,
    ResponseWithdrawn,
    TallyChanged,
    ThresholdChanged,
)
from shared.outbox import snapshot
from shared.outbox.snapshot import Behind
from shared.security import Scope


async def states(session: AsyncSession) -> AsyncIterator[snapshot.State]:
    """Yield campaigns that were opened with their tallies and thresholds, consents and responses.

    A response has no time of its own, lest it lead to a person: the day of its campaign's opening stands for
    it. Whatever people move has a day and no other time.
    """
    known: dict[UUID, Campaign] = {}
    for campaign_id in await present.campaign_ids(session):
        campaign = await _campaign(session, campaign_id)
        if campaign is not None and campaign.opened_at is not None:
            known[campaign_id] = campaign
            at = campaign.closed_at or campaign.opened_at
            yield snapshot.State(events.campaign_fact(campaign), at)
            day = campaign.unit.zone.day_start(at)
            yield snapshot.State(events.tally_told(campaign), day)
            told = await thresholds.find(session, campaign_id)
            if told is not None:
                yield snapshot.State(events.threshold_again(told), day)
    async for consent in present.consents(session):
        campaign = known[consent.campaign_id]
        yield snapshot.State(_consent(campaign, consent), campaign.unit.zone.day_start(consent.decided_at))
    async for response in present.responses(session):
        campaign = known[response.campaign_id]
        if campaign.opened_at is not None:
            day = campaign.unit.zone.day_start(campaign.opened_at)
            yield snapshot.State(_response(campaign, response), day)


async def lift(session: AsyncSession, behind: Behind) -> list[EventData] | None:
    """Raise the entity's version above the floor and return its state at it; None for an unknown entity.

    A draft, and a decision that is none yet, have not been told: only their counters rise.
    """
    id_ = _uuid(behind.fact.subject())
    work = next((work for kind, work in _LIFT.items() if isinstance(behind.fact, kind)), None)
    return None if id_ is None or work is None else await work(session, id_, behind)


async def _lift_campaign(session: AsyncSession, campaign_id: UUID, behind: Behind) -> list[EventData] | None:
    """Lift a campaign; one that was closed in lost time ends then, once its figures are lifted too."""
    is_ended = any(isinstance(fact, CampaignClosed) for fact in behind.told)
    await present.lift_campaign(session, campaign_id, behind.floor, ended_at=behind.at if is_ended else None)
    campaign = await _campaign(session, campaign_id)
    if campaign is None or campaign.state is State.DRAFT:
        return None if campaign is None else []
    return [events.campaign_fact(campaign)]


async def _lift_tally(session: AsyncSession, campaign_id: UUID, behind: Behind) -> list[EventData] | None:
    """Lift a tally. Which answers a lost figure covered nobody knows any more: no other may follow it.

    Figures that were taken back are not kept: one told after that is of a lost release. Those that were taken
    back in lost time are taken back again.
    """
    campaign = await _campaign(session, campaign_id)
    known = None if campaign is None else _figures(events.tally_fact(campaign))
    lost = [fact for fact in behind.told if isinstance(fact, TallyChanged) and fact.released_n]
    freeze = any(_figures(fact) != known for fact in lost)
    is_gone = bool(behind.told) and not _told_last(behind)
    take_back = is_gone and campaign is not None and campaign.released.is_shown
    await present.lift_tally(session, campaign_id, behind.floor, take_back=take_back, freeze=freeze)
    campaign = await _campaign(session, campaign_id)
    if campaign is None or campaign.state is State.DRAFT:
        return None if campaign is None else []
    return [events.tally_fact(campaign)]


def _told_last(behind: Behind) -> int:
    """Return how many answers the figures covered that were told last of all."""
    last = behind.told[-1]
    return last.released_n if isinstance(last, TallyChanged) else 0


def _figures(tally: TallyChanged) -> tuple[object, ...]:
    return (tally.released_n, tally.ipak, tally.ipkp, tally.ikm)


async def _lift_threshold(session: AsyncSession, campaign_id: UUID, behind: Behind) -> list[EventData] | None:
    """Lift what is told of thresholds; where nothing was told here yet, it is told above the topic later."""
    told = await thresholds.lift(session, campaign_id, behind.floor)
    if told is not None:
        return [events.threshold_again(told)]
    campaign = await _campaign(session, campaign_id)
    if campaign is None:
        return None
    await thresholds.save(session, campaign_id, ToldThresholds(behind.floor, _data(behind.fact)))
    return []


def _data(fact: EventData) -> dict[str, object]:
    return fact.model_dump(mode="json", exclude={"version"})


async def _lift_consent(session: AsyncSession, consent_id: UUID, behind: Behind) -> list[EventData] | None:
    """Lift a consent; one that was withdrawn in lost time is withdrawn again, with the answer."""
    follows: list[EventData] = []
    if any(isinstance(fact, ConsentWithdrawn) for fact in behind.told):
        follows = await withdrawing.withdraw_again(session, consent_id)
    told = await present.lift_consent(session, consent_id, behind.floor)
    campaign = None if told is None else await _campaign(session, told.campaign_id)
    if told is None or campaign is None:
        return None
    return [] if told.consent.decision is Decision.LATER else [*follows, _consent(campaign, told)]


async def _lift_response(session: AsyncSession, response_id: UUID, behind: Behind) -> list[EventData] | None:
    """Lift a response; one that was withdrawn in lost time leaves the sums, if it is still among them."""
    follows: list[EventData] = []
    if any(isinstance(fact, ResponseWithdrawn) for fact in behind.told):
        follows = await withdrawing.take_out_again(session, response_id)
    told = await present.lift_response(session, response_id, behind.floor)
    campaign = None if told is None else await _campaign(session, told.campaign_id)
    return None if told is None or campaign is None else [*follows, _response(campaign, told)]


_LIFT: Mapping[type[EventData], Callable[[AsyncSession, UUID, Behind], Awaitable[list[EventData] | None]]] = {
    CampaignFact: _lift_campaign,
    TallyChanged: _lift_tally,
    ThresholdChanged: _lift_threshold,
    ConsentFact: _lift_consent,
    ResponseFact: _lift_response,
}


async def _campaign(session: AsyncSession, campaign_id: UUID) -> Campaign | None:
    found = await campaigns.find(session, campaign_id, Scope("national"))
    return found[0] if found else None


def _consent(campaign: Campaign, told: ToldConsent) -> EventData:
    willing = campaign.willing if told.willing is None else told.willing
    return events.consent_fact(replace(campaign, willing=willing), told.consent)


def _response(campaign: Campaign, told: ToldResponse) -> EventData:
    return events.response_fact(campaign, told.response_id, told.version, is_withdrawn=told.is_withdrawn)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
