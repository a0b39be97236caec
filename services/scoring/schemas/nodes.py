"""Nodes and items of a score."""

from fractions import Fraction

from pydantic import BaseModel, Field

from services.scoring.schemas.numbers import exact, shown, twelve
from shared.instruments.lke import Mode, Score
from shared.instruments.lke.result import NodeScore, QuestionScore
from shared.kernel import decimal12


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


def nodes_of(scored: Score, level: str) -> list[NodeOut]:
    return [node_of(node) for node in scored.level(level)]


def node_of(node: NodeScore) -> NodeOut:
    return NodeOut(
        code=node.code,
        name=node.name,
        value=twelve(node.points),
        value_exact=exact(node.points),
        display=shown(node.points),
        weight=decimal12(node.weight),
        upper=decimal12(node.upper),
        completeness=node.completeness,
        error=node.error,
    )


def question_of(item: QuestionScore, mode: Mode) -> QuestionOut:
    """Blank and partial items are worth 0 in zero mode, empty in Excel; an undefined one has no value."""
    value = item.points if item.code.startswith("B.") else item.value
    if mode == "zero" and item.state in ("blank", "partial"):
        value = Fraction(0)
    return QuestionOut(
        code=item.code,
        value=twelve(value),
        value_exact=exact(value),
        weight=decimal12(item.weight),
        points=twelve(item.points),
        state=item.state,
        error=item.error,
    )
