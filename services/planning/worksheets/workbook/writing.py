"""From a layer to the cells of layout 2021: the opposite of `reading`, pure data.

Percentages stay the formulas that they are. A total that the parts give stays a formula too, so that only
one that somebody typed is read back as n0. Source: lke.md section 11, Export.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.planning.evidence.domain import Evidence
from services.planning.worksheets.workbook.beside import Beside, beside
from services.planning.worksheets.workbook.layout import (
    LHKASN_TOTAL_ROW,
    LHKPN_TOTAL_ROW,
    inputs_of,
    lhkasn_sum,
    lhkpn_sum,
    rows_of,
)
from services.planning.worksheets.workbook.totals import is_typed_total, parts_sum
from shared.instruments.lke import Answer, Answers, Question, lke_instrument

Field = Literal["answer", "note", "names", "links"]
"""Columns K, O, P and Q, wherever a workbook has them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a cell shall hold: a text, a number as decimal text, a formula without its sign, or nothing.

    `target` is where it leads, empty for nowhere.
    """

    kind: Literal["text", "number", "formula", "blank"]
    value: str = ""
    target: str = ""


Entries = Mapping[tuple[int, Field], Entry]
"""By row, from 1, and column."""
BLANK = Entry("blank")


@dataclass(frozen=True, slots=True)
class Filled:
    """A layer as it goes into a workbook, each by item; what is not there is blank."""

    answers: Answers
    notes: Mapping[str, str]
    evidence: Mapping[str, Sequence[Evidence]]


def entries_of(layer: Filled) -> Entries:
    """Return every cell that belongs to a layer, blank ones too: nothing of who was there before stays."""
    found: dict[tuple[int, Field], Entry] = {}
    for question in lke_instrument().questions.values():
        code, row = question.code, question.place.workbook_row
        for below in rows_of(question):
            for field in ("note", "names", "links"):
                found[below, field] = BLANK
        found |= {
            (place, "answer"): entry for place, entry in _answer(question, layer.answers.get(code)).items()
        }
        found[row, "note"] = _text(layer.notes.get(code, ""))
        shown = beside(layer.evidence.get(code, ()))
        found[row, "names"], found[row, "links"] = _text(shown.names), _links(shown)
    return found


def _answer(question: Question, answer: Answer | None) -> dict[int, Entry]:
    """Return the answer cells of an item by row."""
    if not question.inputs:
        return {question.place.workbook_row: entry_of(answer)}
    counts = answer.inputs if answer is not None and answer.inputs is not None else {}
    found = {}
    for entry in inputs_of(question):
        row = entry.place.workbook_row
        found[row] = _number(counts[entry.key]) if entry.key in counts else BLANK
    if LHKPN_TOTAL_ROW in found and not is_typed_total(counts):
        found[LHKPN_TOTAL_ROW] = Entry("formula", lhkpn_sum())
    if found.get(LHKASN_TOTAL_ROW) == BLANK and parts_sum(counts) is not None:
        found[LHKASN_TOTAL_ROW] = Entry("formula", lhkasn_sum())
    return found


def entry_of(answer: Answer | None) -> Entry:
    """Return the cell of an answer that is a letter or an index."""
    if answer is None:
        return BLANK
    if answer.letter is not None:
        return _text(answer.letter)
    return BLANK if answer.index is None else _number(answer.index)


def _number(value: int | Decimal) -> Entry:
    return Entry("number", format(Decimal(value), "f"))


def _text(text: str) -> Entry:
    return Entry("text", text) if text else BLANK


def _links(shown: Beside) -> Entry:
    return Entry("text", shown.links, shown.target) if shown.links else BLANK
