"""Facts that survey publishes: campaigns, consents, responses and tallies; never a person's answers."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.base import Code, Count, EventData, ExactText, Id, Year
from shared.kernel import Predicate

Mode = Literal["invited", "open", "paper", "mirror"]


class CampaignFact(EventData):
    """A survey campaign of one unit, instrument and period under its regime."""

    topic: ClassVar[str] = "zi.survey.campaign.v1"

    campaign_id: Id
    year: Year
    period: Code = Field(description="Period as text, e.g. 2026 or 2026-Q3")
    regime: Code = Field(description="e.g. tpn_external.2021, mandiri.2023, skm.2017")
    instrument_version: Code = Field(description="Version of the questions asked")
    mode: Mode = Field(description="How people take part")

    def subject(self) -> str:
        return self.campaign_id


class CampaignOpened(CampaignFact):
    """Invitations may go out and answers come in."""

    event_type: ClassVar[str] = "id.zi.survey.campaign.opened.v1"


class CampaignClosed(CampaignFact):
    """No further answers are taken."""

    event_type: ClassVar[str] = "id.zi.survey.campaign.closed.v1"


class ConsentFact(EventData):
    """One invited person's decision about taking part; `willing` counts the campaign after it."""

    topic: ClassVar[str] = "zi.survey.consent.v1"

    consent_id: Id = Field(description="Random, unrelated to any response id")
    campaign_id: Id
    willing: Count = Field(description="Willing people of the campaign after this fact")
    text_version: Code = Field(description="Version of the consent text shown")

    def subject(self) -> str:
        return self.consent_id


class ConsentGiven(ConsentFact):
    """A person agreed to take part."""

    event_type: ClassVar[str] = "id.zi.survey.consent.given.v1"


class ConsentRefused(ConsentFact):
    """A person declined."""

    event_type: ClassVar[str] = "id.zi.survey.consent.refused.v1"


class ConsentWithdrawn(ConsentFact):
    """A person took consent back; their answers left all sums with it."""

    event_type: ClassVar[str] = "id.zi.survey.consent.withdrawn.v1"


class ResponseFact(EventData):
    """One finished response by its random id, without its scores."""

    topic: ClassVar[str] = "zi.survey.response.v1"

    response_id: Id = Field(description="Random, unrelated to any consent id")
    campaign_id: Id
    mode: Mode = Field(description="How this response came in")
    flags: list[Code] = Field(
        default_factory=list, description="Empty: a flag would tell what the scores of one response are like"
    )

    def subject(self) -> str:
        return self.response_id


class ResponseCaptured(ResponseFact):
    """A finished response entered the sums."""

    event_type: ClassVar[str] = "id.zi.survey.response.captured.v1"


class ResponseWithdrawn(ResponseFact):
    """A response left the sums for good."""

    event_type: ClassVar[str] = "id.zi.survey.response.withdrawn.v1"


class TallyChanged(EventData):
    """Counts of a campaign as they are now, and the exact indices of its released answers.

    At most two per second and campaign, and always the last; opening, close and figures taken back do not
    wait. Nobody may be picked out by subtraction: indices cover a released set of answers only, any two of
    which differ by at least five people; null while nothing is released. Source: survey.md sections 6.6, 12.
    """

    event_type: ClassVar[str] = "id.zi.survey.tally.changed.v1"
    topic: ClassVar[str] = "zi.survey.tally.v1"

    campaign_id: Id
    year: Year
    period: Code = Field(description="Period as text, e.g. 2026 or 2026-Q3")
    regime: Code = Field(description="e.g. tpn_external.2021, mandiri.2023, skm.2017")
    n: Count = Field(description="Valid responses")
    willing: Count = Field(description="Consents given and not withdrawn")
    ipak: ExactText | None = Field(default=None, description="IPAK on scale 4")
    ipkp: ExactText | None = Field(default=None, description="IPKP on scale 4")
    ikm: ExactText | None = Field(default=None, description="IKM 25-100, SKM regime only")
    released_n: Count = Field(default=0, description="Answers behind the indices; below n while some wait")
    policy_ids: list[Code] = Field(default_factory=list, description="Counting policies behind the numbers")

    def subject(self) -> str:
        return self.campaign_id


Outlook = Literal[
    "MET",
    "NOT_MET",
    "IMPOSSIBLE",
    "TOO_FEW_CONSENTS",
    "BELOW_MIN_N",
    "GUARANTEED",
    "LIKELY",
    "UNLIKELY",
    "UNCERTAIN",
]


class PredicateThreshold(BaseModel):
    """Where a campaign stands on one predicate, as classes: no sum, no index, no margin."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    predicate: Predicate = Field(description="Predicate the floors belong to")
    result: Literal["met", "not_met"] = Field(description="met when no gate failed")
    failed: list[Code] = Field(description="Gates not met: willing, respondents, ipak, ipkp")
    unknown: list[Code] = Field(
        default_factory=list, description="Those of the failed ones whose index is not known yet"
    )
    outlook: Outlook = Field(description="What can still become of it; the first class that matches")


class ThresholdChanged(EventData):
    """Whether a campaign meets each predicate's thresholds: counts judged live, indices as last released."""

    event_type: ClassVar[str] = "id.zi.survey.threshold.changed.v1"
    topic: ClassVar[str] = "zi.survey.threshold.v1"

    campaign_id: Id
    year: Year
    period: Code = Field(description="Period as text, e.g. 2026 or 2026-Q3")
    regime: Code = Field(description="e.g. tpn_external.2021, mandiri.2023")
    willing: Count = Field(description="Consents given and not withdrawn")
    finished: Count = Field(description="Valid responses")
    willing_minimum: Count = Field(description="Willing people that the regime asks for")
    finished_minimum: Count = Field(description="Valid responses that the regime asks for")
    index_basis: Literal["own", "external"] = Field(description="Whose indices were judged")
    is_deciding: bool = Field(description="Whether this campaign decides for its unit and year")
    predicates: list[PredicateThreshold] = Field(description="One entry per predicate")
    policy_ids: list[Code] = Field(default_factory=list, description="Counting policies behind the classes")

    def subject(self) -> str:
        return self.campaign_id
