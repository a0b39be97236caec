"""A layer as a list of plain JSON values: what is stored of it and what the hot path counts.

One cell per question in the order of the sheet: None for a blank item, the letter of an option, `{"index":
decimal text}`, or the counts by key. Lists of cells are read, merged and counted without an object per item.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from shared.instruments.lke.answer import Answer
from shared.instruments.lke.consistency import is_complete
from shared.instruments.lke.load import lke_instrument
from shared.instruments.lke.model import Question

Cell = str | Mapping[str, Any] | None
Cells = list[Cell]


@cache
def positions() -> Mapping[str, int]:
    """Return the place of each question in a list of cells."""
    return {code: place for place, code in enumerate(lke_instrument().questions)}


def blank_cells() -> Cells:
    """Return a layer without any answer."""
    return [None] * len(positions())


@cache
def count_places() -> frozenset[int]:
    """Return the places of the items that are answered by counts."""
    return frozenset(positions()[item.code] for item in lke_instrument().questions.values() if item.inputs)


def is_partial(place: int, cell: Cell) -> bool:
    """Tell whether a cell holds counts that lack one of those that its item needs."""
    if not isinstance(cell, dict) or "index" in cell:
        return False
    return not is_complete(_questions()[place], cell)


@cache
def _questions() -> Sequence[Question]:
    return tuple(lke_instrument().questions.values())


def cells_of(answers: Mapping[str, Answer | None]) -> Cells:
    """Return the cells of a layer; `KeyError` for an unknown item."""
    cells, places = blank_cells(), positions()
    for code, answer in answers.items():
        cells[places[code]] = cell_of(answer)
    return cells


def answers_of(cells: Iterable[Cell]) -> dict[str, Answer]:
    """Return the present answers by item; the opposite of `cells_of`."""
    found = zip(positions(), map(answer_of, cells), strict=True)
    return {code: answer for code, answer in found if answer is not None}


def cell_of(answer: Answer | None) -> Cell:
    """Return an answer as a cell."""
    if answer is None:
        return None
    if answer.letter is not None:
        return answer.letter
    return {"index": answer.index_text} if answer.index is not None else dict(answer.inputs or {})


def answer_of(cell: Cell) -> Answer | None:
    """Return a cell as an answer."""
    if cell is None:
        return None
    if isinstance(cell, str):
        return _letter(cell)
    return Answer(index=Decimal(cell["index"])) if "index" in cell else Answer(inputs=cell)


@cache
def _letter(letter: str) -> Answer:
    return Answer(letter=letter)
