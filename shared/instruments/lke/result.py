"""The shapes of a score: items, nodes and the whole, with completeness and reachable upper bound."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import lcm
from typing import Literal

from shared.instruments.lke.consistency import Answers
from shared.instruments.lke.model import TOTAL, Instrument
from shared.instruments.lke.policies import Policies

Mode = Literal["zero", "workbook"]
State = Literal["answered", "blank", "partial", "undefined"]
INDEX_TOP = 4
TOTAL_NAME = "Nilai evaluasi Zona Integritas"


class ExcelError(StrEnum):
    """What a cell shows where Excel cannot compute."""

    DIV0 = "#DIV/0!"
    VALUE = "#VALUE!"


class UnscorableAnswerError(ValueError):
    """An answer that `parse_answer` would have refused reached the default mode."""


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """One item: `value` 0-1 and `points` = value x share, or None with `error` or an unanswered `state`.

    `weight` is the item's share of its node in points: w/n, in workbook mode w over the items counted.
    `upper` is the points it could still earn.
    """

    code: str
    state: State
    value: Fraction | None
    points: Fraction | None
    weight: Fraction
    upper: Fraction
    error: ExcelError | None = None


@dataclass(frozen=True, slots=True)
class NodeScore:
    """A node's points (None with `error` where Excel cannot compute), weight, completeness and bound."""

    code: str
    level: str
    name: str
    weight: Fraction
    points: Fraction | None
    upper: Fraction
    answered: int
    items: int
    error: ExcelError | None = None

    @property
    def completeness(self) -> str:
        return f"{self.answered}/{self.items}"


@dataclass(frozen=True, slots=True)
class Score:
    """All of one layer in one mode; `nodes` and `questions` are in the order of the instrument's sheet."""

    instrument: Instrument
    mode: Mode
    answers: Answers
    policies: Policies
    total: NodeScore
    nodes: Mapping[str, NodeScore]
    questions: Mapping[str, QuestionScore]

    def level(self, level: str) -> tuple[NodeScore, ...]:
        """Return the nodes of a level: component, subcomponent, area or indicator."""
        return tuple(node for node in self.nodes.values() if node.level == level)

    def points(self, code: str) -> Fraction | None:
        """Return the points of TOTAL, a node or an item; None where there is none; `KeyError` else."""
        if code == TOTAL:
            return self.total.points
        return self.nodes[code].points if code in self.nodes else self.questions[code].points

    def upper(self, code: str) -> Fraction:
        """Return the points `code` could still reach; `KeyError` for an unknown code."""
        if code == TOTAL:
            return self.total.upper
        return self.nodes[code].upper if code in self.nodes else self.questions[code].upper

    @property
    def open_items(self) -> tuple[str, ...]:
        """The items that are not answered, in the order of the sheet."""
        return tuple(code for code, item in self.questions.items() if item.state != "answered")

    def unanswered(self, code: str = TOTAL, *states: State) -> tuple[str, ...]:
        """Return the items under `code` that are not answered, or only those in `states`."""
        wanted = states or ("blank", "partial", "undefined")
        under = self.instrument.questions_under(code)
        return tuple(item.code for item in under if self.questions[item.code].state in wanted)


def exact_sum(parts: Iterable[Fraction | None]) -> Fraction:
    """Add fractions over one common denominator, None as 0: several times faster than one by one."""
    numbers = [part for part in parts if part is not None]
    common = lcm(*(part.denominator for part in numbers))
    return Fraction(sum(part.numerator * (common // part.denominator) for part in numbers), common)
