"""Survey's facts as contracts: counts and exact indices, never a score of one response, never a person."""

from typing import Literal, cast
from uuid import UUID

from services.survey.domain import Campaign, Consent, Decision, State
from shared.contracts.base import EventData
from shared.contracts.survey import (
    CampaignClosed,
    CampaignOpened,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    ResponseCaptured,
    ResponseWithdrawn,
    TallyChanged,
)
from shared.instruments.survey import Indices
from shared.kernel import exact_text

SOURCE = "zi/survey"

_CONSENT = {
    Decision.WILLING: ConsentGiven,
    Decision.REFUSED: ConsentRefused,
    Decision.WITHDRAWN: ConsentWithdrawn,
}
Mode = Literal["invited", "open", "paper", "mirror"]


def campaign_fact(campaign: Campaign) -> EventData:
    """Return the fact of an opened or closed campaign."""
    fact = CampaignOpened if campaign.state is State.OPEN else CampaignClosed
    return fact(
        unit_id=campaign.unit.unit_id,
        version=campaign.fact_version,
        campaign_id=str(campaign.campaign_id),
        year=campaign.period.year,
        period=campaign.period.text,
        regime=campaign.regime_id,
        instrument_version=campaign.instrument_version,
        mode=cast("Mode", campaign.mode),
    )


def consent_fact(campaign: Campaign, consent: Consent) -> EventData:
    """Return the fact of a decision; `campaign` already counts it."""
    return _CONSENT[consent.decision](
        unit_id=campaign.unit.unit_id,
        version=consent.version,
        consent_id=str(consent.consent_id),
        campaign_id=str(campaign.campaign_id),
        willing=campaign.willing,
        text_version=consent.text_version,
    )


def captured_fact(campaign: Campaign, response_id: UUID, version: int, flags: tuple[str, ...]) -> EventData:
    """Return the fact of a response that entered the sums."""
    return ResponseCaptured(
        unit_id=campaign.unit.unit_id,
        version=version,
        response_id=str(response_id),
        campaign_id=str(campaign.campaign_id),
        mode=cast("Mode", campaign.mode),
        flags=list(flags),
    )


def withdrawn_fact(campaign: Campaign, response_id: UUID, version: int) -> EventData:
    """Return the fact of a response that left the sums for good."""
    return ResponseWithdrawn(
        unit_id=campaign.unit.unit_id,
        version=version,
        response_id=str(response_id),
        campaign_id=str(campaign.campaign_id),
        mode=cast("Mode", campaign.mode),
    )


def tally_fact(campaign: Campaign, indices: Indices) -> EventData:
    """Return the campaign's counts and exact indices under its pinned policies."""
    return TallyChanged(
        unit_id=campaign.unit.unit_id,
        version=campaign.tally_version,
        campaign_id=str(campaign.campaign_id),
        year=campaign.period.year,
        period=campaign.period.text,
        regime=campaign.regime_id,
        n=campaign.n,
        willing=campaign.willing,
        ipak=None if indices.ipak is None else exact_text(indices.ipak),
        ipkp=None if indices.ipkp is None else exact_text(indices.ipkp),
        ikm=None if indices.ikm is None else exact_text(indices.ikm),
        policy_ids=[f"{kind}.{choice}" for kind, choice in sorted(campaign.policies.items())],
    )
