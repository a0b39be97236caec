"""What the scoring API answers. Numbers are text: 12 decimals, exact fractions beside, 2 decimals to show."""

from dataclasses import asdict
from datetime import datetime
from fractions import Fraction
from typing import Literal

from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from services.scoring.domain.sheets import Layer
from services.scoring.domain.survey import survey_verdict
from services.scoring.domain.verdict import IndexPair
from services.scoring.usecases.reading import (
    ChangeLine,
    Explained,
    ItemOrigin,
    KnownYear,
    Surveys,
    Verdict,
    verdict_of,
)
from shared.instruments.lke import (
    PREDICATES,
    GateResult,
    Mode,
    Predicate,
    QuestionExplanation,
    Score,
    measure,
)
from shared.instruments.lke.result import NodeScore, QuestionScore
from shared.kernel import decimal12, display2, exact_text, half_up


class NodeOut(BaseModel):
    """A component, subcomponent, area or indicator: points, and what it weighs."""

    code: str
    name: str
    value: str | None = Field(description="Points, 12 decimals; null where Excel cannot compute")
    value_exact: str | None
    display: str | None
    weight: str
    upper: str = Field(description="Points if every open item got full value")
    completeness: str = Field(description="Answered items of all, e.g. 3/4")
    error: str | None = Field(default=None, description="Excel's error code, workbook mode only")


class QuestionOut(BaseModel):
    """An item as column L of the sheet shows it: 0-1 under an indicator, points for the three hasil items."""

    code: str
    value: str | None = Field(description="12 decimals; null where it is undefined, or empty in Excel")
    value_exact: str | None
    weight: str = Field(description="Points the item earns at most: w/n, or its own weight")
    points: str | None
    state: str = Field(description="answered, blank, partial, undefined")
    error: str | None = None


class HalfOut(BaseModel):
    """One half of an area, for information: gates look at both together."""

    code: str = Field(examples=["A.I.4"])
    value: str = Field(description="Points, 12 decimals")
    value_exact: str
    weight: str


class GateOut(BaseModel):
    """A gate on exact, unrounded points."""

    code: str
    name: str
    predicate: Predicate
    value: str
    value_exact: str
    minimum: str
    met: bool
    shortfall: str = Field(description="Points missing; 0 when met")
    shortfall_exact: str
    halves: list[HalfOut] = Field(description="Fulfilment and reform of an area; empty for other gates")
    index: str | None = Field(
        description="IPAK or IPKP as answered, 0-4 exact; null for other gates and blank"
    )
    letter: str | None = Field(description="Answer of B.I.b; null for other gates and blank")
    measure: Literal["index", "points"] = Field(description="What the three following texts are in")
    display: str = Field(description="Value as people know it, decimals enough to tell it from the floor")
    minimum_display: str
    shortfall_display: str
    reachable: bool = Field(description="Met if every open item got full value")
    open_items: list[str]
    costliest: list[str] = Field(description="Items of its basis that lose most points")


class SurveyOut(BaseModel):
    """A campaign's counts and what survey judged for one predicate; null verdict while it told none."""

    campaign_id: str
    period: str
    regime: str
    is_deciding: bool = Field(description="Whether this campaign decides for the unit and year")
    n: int = Field(description="Valid responses")
    willing: int
    n_minimum: int | None = Field(description="Valid responses that the regime asks for")
    willing_minimum: int | None
    ipak: str | None = Field(description="Of the released answers, exact; null while none are released")
    ipkp: str | None
    released_n: int | None = Field(description="Answers behind the two indices")
    index_basis: Literal["own", "external"] | None = Field(description="Whose indices were judged")
    predicate: Predicate | None
    result: Literal["met", "not_met"] | None
    failed: list[str]
    unknown: list[str] = Field(description="Those of the failed whose index is not known yet")
    outlook: str | None = Field(description="What can still become of it, e.g. LIKELY")
    policy_ids: list[str] = Field(description="Counting policies behind the classes")

    @classmethod
    def of(cls, row: RowMapping) -> "SurveyOut":
        """Return one campaign and predicate."""
        verdict = survey_verdict(row)
        counts = {
            "n": row["live_n"] if verdict is None else verdict.finished,
            "willing": row["live_willing"] if verdict is None else verdict.willing,
            "n_minimum": row["finished_minimum"],
        }
        lists = {name: row[name] or [] for name in ("failed", "unknown", "policy_ids")}
        return cls.model_validate({**row, **counts, **lists})


class IndexOut(BaseModel):
    """IPAK or IPKP from both sources: the worksheet, which the gate measures, and the deciding survey."""

    index: Literal["IPAK", "IPKP"]
    gate: str
    worksheet: str | None = Field(description="Index the worksheet answers, exact; null while blank")
    worksheet_display: str | None = Field(
        description="Decimals enough to tell both sources and the floor apart"
    )
    worksheet_layer: str | None = Field(description="Whose answer it is")
    worksheet_met: bool
    survey: str | None = Field(description="Index of the released answers, exact")
    survey_display: str | None
    floor_display: str
    survey_basis: Literal["own", "external"]
    survey_released_n: int
    survey_met: bool | None = Field(description="As survey judged it; null while its index is not known")
    differ: bool = Field(description="Other values, or other sides of the floor")

    @classmethod
    def of(cls, pair: IndexPair) -> "IndexOut":
        """Return one index with both of its sources."""
        return cls(
            index="IPAK" if pair.index == "ipak" else "IPKP",
            gate=pair.gate.gate.code,
            worksheet=_exact(pair.worksheet),
            worksheet_display=None if pair.worksheet is None else half_up(pair.worksheet, pair.places),
            worksheet_layer=pair.layer,
            worksheet_met=pair.gate.is_met,
            survey=_exact(pair.released),
            survey_display=None if pair.released is None else half_up(pair.released, pair.places),
            floor_display=half_up(pair.floor, pair.places),
            survey_basis=pair.survey.index_basis,
            survey_released_n=pair.released_n,
            survey_met=pair.survey_is_met,
            differ=pair.differs,
        )


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
            total=_twelve(total.points),
            total_exact=_exact(total.points),
            display=_shown(total.points),
            error=total.error,
            completeness=total.completeness,
            upper=decimal12(total.upper),
            upper_exact=exact_text(total.upper),
            components=_nodes(scored, "component"),
            subcomponents=_nodes(scored, "subcomponent"),
            areas=_nodes(scored, "area"),
            indicators=_nodes(scored, "indicator"),
            questions=[_question(item, mode) for item in scored.questions.values()],
            gates=[_gate(gate) for gate in found.gates(scored)],
            version=found.worksheet_version,
            as_of=found.as_of,
            survey=[SurveyOut.of(row) for row in surveys.rows],
            verdicts=[] if mode == "workbook" else verdicts(found, scored, layer, surveys),
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
            gates=[_gate(gate) for gate in found.gates(scored)],
            verdicts=verdicts(found, scored, "effective", surveys),
        )


class ChangeOut(BaseModel):
    """One line of what changed last."""

    id: int
    at: datetime = Field(description="Of a survey only the day: when it began for the unit")
    subject: str
    delta: str | None
    text: str

    @classmethod
    def of(cls, line: ChangeLine) -> "ChangeOut":
        """Return a line with its points as 12 decimals."""
        return cls(id=line.id, at=line.at, subject=line.subject, delta=_twelve(line.delta), text=line.text)


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


class OriginOut(BaseModel):
    """Where one layer's answer to an item came from."""

    code: str | None = None
    layer: str
    answer: str | None
    origin: str
    cell: str | None
    evidence_ids: list[str]
    event_id: str
    at: datetime
    version: int
    is_partial: bool = Field(description="Counts of it are missing: the next layer counts")
    writer_id: str | None = Field(
        description="Pseudonym of whoever wrote it; null for answers of before writers were told"
    )


class ExplainedQuestion(BaseModel):
    """An item in full: answer, formula with its numbers, what it earns and loses, whose answer it is."""

    code: str
    text: str
    state: str
    answer: str | None
    value: str | None
    working: str | None
    weight: str
    contribution: str | None
    lost: str
    error: str | None
    warnings: list[str]
    layer: str | None = Field(description="Whose answer counts: unit, tpi, tpn or live; null while blank")
    source: OriginOut | None = Field(
        description="Where that answer came from; null for a fact and while blank"
    )
    drift: bool = Field(description="The unit's typed answer stands against another fact")


class ExplanationOut(BaseModel):
    """A node down to its items, or one item with the answers of all layers."""

    code: str
    name: str
    points: str | None
    weight: str
    lost: str
    children: list[NodeOut]
    questions: list[ExplainedQuestion]
    blank: list[str]
    partial: list[str] = Field(description="Items with some of their counts: they earn nothing yet")
    undefined: list[str]
    origins: list[OriginOut]

    @classmethod
    def of(cls, found: Explained) -> "ExplanationOut":
        """Return an explanation as text numbers."""
        told, sources = found.told, [_origin(code, origin) for code, origin in found.origins]
        if isinstance(told, QuestionExplanation):
            return cls(
                code=told.code,
                name=told.text,
                points=_twelve(told.contribution),
                weight=decimal12(told.weight),
                lost=decimal12(told.lost),
                children=[],
                questions=[_explained(told, found)],
                blank=[],
                partial=[],
                undefined=[],
                origins=sources,
            )
        return cls(
            code=told.node.code,
            name=told.node.name,
            points=_twelve(told.node.points),
            weight=decimal12(told.node.weight),
            lost=decimal12(told.lost),
            children=[_node(child) for child in told.children],
            questions=[_explained(question, found) for question in told.questions],
            blank=list(told.blank),
            partial=list(told.partial),
            undefined=list(told.undefined),
            origins=sources,
        )


def _twelve(value: Fraction | None) -> str | None:
    return None if value is None else decimal12(value)


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else exact_text(value)


def _shown(value: Fraction | None) -> str | None:
    return None if value is None else display2(value)


def _nodes(scored: Score, level: str) -> list[NodeOut]:
    return [_node(node) for node in scored.level(level)]


def _node(node: NodeScore) -> NodeOut:
    return NodeOut(
        code=node.code,
        name=node.name,
        value=_twelve(node.points),
        value_exact=_exact(node.points),
        display=_shown(node.points),
        weight=decimal12(node.weight),
        upper=decimal12(node.upper),
        completeness=node.completeness,
        error=node.error,
    )


def _question(item: QuestionScore, mode: Mode) -> QuestionOut:
    """Blank and partial items are worth 0 in zero mode, empty in Excel; an undefined one has no value."""
    value = item.points if item.code.startswith("B.") else item.value
    if mode == "zero" and item.state in ("blank", "partial"):
        value = Fraction(0)
    return QuestionOut(
        code=item.code,
        value=_twelve(value),
        value_exact=_exact(value),
        weight=decimal12(item.weight),
        points=_twelve(item.points),
        state=item.state,
        error=item.error,
    )


def _gate(found: GateResult) -> GateOut:
    shown = measure(found)
    short = max(Fraction(0), shown.floor - shown.value)
    return GateOut(
        code=found.gate.code,
        name=found.gate.name,
        predicate=found.gate.predicate,
        value=decimal12(found.value),
        value_exact=exact_text(found.value),
        minimum=decimal12(found.gate.minimum),
        met=found.is_met,
        shortfall=decimal12(found.shortfall),
        shortfall_exact=exact_text(found.shortfall),
        halves=[
            HalfOut(
                code=half.code,
                value=decimal12(half.points),
                value_exact=exact_text(half.points),
                weight=decimal12(half.weight),
            )
            for half in found.halves
        ],
        index=_exact(found.index),
        letter=found.letter,
        measure="points" if found.gate.index is None else "index",
        display=half_up(shown.value, shown.places),
        minimum_display=half_up(shown.floor, shown.places),
        shortfall_display=half_up(short, shown.places),
        reachable=found.is_reachable,
        open_items=list(found.open_items),
        costliest=[loss.code for loss in found.losses],
    )


def verdicts(found: KnownYear, scored: Score, layer: Layer, surveys: Surveys) -> list[VerdictOut]:
    """Return the verdict on each predicate of a layer scored in zero mode."""
    return [
        VerdictOut.of(verdict_of(found, scored, layer, surveys, predicate), found.target)
        for predicate in PREDICATES
    ]


def _origin(code: str, origin: ItemOrigin) -> OriginOut:
    return OriginOut(code=code, **asdict(origin))


def _explained(told: QuestionExplanation, found: Explained) -> ExplainedQuestion:
    source = found.source(told.code)
    return ExplainedQuestion(
        code=told.code,
        text=told.text,
        state=told.state,
        answer=None if told.answer is None else str(told.answer),
        value=_twelve(told.value),
        working=told.working,
        weight=decimal12(told.weight),
        contribution=_twelve(told.contribution),
        lost=decimal12(told.lost),
        error=told.error,
        warnings=[warning.message for warning in told.warnings],
        layer=found.layers[told.code],
        source=None if source is None else _origin(told.code, source),
        drift=told.code in found.drifting,
    )
