"""Answers of a unit's year by layer, and the two layers made of others: live and effective.

The fold works on cells (plain JSON values in the order of the instrument), readers on answers by item.
Source: lke.md section 7.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Literal, NamedTuple

import orjson

from shared.instruments.lke import (
    Answer,
    Cell,
    Cells,
    UnscorableAnswerError,
    answers_of,
    blank_cells,
    cells_of,
    default_policies,
    lke_instrument,
)
from shared.instruments.lke.zero_mode import state_and_value

Written = Literal["unit", "tpi", "tpn"]
Layer = Literal["unit", "tpi", "tpn", "live", "effective"]
WRITTEN: tuple[Written, ...] = ("unit", "tpi", "tpn")
LAYERS: tuple[Layer, ...] = (*WRITTEN, "live", "effective")
PRECEDENCE: Mapping[Layer, tuple[Layer, ...]] = {
    "effective": ("tpn", "tpi", "unit", "live"),
    "live": ("live", "unit"),
}
"""Whose answer counts in a layer that is made of others: the first that is there."""

UnitYear = tuple[str, int]
"""A unit's id and a year: what is locked, counted and shown as one."""
Answers = dict[str, Answer]
Sheets = dict[str, Answers]
"""Answers by layer and item; only present answers are in it."""
Packed = dict[str, Cells]
"""Cells by layer."""


class Standing(NamedTuple):
    """A unit's year as it is stored and locked: packed sheets and packed live answers."""

    worksheet_version: int
    sheets: str
    live: str


@cache
def _letter(letter: str) -> Answer:
    return Answer(letter=letter)


def answer_of(letter: str | None, index: str | None, inputs: Mapping[str, int] | None) -> Answer | None:
    """Return the answer a fact holds, None for a blanked item; `ValueError` when it holds several."""
    if letter is None and index is None and inputs is None:
        return None
    if letter is not None and index is None and inputs is None:
        return _letter(letter)
    try:
        return Answer(letter, None if index is None else Decimal(index), inputs)
    except InvalidOperation as error:
        raise ValueError(f"index {index!r} is no decimal") from error


def fault(code: str, letter: str | None, index: str | None, inputs: Mapping[str, int] | None) -> str | None:
    """Return why an answer cannot be true, or None: `unknown_item`, `invalid_answer`."""
    question = lke_instrument().questions.get(code)
    if question is None:
        return "unknown_item"
    if question.scale is not None and index is None and inputs is None:
        return None if letter is None or letter in question.scale.values else "invalid_answer"
    if inputs is not None and not set(inputs) <= set(question.input_keys):
        return "invalid_answer"
    try:
        state_and_value(question, answer_of(letter, index, inputs), default_policies())
    except (UnscorableAnswerError, ValueError):
        return "invalid_answer"
    return None


def layered(sheets: Mapping[str, Answers], live: Answers | None) -> dict[Layer, Answers]:
    """Return the answers of every layer that was ever written; effective is always there.

    `live` is None while no fact ever came. What is made of others follows `PRECEDENCE`; the counts of a %
    question come from one layer as a set. Layers that are equal share one object.
    """
    packed = {name: cells_of(answers) for name, answers in sheets.items()}
    found = layered_cells(packed, None if live is None else cells_of(live))
    unlike = {id(cells): answers_of(cells) for cells in found.values()}
    return {name: unlike[id(cells)] for name, cells in found.items()}


def layered_cells(sheets: Mapping[str, Cells], live: Cells | None) -> dict[Layer, Cells]:
    """Return the same on cells."""
    present = sheets if live is None else {**sheets, "live": live}
    found: dict[Layer, Cells] = {name: sheets[name] for name in WRITTEN if name in sheets}
    if live is not None:
        found["live"] = _laid_over(present, "live")
    found["effective"] = _laid_over(present, "effective")
    return found


def effective_cell(sheets: Mapping[str, Cells], live: Cells | None, position: int) -> Cell:
    """Return one cell of the effective layer."""
    for name in PRECEDENCE["effective"]:
        cells = live if name == "live" else sheets.get(name)
        if cells is not None and cells[position] is not None:
            return cells[position]
    return None


def _laid_over(present: Mapping[str, Cells], layer: Layer) -> Cells:
    """Return the first present cell of those that a layer is made of."""
    cells = blank_cells()
    for name in reversed(PRECEDENCE[layer]):
        if name in present:
            cells = _over(present[name], cells)
    return cells


def _over(upper: Cells, lower: Cells) -> Cells:
    """Return the first present cell of two layers; the same list where the other layer is blank."""
    if upper.count(None) == len(upper):
        return lower
    if lower.count(None) == len(lower):
        return upper
    return [low if cell is None else cell for cell, low in zip(upper, lower, strict=True)]


def load(text: str) -> Packed:
    """Read sheets as they are stored: per layer a list of cells."""
    packed: Packed = orjson.loads(text)
    return packed


def dump(packed: Packed) -> str:
    """Return sheets as they are stored: compact JSON."""
    return orjson.dumps(packed).decode()


def unpack(text: str) -> Sheets:
    """Read what `dump` wrote as answers."""
    return {name: answers_of(cells) for name, cells in load(text).items()}
