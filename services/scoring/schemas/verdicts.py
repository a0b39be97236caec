"""Score gates and survey thresholds of a predicate together."""

from typing import Literal

from pydantic import BaseModel, Field

from services.scoring.domain.sheets import Layer
from services.scoring.schemas.gates import GateOut, gate_of
from services.scoring.schemas.surveys import IndexOut
from services.scoring.usecases.reading import KnownYear, Surveys, Verdict, verdict_of
from shared.instruments.lke import PREDICATES, Predicate, Score


class VerdictOut(BaseModel):
    """Score gates and survey thresholds of one predicate; both are needed, and the decree still decides."""

    predicate: Predicate
    is_target: bool = Field(description="Whether the programme aims at this predicate")
    ready: bool = Field(description="All score gates and all thresholds of the deciding survey are met")
    gates_met: int
    gates: int
    survey: Literal["met", "not_met"] | None = Field(description="Null while survey told no threshold")
    survey_missing: list[str] = Field(description="Thresholds missed: willing, respondents, ipak, ipkp")
    indices: list[IndexOut]
    text: str = Field(description="The verdict as one sentence")

    @classmethod
    def of(cls, verdict: Verdict, target: str | None) -> "VerdictOut":
        """Return the verdict on one predicate."""
        survey = verdict.survey
        return cls(
            predicate=verdict.predicate,
            is_target=verdict.predicate == target,
            ready=verdict.is_ready,
            gates_met=sum(gate.is_met for gate in verdict.gates),
            gates=len(verdict.gates),
            survey=None if survey is None else "met" if survey.is_met else "not_met",
            survey_missing=[] if survey is None else list(survey.failed),
            indices=[IndexOut.of(pair) for pair in verdict.indices],
            text=verdict.text,
        )


class GatesOut(BaseModel):
    """All gates of both predicates on the effective layer, and the verdicts with the survey."""

    unit: str
    year: int
    target: Predicate | None
    gates: list[GateOut]
    verdicts: list[VerdictOut]

    @classmethod
    def of(cls, found: KnownYear, surveys: Surveys) -> "GatesOut":
        """Measure the effective layer."""
        scored = found.score("effective")
        return cls(
            unit=found.unit["unit_id"],
            year=found.year,
            target=found.target,
            gates=[gate_of(gate) for gate in found.gates(scored)],
            verdicts=verdicts(found, scored, "effective", surveys),
        )


def verdicts(found: KnownYear, scored: Score, layer: Layer, surveys: Surveys) -> list[VerdictOut]:
    """Return the verdict on each predicate of a layer scored in zero mode."""
    return [
        VerdictOut.of(verdict_of(found, scored, layer, surveys, predicate), found.target)
        for predicate in PREDICATES
    ]
