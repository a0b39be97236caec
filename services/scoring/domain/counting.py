"""Count one unit's year: apply what changed to its sheets and score every layer afresh. No database."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.scoring.domain.changes import AnswerValues, Change, answer_in, answer_lines, case_lines
from services.scoring.domain.feeds import CaseCounts, case_feeds, facts_of
from services.scoring.domain.precedence import effective_cell, layered_cells
from services.scoring.domain.scores import LayerScore, met
from services.scoring.domain.sheets import Layer, Standing, UnitYear, dump, load
from shared.instruments.lke import (
    TOTAL,
    Cell,
    Cells,
    RuleSet,
    Totals,
    blank_cells,
    cell_of,
    cells_of,
    edition_for_year,
    gate_points,
    positions,
    rule_set,
    rule_set_for_year,
    totals_of_cells,
)
from shared.kernel import decimal12, exact_text

PENGUNGKIT = "A"

Pinned = tuple[str, str]
"""Edition and rule set of a programme."""


class CasesMoved(NamedTuple):
    """A unit's cases counted afresh, with time and id of the last event that moved one of them."""

    counts: CaseCounts
    at: datetime
    event_id: UUID


class CountedYear(NamedTuple):
    """One unit's year after its recount: what to keep, and the effective totals its gates are measured by."""

    standing: Standing
    scores: Sequence[LayerScore]
    changes: Sequence[Change]
    totals: Totals
    rules: RuleSet


def count_year(
    unit_year: UnitYear,
    old: Standing,
    answers: Sequence[AnswerValues],
    cases: CasesMoved | None,
    pinned: Pinned | None,
) -> CountedYear:
    """Apply a unit's changes to its sheets and score every layer that has answers, each afresh."""
    sheets, live = load(old.sheets), load(old.live).get("live")
    version, packed_live, old_live, at = old.worksheet_version, old.live, live, positions()
    new_cells = [(values["layer"], values["item_code"], _cell(values)) for values in answers]
    before = {code: effective_cell(sheets, live, at[code]) for _, code, _ in new_cells}
    for layer, code, cell in new_cells:
        sheets.setdefault(layer, blank_cells())[at[code]] = cell
    for values in answers:
        version = max(version, values["version"])
    if cases is not None:
        for feed in case_feeds():
            before.setdefault(feed.item_code, effective_cell(sheets, live, at[feed.item_code]))
        live = cells_of(facts_of(cases.counts))
        packed_live = dump({"live": live})
    layers = layered_cells(sheets, live)
    edition, rules_id = pinned or (edition_for_year(unit_year[1]), rule_set_for_year(unit_year[1]))
    rules, effective = rule_set(rules_id), layers["effective"]
    unlike = {id(cells): cells for cells in layers.values()}  # layers that are equal share one list
    totals = {key: totals_of_cells(cells) for key, cells in unlike.items()}
    gates = met(totals[id(effective)], rules)
    scores = list(_scores(unit_year, edition, version, layers, totals, gates))
    changes = answer_lines(unit_year, answers, before, effective)
    if cases is not None and packed_live != old.live:
        changes += case_lines(unit_year, cases.at, cases.event_id, (old_live, live), before, effective)
    return CountedYear(
        Standing(version, dump(sheets), packed_live, points_of_gates(totals[id(effective)], rules)),
        scores,
        changes,
        totals[id(effective)],
        rules,
    )


def points_of_gates(totals: Totals, rules: RuleSet) -> str:
    """Return what a standing keeps of its gates."""
    return " ".join(map(str, gate_points(totals, rules)))


def _cell(values: AnswerValues) -> Cell:
    letter: str | None = values["letter"]
    return cell_of(answer_in(values)) if letter is None else letter


def _scores(
    unit_year: UnitYear,
    edition: str,
    version: int,
    layers: Mapping[Layer, Cells],
    totals: Mapping[int, Totals],
    gates: Sequence[str],
) -> Iterator[LayerScore]:
    figures = {key: _figures(counted) for key, counted in totals.items()}
    for layer, cells in layers.items():
        total, upper, points, pengungkit, answered, items = figures[id(cells)]
        yield LayerScore(
            *unit_year,
            layer,
            edition,
            total,
            upper,
            answered,
            items,
            points,
            pengungkit,
            gates if layer == "effective" else (),
            version,
        )


def _figures(totals: Totals) -> tuple[str, str, str, str, int, int]:
    """Return total, upper, points, pengungkit, answered and items as a score's row holds them."""
    total = totals.points(TOTAL)
    return (
        exact_text(total),
        exact_text(totals.upper(TOTAL)),
        decimal12(total),
        decimal12(totals.points(PENGUNGKIT)),
        *totals.completeness(),
    )
