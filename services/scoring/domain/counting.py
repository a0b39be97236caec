"""Count one unit's year: apply what changed to its sheets and score every layer afresh. No database."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.scoring.domain.answers import Answered, cell
from services.scoring.domain.changes import AnswerStep, CasesStep, Change, moved, step_lines
from services.scoring.domain.pinning import Pinned, unpinned
from services.scoring.domain.precedence import first_present, in_order, layered_cells
from services.scoring.domain.scores import LayerScore, met, pack_parts
from services.scoring.domain.sheets import Layer, Packed, Standing, UnitYear, dump, load
from shared.instruments.lke import (
    TOTAL,
    CaseCounts,
    Cells,
    Policies,
    RuleSet,
    Totals,
    blank_cells,
    case_feeds,
    cells_of,
    facts_of,
    gate_points,
    positions,
    totals_of_cells,
)
from shared.kernel import decimal12, exact_text

PENGUNGKIT = "A"


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
    answers: Sequence[Answered],
    cases: CasesMoved | None,
    pinned: Pinned | None,
) -> CountedYear:
    """Apply a unit's changes to its sheets, answers by rising version, and score every layer afresh."""
    edition, rules, policies = pinned or unpinned(unit_year[1])
    sheets, live = load(old.sheets), load(old.live).get("live")
    version, packed_live = old.worksheet_version, old.live
    steps: list[AnswerStep | CasesStep] = list(_steps(sheets, live, answers, policies))
    if answers:
        version = max(version, answers[-1].fact.version)
    if cases is not None:
        counted = cells_of(facts_of(cases.counts))
        steps += _case_steps(sheets, (live, counted), cases, policies)
        live = counted
        packed_live = dump({"live": live})
    layers = layered_cells(sheets, live)
    effective = layers["effective"]
    unlike = {id(cells): cells for cells in layers.values()}  # layers that are equal share one list
    totals = {key: totals_of_cells(cells, policies) for key, cells in unlike.items()}
    gates = met(totals[id(effective)], rules)
    numbers = {key: gate_points(counted, rules) for key, counted in totals.items()}
    figures = {key: (*_figures(counted), pack_parts(numbers[key], rules)) for key, counted in totals.items()}
    scores = list(_scores(unit_year, edition, version, layers, figures, gates))
    changes = step_lines(unit_year, steps)
    points = _kept(numbers[id(effective)])
    return CountedYear(
        Standing(version, dump(sheets), packed_live, points, old.writes),
        scores,
        changes,
        totals[id(effective)],
        rules,
    )


def points_of_gates(totals: Totals, rules: RuleSet) -> str:
    """Return what a standing keeps of its gates: whole numbers in the order of `gate_minima`."""
    return _kept(gate_points(totals, rules))


def _kept(numbers: Sequence[int]) -> str:
    return " ".join(map(str, numbers))


def _steps(
    sheets: Packed, live: Cells | None, answers: Sequence[Answered], policies: Policies
) -> Iterator[AnswerStep]:
    """Put answers into the sheets, one by one; return those that moved points of the effective layer."""
    at, present = positions(), in_order(sheets, live)
    for answered in answers:
        fact = answered.fact
        code, layer = fact.item_code, fact.layer
        place = at[code]
        before = first_present(present, place)
        if layer not in sheets:
            sheets[layer] = blank_cells()
            present = in_order(sheets, live)
        sheets[layer][place] = cell(fact)
        after = first_present(present, place)
        if after != before and (move := moved(code, before, after, policies)).size:
            yield AnswerStep(answered, move)


def _case_steps(
    sheets: Packed, live: tuple[Cells | None, Cells], cases: CasesMoved, policies: Policies
) -> Iterator[CasesStep]:
    """Return what a recount of the cases moves of the items it feeds; `live` before and after it."""
    was, now = live
    before, after = in_order(sheets, was), in_order(sheets, now)
    for feed in case_feeds():
        place = positions()[feed.item_code]
        counts = None if was is None else was[place], now[place]
        move = moved(feed.item_code, first_present(before, place), first_present(after, place), policies)
        if move.size:
            yield CasesStep(cases.at, cases.event_id, feed.item_code, counts, move)


def _scores(
    unit_year: UnitYear,
    edition: str,
    version: int,
    layers: Mapping[Layer, Cells],
    figures: Mapping[int, tuple[str, str, str, str, int, int, str]],
    gates: Sequence[str],
) -> Iterator[LayerScore]:
    for layer, cells in layers.items():
        total, upper, points, pengungkit, answered, items, parts = figures[id(cells)]
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
            parts,
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
