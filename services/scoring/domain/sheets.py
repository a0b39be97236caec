"""Answers of a unit's year by layer, and the two layers made of others: live and effective.

Source: lke.md section 7.
"""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Literal

from shared.instruments.lke import Answer, UnscorableAnswerError, default_policies, lke_instrument
from shared.instruments.lke.zero_mode import state_and_value

Written = Literal["unit", "tpi", "tpn"]
Layer = Literal["unit", "tpi", "tpn", "live", "effective"]
WRITTEN: tuple[Written, ...] = ("unit", "tpi", "tpn")
LAYERS: tuple[Layer, ...] = (*WRITTEN, "live", "effective")

Answers = dict[str, Answer]
Sheets = dict[str, Answers]
"""Answers by layer and item; only present answers are in it."""


@cache
def _positions() -> Mapping[str, int]:
    return {code: place for place, code in enumerate(lke_instrument().questions)}


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
    if inputs is not None and not set(inputs) <= set(question.input_keys):
        return "invalid_answer"
    try:
        state_and_value(question, answer_of(letter, index, inputs), default_policies())
    except (UnscorableAnswerError, ValueError):
        return "invalid_answer"
    return None


def layered(sheets: Mapping[str, Answers], live: Answers | None) -> dict[Layer, Answers]:
    """Return the answers of every layer that was ever written; effective is always there.

    `live` (None while no fact ever came): the fact, else the unit's answer. `effective`: the first present
    of tpn, tpi, unit, fact; the counts of a % question come from one layer as a set. Layers that are equal
    share one object.
    """
    unit = sheets.get("unit") or {}
    found: dict[Layer, Answers] = {name: sheets[name] for name in WRITTEN if name in sheets}
    if live is not None:
        found["live"] = {**unit, **live}
    effective = unit if not live else {**live, **unit}
    for name in ("tpi", "tpn"):
        if sheets.get(name):
            effective = {**effective, **sheets[name]}
    found["effective"] = effective
    return found


def pack(sheets: Mapping[str, Answers]) -> str:
    """Return sheets as compact JSON: per layer a list in the order of the instrument."""
    packed: dict[str, list[Any]] = {}
    positions = _positions()
    for name, answers in sheets.items():
        cells: list[Any] = [None] * len(positions)
        for code, answer in answers.items():
            cells[positions[code]] = _cell(answer)
        packed[name] = cells
    return json.dumps(packed, separators=(",", ":"))


def unpack(text: str) -> Sheets:
    """Read what `pack` wrote."""
    codes = tuple(_positions())
    return {
        name: {code: _answer(cell) for code, cell in zip(codes, cells, strict=True) if cell is not None}
        for name, cells in json.loads(text).items()
    }


def _cell(answer: Answer) -> Any:
    if answer.letter is not None:
        return answer.letter
    return {"index": answer.index_text} if answer.index is not None else dict(answer.inputs or {})


def _answer(cell: Any) -> Answer:
    if isinstance(cell, str):
        return _letter(cell)
    return Answer(index=Decimal(cell["index"])) if "index" in cell else Answer(inputs=cell)
