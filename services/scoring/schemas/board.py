"""A unit on the scoreboard."""

from typing import Literal

from pydantic import BaseModel, Field

from shared.instruments.lke import Predicate


class BoardRow(BaseModel):
    """One unit on the scoreboard."""

    unit: str
    name: str
    zone: str
    target: Predicate | None
    total: str | None
    display: str | None
    completeness: str | None
    gates_met: int = Field(description="Met gates of the target, else of WBK")
    gates: int
    survey: Literal["met", "not_met"] | None = Field(
        description="The deciding campaign on the target, else on WBK"
    )
    survey_failed: list[str]
    survey_unknown: list[str] = Field(description="Those of the failed whose index is not known yet")
    willing: int | None
    willing_minimum: int | None
    n: int | None = Field(description="Valid responses of the deciding campaign")
    n_minimum: int | None
    ready: bool = Field(description="All score gates and all survey thresholds are met")
    version: int
    stage: str | None = Field(description="Where the assessment stands; null without programme")
    nominated: bool = Field(description="Proposed by its agency, and not withdrawn")
