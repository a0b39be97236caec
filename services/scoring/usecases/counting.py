"""Count one unit's year: apply what changed to its sheets and score every layer afresh. No database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from services.scoring.domain.feeds import CaseCounts, case_feeds, facts_of
from services.scoring.domain.sheets import Layer, answer_of, dump, effective_cell, layered_cells, load
from services.scoring.store.state import Standing, UnitYear
from shared.instruments.lke import (
    TOTAL,
    Answer,
    Cell,
    Cells,
    RuleSet,
    Totals,
    blank_cells,
    cell_of,
    cells_of,
    edition_for_year,
    positions,
    rule_set,
    rule_set_for_year,
    totals_of_cells,
)
from shared.kernel import decimal12, exact_text

PENGUNGKIT = "A"

AnswerValues = Mapping[str, Any]
"""Columns of an answer fact that was newer than what we had."""


class CountedLayer(NamedTuple):
    """What is stored of a layer's totals, as text."""

    totals: Totals
    total: str
    upper: str
    points: str
    pengungkit: str
    answered: int
    items: int


@dataclass(slots=True)
class CountedYear:
    """One unit's year after its recount; `before` holds the effective cells of items that may have moved."""

    before: Mapping[str, Cell]
    effective: Cells
    scores: Mapping[Layer, CountedLayer]
    edition: str
    rules: RuleSet
    standing: Standing


def count_year(
    place: UnitYear,
    standing: Standing,
    changes: Iterable[AnswerValues],
    cases: CaseCounts | None,
    pinned: tuple[str, str] | None,
) -> CountedYear:
    """Apply a unit's changes to its sheets and score every layer that has answers, each afresh."""
    sheets, live = load(standing.sheets), load(standing.live).get("live")
    version, packed_live, places = standing.worksheet_version, standing.live, positions()
    new_cells = [(values["layer"], values["item_code"], _cell(values)) for values in changes]
    before = {code: effective_cell(sheets, live, places[code]) for _, code, _ in new_cells}
    for layer, code, cell in new_cells:
        sheets.setdefault(layer, blank_cells())[places[code]] = cell
    for values in changes:
        version = max(version, values["version"])
    if cases is not None:
        for feed in case_feeds():
            before.setdefault(feed.item_code, effective_cell(sheets, live, places[feed.item_code]))
        live = cells_of(facts_of(cases))
        packed_live = dump({"live": live})
    layers = layered_cells(sheets, live)
    unlike = {id(cells): cells for cells in layers.values()}  # layers that are equal share one list
    counted = {key: _count(cells) for key, cells in unlike.items()}
    edition, rules = pinned or (edition_for_year(place[1]), rule_set_for_year(place[1]))
    return CountedYear(
        before,
        layers["effective"],
        {layer: counted[id(cells)] for layer, cells in layers.items()},
        edition,
        rule_set(rules),
        Standing(version, dump(sheets), packed_live),
    )


def _cell(values: AnswerValues) -> Cell:
    letter: str | None = values["letter"]
    if letter is not None:
        return letter
    return cell_of(answer_in(values))


def answer_in(values: AnswerValues) -> Answer | None:
    """Return the answer that an answer fact's columns hold, None for one that blanks the item."""
    inputs = values["inputs"]
    return answer_of(values["letter"], values["index_text"], None if inputs is None else orjson.loads(inputs))


def _count(cells: Cells) -> CountedLayer:
    counted = totals_of_cells(cells)
    total = counted.points(TOTAL)
    return CountedLayer(
        counted,
        exact_text(total),
        exact_text(counted.upper(TOTAL)),
        decimal12(total),
        decimal12(counted.points(PENGUNGKIT)),
        *counted.completeness(),
    )
