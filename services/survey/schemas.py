"""What the API takes and gives. Numbers are exact text beside two decimals for people."""

from datetime import datetime
from fractions import Fraction
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.survey.domain.campaign import Campaign, State
from services.survey.domain.consent import Decision
from services.survey.domain.deciding import ToldThresholds
from services.survey.usecases.campaigns import Status
from services.survey.usecases.inviting import Invitation
from services.survey.usecases.visits import Sheet
from shared.contracts.survey import Outlook
from shared.http.fields import Body, Moment, UnitId, Whole
from shared.http.text import FreeText
from shared.instruments.survey import GateCode, Predicate
from shared.kernel import Zone, display2, exact_text, half_up

Token = Annotated[str, Field(min_length=16, max_length=64, description="Invitation token")]


class CampaignIn(Body):
    unit_id: UnitId
    regime: Annotated[str, Field(max_length=40, examples=["mandiri.2023", "skm.2017"])]
    period: Annotated[str, Field(max_length=20, description="2026, 2026-S1, 2026-Q3 or 2026-07")]
    policies: dict[str, str] = Field(
        default_factory=dict,
        description="Only the regime's own: others are chosen by the agency, with a reason",
    )
    excluded_items: list[str] = Field(default_factory=list, max_length=20)
    closes_at: Moment | None = Field(
        default=None,
        description="At most, and without it, 92 days after the period or after today, whichever is later",
    )


class PoliciesIn(Body):
    """How a draft's answers will be counted, chosen by the agency."""

    policies: dict[str, str] = Field(max_length=20, description="e.g. conversion: affine")
    reason: Annotated[str, FreeText(10, 500)]


class WithdrawalIn(Body):
    """Why a person is withdrawn who asked for it."""

    reason: Annotated[
        str,
        FreeText(10, 500),
        Field(description="How and when they asked, without their name: the audit trail keeps it"),
    ]


class PersonIn(Body):
    name: Annotated[str, FreeText(0, 200)] | None = None
    contact: Annotated[str, FreeText(0, 200)] | None = None


class InvitationsIn(Body):
    """Either people, or how many without name or contact."""

    people: list[PersonIn] = Field(default_factory=list, max_length=1000)
    count: Annotated[Whole, Field(ge=0, le=1000)] = 0


class TokenIn(Body):
    token: Token


class ConsentIn(TokenIn):
    decision: Literal["willing", "later", "refused"]
    text_version: Annotated[str, Field(max_length=40, description="Version of the text that was shown")]


class ResponseIn(TokenIn):
    response_id: UUID = Field(description="Made by the sender: the same id and scores may be sent again")
    scores: dict[str, Any] = Field(max_length=100, description="Score by item key; all items are mandatory")


class CampaignOut(BaseModel):
    campaign_id: UUID
    unit_id: str
    regime: str
    instrument_version: str
    period: str
    year: int
    mode: str
    state: State
    policies: dict[str, str]
    policy_ids: list[str] = Field(description="The policies as events and scores name them")
    excluded_items: list[str]
    opened_at: datetime | None
    closes_at: datetime | None = Field(description="Always there: every campaign ends")
    zone: Zone = Field(description="The unit's, in which its days begin and end")
    closed_at: datetime | None
    n: int = Field(description="Valid responses")
    willing: int
    invited: int
    version: int

    @classmethod
    def of(cls, campaign: Campaign) -> "CampaignOut":
        return cls(
            campaign_id=campaign.campaign_id,
            unit_id=campaign.unit.unit_id,
            regime=campaign.regime_id,
            instrument_version=campaign.instrument_version,
            period=campaign.period.text,
            year=campaign.period.year,
            mode=campaign.mode,
            state=campaign.state,
            policies=dict(campaign.policies),
            policy_ids=campaign.policy_ids,
            excluded_items=list(campaign.excluded_items),
            opened_at=campaign.opened_at,
            closes_at=campaign.closes_at,
            zone=campaign.unit.zone,
            closed_at=campaign.closed_at,
            n=campaign.n,
            willing=campaign.willing,
            invited=campaign.invited,
            version=campaign.version,
        )


class InvitationOut(BaseModel):
    participant_id: UUID
    token: str = Field(description="Shown once; only its hash is kept")
    link: str

    @classmethod
    def of(cls, made: Invitation, base_url: str) -> "InvitationOut":
        link = f"{base_url}/s/{made.token}"
        return cls(participant_id=made.participant_id, token=made.token, link=link)


class InvitationsOut(BaseModel):
    items: list[InvitationOut]


class NumberOut(BaseModel):
    """An exact number and what people see of it."""

    exact: str
    display: str

    @classmethod
    def of(cls, value: Fraction | None, places: int = 2) -> "NumberOut | None":
        return None if value is None else cls(exact=exact_text(value), display=half_up(value, places))


class ItemOut(BaseModel):
    key: str
    n: int
    total: int
    mean: NumberOut | None = Field(description="NRR, 4 decimals")


class GateOut(BaseModel):
    """A floor and whether it is met; how far an index is from it is not told."""

    gate: GateCode
    minimum: str
    margin: NumberOut | None = Field(
        description="Count minus minimum; null for an index, of which it tells sums"
    )
    met: bool


class ThresholdOut(BaseModel):
    """Where the campaign stands on a predicate: counts judged live, indices as last released."""

    result: Literal["met", "not_met"]
    failed: list[GateCode]
    unknown: list[GateCode] = Field(description="Those of the failed ones whose index is not known yet")
    outlook: Outlook = Field(description="What can still become of it")
    gates: list[GateOut]


class StatusOut(CampaignOut):
    """Counts as they are; indices and sums of the released answers only, so that nobody is picked out."""

    figures: Literal["none", "released", "taken_back", "erased"] = Field(
        description="none: too few answers yet; taken_back: a withdrawal waits for others to go with it; "
        "erased: fewer than five answers were left, so they were erased and not kept"
    )
    released_n: int = Field(description="Answers behind the indices; below n while some wait")
    ipak: NumberOut | None
    ipkp: NumberOut | None
    ikm: NumberOut | None
    grade: str | None
    items: list[ItemOut] = Field(
        description="Sums of the released answers, from ten on, for verifiers; else empty"
    )
    index_basis: Literal["own", "external"] | None
    is_deciding: bool | None = Field(
        description="Whether it decides for its unit and year; null without floors"
    )
    thresholds: dict[Predicate, ThresholdOut]
    fewest_more: dict[Predicate, dict[str, int | None]] = Field(
        description="Empty: how many answers are missing would tell sums; see outlook"
    )

    @classmethod
    def of_status(cls, status: Status) -> "StatusOut":
        known, campaign, told = status.indices, status.campaign, status.threshold
        released = campaign.released
        return cls(
            **CampaignOut.of(campaign).model_dump(),
            figures=_figures(campaign),
            released_n=released.shown_n,
            ipak=NumberOut.of(known.ipak),
            ipkp=NumberOut.of(known.ipkp),
            ikm=NumberOut.of(known.ikm),
            grade=known.grade,
            items=[
                ItemOut(key=item.key, n=found.n, total=found.total, mean=NumberOut.of(found.mean, 4))
                for item in campaign.items
                if (found := status.sums.get(item.key)) is not None
            ],
            index_basis=None if told is None else told.fact["index_basis"],
            is_deciding=None if told is None else told.fact["is_deciding"],
            thresholds={} if told is None else _thresholds(campaign, told),
            fewest_more={},
        )


def _figures(campaign: Campaign) -> Literal["none", "released", "taken_back", "erased"]:
    if campaign.is_erased:
        return "erased"
    if campaign.released.is_shown:
        return "released"
    return "taken_back" if campaign.released.is_taken_back else "none"


def _thresholds(campaign: Campaign, told: ToldThresholds) -> dict[Predicate, ThresholdOut]:
    return {
        entry["predicate"]: ThresholdOut(
            result=entry["result"],
            failed=entry["failed"],
            unknown=entry["unknown"],
            outlook=entry["outlook"],
            gates=[
                GateOut(
                    gate=gate.code,
                    minimum=display2(gate.minimum[entry["predicate"]]),
                    margin=NumberOut.of(_margin(campaign, told, gate.code)),
                    met=gate.code not in entry["failed"],
                )
                for gate in campaign.regime.gates
            ],
        )
        for entry in told.fact["predicates"]
    }


def _margin(campaign: Campaign, told: ToldThresholds, code: GateCode) -> Fraction | None:
    """Return how far a count is from its minimum; None for an index."""
    if code == "willing":
        return Fraction(campaign.willing - told.fact["willing_minimum"])
    if code == "respondents":
        return Fraction(campaign.n - told.fact["finished_minimum"])
    return None


class QuestionOut(BaseModel):
    key: str
    text: str
    labels: list[str] = Field(description="One per score, from low to high")


class SheetOut(BaseModel):
    """What a token opens: the text to agree to, then the questions."""

    campaign_id: UUID
    unit: str
    title: str
    period: str
    is_open: bool
    decision: Decision | None
    is_finished: bool
    text_version: str
    text_sha256: str
    text: list[str]
    low: int
    high: int
    questions: list[QuestionOut]

    @classmethod
    def of(cls, sheet: Sheet) -> "SheetOut":
        campaign = sheet.campaign
        return cls(
            campaign_id=campaign.campaign_id,
            unit=campaign.unit.name,
            title=campaign.regime.title,
            period=campaign.period.text,
            is_open=sheet.is_open,
            decision=sheet.decision,
            is_finished=sheet.is_finished,
            text_version=sheet.text.version,
            text_sha256=sheet.text.sha256,
            text=list(sheet.text.paragraphs),
            low=campaign.instrument.scale.low,
            high=campaign.instrument.scale.high,
            questions=[
                QuestionOut(key=item.key, text=item.text, labels=list(item.labels)) for item in campaign.items
            ],
        )


class DecisionOut(BaseModel):
    decision: Decision


class ReceiptOut(BaseModel):
    response_id: UUID = Field(description="The sender's, as it was sent; events go by another")
