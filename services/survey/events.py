"""Survey's facts as contracts: counts, classes, released indices; never a response's scores, nor a person."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal, cast
from uuid import UUID

from services.survey.domain.campaign import Campaign, State
from services.survey.domain.consent import Consent, Decision
from services.survey.domain.deciding import ToldThresholds
from shared.contracts.base import EventData
from shared.contracts.envelope import source_of
from shared.contracts.survey import (
    CampaignClosed,
    CampaignOpened,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    PredicateThreshold,
    ResponseCaptured,
    ResponseWithdrawn,
    TallyChanged,
    ThresholdChanged,
)
from shared.instruments.survey import GateCode
from shared.kernel import exact_text

SOURCE = source_of("survey")

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


def response_fact(
    campaign: Campaign, response_id: UUID, version: int, *, is_withdrawn: bool = False
) -> EventData:
    """Return the fact of a response that entered the sums, or left them for good.

    It names no flag: one says of a single response that all its scores are alike, and a topic cannot forget.
    """
    fact = ResponseWithdrawn if is_withdrawn else ResponseCaptured
    return fact(
        unit_id=campaign.unit.unit_id,
        version=version,
        response_id=str(response_id),
        campaign_id=str(campaign.campaign_id),
        mode=cast("Mode", campaign.mode),
    )


def tally_fact(campaign: Campaign) -> TallyChanged:
    """Return the campaign's counts as they are and the indices of its released answers."""
    indices = campaign.released_indices()
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
        released_n=campaign.released.shown_n,
        policy_ids=campaign.policy_ids,
    )


def tally_told(campaign: Campaign) -> TallyChanged:
    """Return the tally as it was told last, whatever waits to be told since."""
    told = campaign.told_tally
    return tally_fact(campaign) if told is None else TallyChanged.model_validate(told)


def threshold_fact(
    campaign: Campaign,
    version: int,
    predicates: Sequence[PredicateThreshold],
    minimum: Mapping[GateCode, Fraction],
    *,
    is_deciding: bool,
) -> ThresholdChanged:
    """Return where the campaign stands on each predicate, with the counts and minima that anybody may see."""
    return ThresholdChanged(
        unit_id=campaign.unit.unit_id,
        version=version,
        campaign_id=str(campaign.campaign_id),
        year=campaign.period.year,
        period=campaign.period.text,
        regime=campaign.regime_id,
        willing=campaign.willing,
        finished=campaign.n,
        willing_minimum=int(minimum["willing"]),
        finished_minimum=int(minimum["respondents"]),
        index_basis="own",
        is_deciding=is_deciding,
        predicates=list(predicates),
        policy_ids=campaign.policy_ids,
    )


def threshold_again(told: ToldThresholds) -> ThresholdChanged:
    """Return a fact as it was kept."""
    return ThresholdChanged.model_validate({**told.fact, "version": told.version})
