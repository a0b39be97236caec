"""The shapes of the LKE instrument: nodes, questions, inputs, scales and editions, all immutable."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, Literal

from shared.instruments.lke.formulas import Formula

TOTAL = "TOTAL"
"""Code of the whole worksheet, above the two components."""

WORKBOOK, PORTAL = "workbook_2021", "portalrb_2026"
"""Layouts of the official workbook, and of the sheet that PortalRB takes."""

Level = Literal["component", "subcomponent", "area", "indicator"]


class QuestionType(StrEnum):
    """How a question is answered; the names are those of the instrument's file."""

    YA_TIDAK = "YA_TIDAK"
    ABC = "ABC"
    ABCD = "ABCD"
    ABCDE = "ABCDE"
    PERCENT = "PERCENT"
    INDEX = "INDEX_0_4"


@dataclass(frozen=True, slots=True)
class Scale:
    """The letters of an option type with their values 0-1, best first; `printed` is column J's text."""

    printed: str
    values: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the official sheets; `soal_id` is PortalRB's number of the question."""

    workbook_row: int
    portalrb_row: int
    soal_id: int | None

    def row_in(self, layout: str) -> int:
        """Return the row in a layout of the instrument."""
        return self.portalrb_row if layout == PORTAL else self.workbook_row


@dataclass(frozen=True, slots=True)
class Input:
    """One count of a % question. `is_used` False: must be filled, but the formula does not read it."""

    key: str
    label: str
    is_used: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Question:
    """One of the 113 scored items. `share` is what it earns at value 1, in points: w/n, or its own weight.

    `scale` is set for options, `formula` for % and index questions. `inputs` are the counts n1..n4,
    `optional_total` the typed total n0 that may stand for the parts. `sufficient` lists the sets of inputs
    each of which is enough to be answered.
    """

    code: str
    type: QuestionType
    text: str
    parent: str
    share: Fraction
    place: Place
    scale: Scale | None
    formula: Formula | None
    inputs: tuple[Input, ...]
    optional_total: Input | None
    sufficient: tuple[frozenset[str], ...]
    option_facts: Mapping[str, str]
    cross_check: str | None
    when_zero: str | None
    note: str | None
    feed_hint: str | None

    @property
    def input_keys(self) -> tuple[str, ...]:
        """Every input the question takes, the optional total first."""
        keys = tuple(entry.key for entry in self.inputs)
        return (self.optional_total.key, *keys) if self.optional_total else keys

    @property
    def allowed(self) -> str:
        """What an answer may be, for messages to the user."""
        if self.scale is not None:
            return self.scale.printed
        if self.type is QuestionType.INDEX:
            return "angka 0-4"
        return "bilangan bulat 0 atau lebih"


@dataclass(frozen=True, slots=True)
class Node:
    """A component, subcomponent, area or indicator; has children or questions, never both."""

    code: str
    level: Level
    name: str
    weight: Fraction
    workbook_row: int
    total_row: int | None
    portalrb_row: int
    children: tuple["Node", ...]
    questions: tuple[Question, ...]

    def row_in(self, layout: str) -> int:
        """Return the row in a layout of the instrument."""
        return self.portalrb_row if layout == PORTAL else self.workbook_row

    def walk(self) -> Iterator["Node"]:
        """Yield this node and all nodes below it in the order of the sheet."""
        yield self
        for child in self.children:
            yield from child.walk()

    def all_questions(self) -> Iterator[Question]:
        """Yield every question at or below this node in the order of the sheet."""
        for node in self.walk():
            yield from node.questions


@dataclass(frozen=True, slots=True)
class Edition:
    """One published form of the sheet; `valid_from` is a date or only a year, as its source gives it."""

    id: str
    basis: str
    valid_from: str
    layout: str
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Instrument:
    """A checked instrument, itself and no equal one: the shipped one has 60 nodes and 113 questions.

    `nodes` and `questions` are in the order of the sheet.
    """

    id: str
    title: str
    editions: Mapping[str, Edition]
    components: tuple[Node, ...]
    nodes: Mapping[str, Node]
    questions: Mapping[str, Question]
    criteria: Mapping[str, Any]
    layouts: Mapping[str, Mapping[str, Any]]
    under: Mapping[str, tuple[Question, ...]]

    def questions_under(self, code: str) -> tuple[Question, ...]:
        """Return the questions a code covers: TOTAL, a node, or the question itself; `KeyError` else."""
        return self.under[code]

    def weights_by_row(self, layout: str) -> Mapping[int, tuple[str, Fraction]]:
        """Return code and weight by row of an official sheet: 60 nodes and the 3 hasil items."""
        rows = {node.row_in(layout): (code, node.weight) for code, node in self.nodes.items()}
        return rows | {
            item.place.row_in(layout): (item.code, item.share)
            for node in self.nodes.values()
            if node.level != "indicator"
            for item in node.questions
        }

    def is_plan_code(self, code: str) -> bool:
        """Tell whether plan activities may serve `code`: an indicator, or one of the three hasil items."""
        node = self.nodes.get(code)
        if node is not None:
            return node.level == "indicator"
        return code in self.questions and self.nodes[self.questions[code].parent].level != "indicator"

    def weight_of(self, code: str) -> Fraction:
        """Return the points a code can earn at most; `KeyError` for an unknown code."""
        if code == TOTAL:
            return sum((node.weight for node in self.components), Fraction(0))
        return self.questions[code].share if code in self.questions else self.nodes[code].weight
