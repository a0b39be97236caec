"""Answers of a unit's year by layer, as they are written, stored and checked.

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
    Cells,
    UnscorableAnswerError,
    answers_of,
    default_policies,
    lke_instrument,
)
from shared.instruments.lke.zero_mode import state_and_value

Written = Literal["unit", "tpi", "tpn"]
Layer = Literal["unit", "tpi", "tpn", "live", "effective"]
WRITTEN: tuple[Written, ...] = ("unit", "tpi", "tpn")
LAYERS: tuple[Layer, ...] = (*WRITTEN, "live", "effective")
UnitYear = tuple[str, int]
"""A unit's id and a year: what is locked, counted and shown as one."""
Answers = dict[str, Answer]
Sheets = dict[str, Answers]
"""Answers by layer and item; only present answers are in it."""
Packed = dict[str, Cells]
"""Cells by layer."""


class Standing(NamedTuple):
    """A unit's year as it is stored and locked: packed sheets, packed live answers, points of its gates.

    `writes` is how often it was written before; the database counts.
    """

    worksheet_version: int
    sheets: str
    live: str
    gate_points: str = ""
    writes: int = 0


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


@cache
def certain() -> frozenset[tuple[str, str | None]]:
    """Return items with the letters in which `fault` finds none, beside neither index nor counts.

    Nearly every answer is one of these, and a set tells it in a fifth of the time.
    """
    questions = lke_instrument().questions.values()
    return frozenset(
        (item.code, letter) for item in questions if item.scale for letter in (None, *item.scale.values)
    )


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
