"""Facts that scoring publishes: scores, gates and survey status, each only when it changed."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.base import (
    MAX_BIGINT,
    MAX_INT,
    Code,
    Count,
    CountKey,
    EventData,
    ExactText,
    Id,
    Moment,
    Year,
    is_none,
)
from shared.kernel import Predicate

ScoreLayer = Literal["unit", "tpi", "tpn", "live", "effective"]
Given = Annotated[
    str,
    Field(pattern=r"^([A-Za-z]{1,10}|[0-9]+(,[0-9]+)?|n[0-4] = [0-9]+(, n[0-4] = [0-9]+)*)$", max_length=120),
]


Points = Annotated[str, Field(pattern=r"^[0-9]{1,3}\.[0-9]{12}$", max_length=16)]


class ScoreCause(BaseModel):
    """One line of a score's story: which fact moved TOTAL by how much. It holds nothing that people wrote.

    Which of the last six fields a line has follows from `cause`: layer, origin and `given` of an answer, the
    counts before and after of complaints, the number of changes that one line of `others` stands for.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: Code = Field(description="Item that moved, TOTAL for others")
    cause: Literal["answer", "complaints", "others"] = Field(description="What moved it")
    delta: ExactText = Field(description="Points that the effective TOTAL moved by, exact")
    at: Moment = Field(description="When the fact was recorded, of others the last of them")
    event_id: UUID | None = Field(default=None, description="Id of the fact's event; null for others")
    layer: Literal["unit", "tpi", "tpn"] | None = Field(default=None, description="Whose answer it is")
    origin: Code | None = Field(default=None, description="How the answer came")
    given: Given | None = Field(
        default=None, description="Option, index or counts, e.g. B, 3,71, n1 = 4; null: blank"
    )
    before: dict[CountKey, Count] | None = Field(
        default=None, exclude_if=is_none, description="Counts of complaints before"
    )
    after: dict[CountKey, Count] | None = Field(
        default=None, exclude_if=is_none, description="Counts of complaints after"
    )
    changes: Count | None = Field(
        default=None, exclude_if=is_none, description="How many changes a line of others stands for"
    )


class ScoreChanged(EventData):
    """The zero-mode score of one layer of a unit and year."""

    event_type: ClassVar[str] = "id.zi.scoring.score.changed.v1"
    topic: ClassVar[str] = "zi.scoring.score.v1"
    beside: ClassVar[frozenset[str]] = frozenset({"causes", "points"})

    year: Year
    layer: ScoreLayer = Field(description="Whose answers were scored")
    edition: Code = Field(description="LKE edition, e.g. 2021")
    total: ExactText = Field(description="Points 0-100, exact")
    upper: ExactText = Field(description="Points if every unanswered item got full value")
    answered: Count = Field(description="Items with an answer")
    items: int = Field(ge=1, le=MAX_INT, description="Items of the edition")
    worksheet_version: int = Field(
        ge=0, le=MAX_BIGINT, description="Worksheet version folded into this score"
    )
    causes: list[ScoreCause] = Field(
        default_factory=list,
        max_length=20,
        description="Effective layer: the largest changes since the event before and one line for all "
        "others, together what TOTAL moved by; empty where a rebuild, restore or snapshot told the score",
    )
    points: dict[Code, Points] | None = Field(
        default=None,
        exclude_if=is_none,
        description="Points by what gates measure (TOTAL, A, A.*.1 ...), 12 decimals rounded down; null "
        "where a rebuild, restore or snapshot told the score",
    )

    def subject(self) -> str:
        return f"{self.unit_id}:{self.year}:{self.layer}"


class GateChanged(EventData):
    """A gate of a predicate flipped between met and not met on the effective layer."""

    event_type: ClassVar[str] = "id.zi.scoring.gate.changed.v1"
    topic: ClassVar[str] = "zi.scoring.gate.v1"

    year: Year
    layer: ScoreLayer = Field(description="Whose answers were scored")
    predicate: Predicate = Field(description="Predicate the floors belong to")
    gate: Code = Field(description="TOTAL, A, A.*.1 .. A.*.6, B.I, B.I.a, B.I.b, B.II")
    is_met: bool = Field(description="value >= minimum, compared exactly")
    value: ExactText = Field(description="Points in the gate's basis, exact")
    minimum: ExactText = Field(description="Floor of the rule set, exact")

    def subject(self) -> str:
        return f"{self.unit_id}:{self.year}:{self.layer}:{self.predicate}:{self.gate}"


class SurveyStatusChanged(EventData):
    """Whether a survey campaign meets a predicate's thresholds, as survey judged it, and what it misses."""

    event_type: ClassVar[str] = "id.zi.scoring.survey_status.changed.v1"
    topic: ClassVar[str] = "zi.scoring.survey_status.v1"

    year: Year
    campaign_id: Id
    predicate: Predicate = Field(description="Predicate the floors belong to")
    result: Literal["met", "not_met"] = Field(description="met when no gate failed")
    failed: list[Code] = Field(description="Gates not met: willing, respondents, ipak, ipkp")
    n: Count = Field(description="Valid responses")
    willing: Count = Field(description="Consents given and not withdrawn")
    ipak: ExactText | None = Field(
        default=None, description="IPAK on scale 4, exact; null in verdicts that survey judged"
    )
    ipkp: ExactText | None = Field(
        default=None, description="IPKP on scale 4, exact; null in verdicts that survey judged"
    )
    policy_ids: list[Code] = Field(
        default_factory=list, description="Counting policies behind the verdict, as survey named them"
    )

    def subject(self) -> str:
        return f"{self.campaign_id}:{self.predicate}"
