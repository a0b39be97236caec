"""The score of one layer in one mode."""

from datetime import datetime

from pydantic import BaseModel, Field

from services.scoring.domain.sheets import Layer
from services.scoring.schemas.gates import GateOut, gate_of
from services.scoring.schemas.nodes import NodeOut, QuestionOut, nodes_of, question_of
from services.scoring.schemas.numbers import exact, shown, twelve
from services.scoring.schemas.surveys import SurveyOut
from services.scoring.schemas.verdicts import VerdictOut, verdicts
from services.scoring.usecases.reading import KnownYear, Surveys
from shared.instruments.lke import Mode, Predicate
from shared.kernel import decimal12, exact_text


class ScoreOut(BaseModel):
    """The score of one layer in one mode."""

    unit: str
    year: int
    target: Predicate | None = Field(description="Null for a year without programme")
    programme_years: list[int] = Field(description="Years with a programme, newest first")
    edition: str
    layer: Layer
    mode: Mode
    total: str | None
    total_exact: str | None
    display: str | None
    error: str | None = None
    completeness: str
    upper: str
    upper_exact: str
    components: list[NodeOut]
    subcomponents: list[NodeOut]
    areas: list[NodeOut]
    indicators: list[NodeOut]
    questions: list[QuestionOut]
    gates: list[GateOut]
    version: int = Field(description="Worksheet version folded into this score")
    as_of: datetime
    survey: list[SurveyOut] = Field(description="Counts and verdicts of the campaigns, the deciding first")
    verdicts: list[VerdictOut] = Field(
        description="Per predicate; none in workbook mode, which decides nothing"
    )

    @classmethod
    def of(
        cls, found: KnownYear, surveys: Surveys, programme_years: list[int], layer: Layer, mode: Mode
    ) -> "ScoreOut":
        """Score a unit's year and tell everything about it."""
        scored = found.score(layer, mode)
        total = scored.total
        return cls(
            unit=found.unit["unit_id"],
            year=found.year,
            target=found.target,
            programme_years=programme_years,
            edition=found.edition,
            layer=layer,
            mode=mode,
            total=twelve(total.points),
            total_exact=exact(total.points),
            display=shown(total.points),
            error=total.error,
            completeness=total.completeness,
            upper=decimal12(total.upper),
            upper_exact=exact_text(total.upper),
            components=nodes_of(scored, "component"),
            subcomponents=nodes_of(scored, "subcomponent"),
            areas=nodes_of(scored, "area"),
            indicators=nodes_of(scored, "indicator"),
            questions=[question_of(item, mode) for item in scored.questions.values()],
            gates=[gate_of(gate) for gate in found.gates(scored)],
            version=found.worksheet_version,
            as_of=found.as_of,
            survey=[SurveyOut.of(row) for row in surveys.rows],
            verdicts=[] if mode == "workbook" else verdicts(found, scored, layer, surveys),
        )
