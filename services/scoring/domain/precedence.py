"""Whose answer counts where several layers answered: the layers made of others, live and effective.

Source: lke.md section 7.
"""

from collections.abc import Mapping

from services.scoring.domain.sheets import WRITTEN, Answers, Layer
from shared.instruments.lke import (
    Cell,
    Cells,
    answers_of,
    blank_cells,
    cells_of,
)

PRECEDENCE: Mapping[Layer, tuple[Layer, ...]] = {
    "effective": ("tpn", "tpi", "unit", "live"),
    "live": ("live", "unit"),
}
"""Whose answer counts in a layer that is made of others: the first that is there."""


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
