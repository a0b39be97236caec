"""Whose answer counts where several layers answered: the layers made of others, live and effective.

Source: lke.md section 7.
"""

from collections.abc import Mapping, Sequence

from services.scoring.domain.sheets import WRITTEN, Answers, Layer
from shared.instruments.lke import (
    Answer,
    Cell,
    Cells,
    answers_of,
    blank_cells,
    cell_of,
    cells_of,
    count_places,
    is_partial,
    positions,
)

PRECEDENCE: Mapping[Layer, tuple[Layer, ...]] = {
    "effective": ("tpn", "tpi", "unit", "live"),
    "live": ("live", "unit"),
}
"""Whose answer counts in a layer that is made of others: the first that is there.

Counts that lack one of their item's are not there while another layer has an answer.
"""


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


def in_order(sheets: Mapping[str, Cells], live: Cells | None) -> list[Cells]:
    """Return the layers that the effective one is made of, first the one that counts most."""
    present = sheets if live is None else {**sheets, "live": live}
    return [present[name] for name in PRECEDENCE["effective"] if name in present]


def first_present(layers: Sequence[Cells], position: int) -> Cell:
    """Return the cell that counts: the first present one; a partial set only where there is no other."""
    partial: Cell = None
    for cells in layers:
        cell = cells[position]
        if cell is None:
            continue
        if isinstance(cell, str) or not is_partial(position, cell):
            return cell
        partial = partial or cell
    return partial


def which(answers: Mapping[Layer, Answers], layer: Layer, code: str) -> Layer | None:
    """Return the written layer, or `live`, whose answer counts in a layer; None when the item is blank."""
    found = [name for name in PRECEDENCE.get(layer, (layer,)) if code in answers.get(name, {})]
    place = positions()[code]
    whole = [name for name in found if not is_partial(place, cell_of(answers[name][code]))]
    return next(iter(whole or found), None)


def without(answers: Mapping[Layer, Answers], layer: Layer, code: str) -> Answer | None:
    """Return the answer that would stand in a layer if the one that counts there were blanked.

    In a layer that is made of others that is the next one's; `answers` hold the written layers and `live`.
    """
    counting = which(answers, layer, code)
    if counting is None:
        return None
    rest = {**answers, counting: {key: one for key, one in answers[counting].items() if key != code}}
    following = which(rest, layer, code)
    return None if following is None else rest[following][code]


def _laid_over(present: Mapping[str, Cells], layer: Layer) -> Cells:
    """Return the cells that count of those that a layer is made of."""
    cells = blank_cells()
    for name in reversed(PRECEDENCE[layer]):
        if name in present:
            cells = _over(present[name], cells)
    return cells


def _over(upper: Cells, lower: Cells) -> Cells:
    """Return the cells that count of two layers; the same list where the other layer is blank."""
    if upper.count(None) == len(upper):
        return lower
    if lower.count(None) == len(lower):
        return upper
    cells = [low if cell is None else cell for cell, low in zip(upper, lower, strict=True)]
    for position in count_places():
        cells[position] = first_present((upper, lower), position)
    return cells
