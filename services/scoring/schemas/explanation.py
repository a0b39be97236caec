"""Why a node or an item has its points."""

from dataclasses import asdict
from datetime import datetime

from pydantic import BaseModel, Field

from services.scoring.schemas.nodes import NodeOut, node_of
from services.scoring.schemas.numbers import twelve
from services.scoring.usecases.reading import Explained, ItemOrigin
from shared.instruments.lke import QuestionExplanation
from shared.kernel import decimal12


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
                points=twelve(told.contribution),
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
            points=twelve(told.node.points),
            weight=decimal12(told.node.weight),
            lost=decimal12(told.lost),
            children=[node_of(child) for child in told.children],
            questions=[_explained(question, found) for question in told.questions],
            blank=list(told.blank),
            partial=list(told.partial),
            undefined=list(told.undefined),
            origins=sources,
        )


def _origin(code: str, origin: ItemOrigin) -> OriginOut:
    return OriginOut(code=code, **asdict(origin))


def _explained(told: QuestionExplanation, found: Explained) -> ExplainedQuestion:
    source = found.source(told.code)
    return ExplainedQuestion(
        code=told.code,
        text=told.text,
        state=told.state,
        answer=None if told.answer is None else str(told.answer),
        value=twelve(told.value),
        working=told.working,
        weight=decimal12(told.weight),
        contribution=twelve(told.contribution),
        lost=decimal12(told.lost),
        error=told.error,
        warnings=[warning.message for warning in told.warnings],
        layer=found.layers[told.code],
        source=None if source is None else _origin(told.code, source),
        drift=told.code in found.drifting,
    )
