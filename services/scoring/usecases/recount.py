"""Recount the unit years a batch touched: layers, totals, gates; write and publish what changed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from heapq import nlargest
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring import metrics
from services.scoring.domain.changes import Move, answer_detail, moved
from services.scoring.domain.feeds import CaseCounts, case_feeds, facts_of
from services.scoring.domain.sheets import Layer, answer_of, dump, effective_cell, layered_cells, load
from services.scoring.store import facts, state
from services.scoring.store.state import Change, Flip, LayerScore, Standing, UnitYear, WrittenScore, change
from shared import outbox
from shared.contracts.base import EventData
from shared.contracts.scoring import GateChanged, ScoreChanged
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
    gates_met,
    positions,
    rule_set,
    rule_set_for_year,
    totals_of_cells,
)
from shared.kernel import UNASSIGNED_UNIT, decimal12, exact_text

SOURCE = "zi/scoring"
PENGUNGKIT = "A"
MOST_LINES = 5
"""Lines of the change log that one batch writes for a unit; an import of a whole sheet says no more."""
AT_ONCE = 20
"""Unit years counted before others get their turn: about a millisecond."""

AnswerValues = Mapping[str, Any]
"""Columns of an answer fact that was newer than what we had."""
Why = tuple[datetime, UUID]
"""Time and id of the event that changed a unit year's complaint counts."""


class _Counted(NamedTuple):
    """What is stored of a layer's totals, as text."""

    totals: Totals
    total: str
    upper: str
    points: str
    pengungkit: str
    answered: int
    items: int


@dataclass(slots=True)
class _Year:
    """One unit's year after its recount; `before` holds the effective cells of items that may have moved."""

    before: Mapping[str, Cell]
    effective: Cells
    scores: Mapping[Layer, _Counted]
    edition: str
    rules: RuleSet
    standing: Standing


@dataclass(slots=True)
class Recount:
    """What a batch touched. `read`, `count` and `write` follow each other; each unit's year is counted once.

    `standings` are those the batch locked. `shown` are unit years in which something moved that people see
    and that earns no points.
    """

    standings: dict[UnitYear, Standing]
    is_silent: bool = False
    answers: list[AnswerValues] = field(default_factory=list)
    touched: set[UnitYear] = field(default_factory=set)
    shown: set[UnitYear] = field(default_factory=set)
    case_years: dict[UnitYear, Why] = field(default_factory=dict)
    _pinned: Mapping[UnitYear, tuple[str, str]] = field(default_factory=dict)
    _cases: Mapping[UnitYear, CaseCounts] = field(default_factory=dict)
    _years: dict[UnitYear, _Year] = field(default_factory=dict)
    _lines: list[Change] = field(default_factory=list)

    def note_case(self, written: Row[Any], values: Mapping[str, Any], why: Why) -> None:
        """Note the unit years whose complaint counts may have changed, also where a case moved away.

        Cases whose unit nobody knows yet wait: they are nobody's score.
        """
        for place in ((values["unit_id"], values["year"]), (written.old_unit_id, written.old_year)):
            if place[0] not in (None, UNASSIGNED_UNIT):
                self.case_years[place] = why

    async def read(self, session: AsyncSession) -> None:
        """Read what counting needs; locks the unit years that cases moved away from."""
        if moved_from := self.case_years.keys() - self.standings.keys():
            self.standings |= await state.lock(session, moved_from)
        self._pinned = await state.programmes(session, self._dirty())
        self._cases = await facts.count_cases(session, sorted(self.case_years))

    def count(self) -> Iterator[None]:
        """Count every unit's year that was touched, without the database; yields now and then."""
        by_year: dict[UnitYear, list[AnswerValues]] = {}
        for values in self.answers:
            by_year.setdefault((values["unit_id"], values["year"]), []).append(values)
        for number, place in enumerate(self._dirty(), 1):
            changes, old = by_year.get(place, []), self.standings[place]
            year = _recount(place, old, changes, self._cases.get(place), self._pinned.get(place))
            self._years[place] = year
            self._lines += _answer_lines(place, changes, year)
            if place in self.case_years:
                self._lines += _complaint_lines(place, self.case_years[place], old, year)
            if number % AT_ONCE == 0:
                yield

    async def write(self, session: AsyncSession) -> None:
        """Write standings, scores, gates and changes, and publish each only when it changed."""
        years = self._years
        standings = {place: self.standings[place] for place in self.shown}
        standings |= {place: year.standing for place, year in years.items()}
        await state.write_standings(session, standings)
        scores = {score[:3]: score for score in _scores(years)}
        written = await state.write_scores(session, list(scores.values()))
        flipped = await state.write_gates(session, list(_flips(written, scores, years)))
        await state.write_changes(session, [*self._lines, *map(_gate_line, flipped)])
        if not self.is_silent:
            events = [*_score_events(written, scores, years), *_gate_events(flipped)]
            await outbox.record(session, events, source=SOURCE)
        metrics.RECOMPUTED.inc(len(years))

    def _dirty(self) -> list[UnitYear]:
        answered = {(values["unit_id"], values["year"]) for values in self.answers}
        return sorted(answered | self.touched | self.case_years.keys())


def _recount(
    place: UnitYear,
    standing: Standing,
    changes: Iterable[AnswerValues],
    cases: CaseCounts | None,
    pinned: tuple[str, str] | None,
) -> _Year:
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
    return _Year(
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
    return cell_of(_answer(values))


def _answer(values: AnswerValues) -> Answer | None:
    inputs = values["inputs"]
    return answer_of(values["letter"], values["index_text"], None if inputs is None else orjson.loads(inputs))


def _count(cells: Cells) -> _Counted:
    counted = totals_of_cells(cells)
    total = counted.points(TOTAL)
    return _Counted(
        counted,
        exact_text(total),
        exact_text(counted.upper(TOTAL)),
        decimal12(total),
        decimal12(counted.points(PENGUNGKIT)),
        *counted.completeness(),
    )


def _answer_lines(place: UnitYear, changes: Iterable[AnswerValues], year: _Year) -> list[Change]:
    """Return a line per answer that moved points of the effective layer: the largest when there are many."""
    places = positions()
    moves: list[tuple[Move, AnswerValues]] = []
    for values in changes:
        code = values["item_code"]
        move = moved(code, year.before[code], year.effective[places[code]])
        if move.size:
            moves.append((move, values))
    if len(moves) > MOST_LINES:
        moves = nlargest(MOST_LINES, moves, key=lambda found: found[0].size)
    return [
        Change(
            *place,
            values["at"],
            values["item_code"],
            exact_text(move.points),
            "answer",
            answer_detail(values["layer"], values["origin"], values["letter"] or _answer(values)),
            values["event_id"],
        )
        for move, values in moves
    ]


def _complaint_lines(place: UnitYear, why: Why, old: Standing, year: _Year) -> Iterable[Change]:
    """Return a line per item whose complaint counts moved points."""
    if old.live == year.standing.live:
        return
    at, event_id = why
    before, after = (load(standing.live).get("live") for standing in (old, year.standing))
    for feed in case_feeds():
        item = positions()[feed.item_code]
        move = moved(feed.item_code, year.before[feed.item_code], year.effective[item])
        if move.points:
            detail = {"before": _counts(before, item), "after": _counts(after, item)}
            yield change(place, at, feed.item_code, move.points, "complaints", detail, event_id)


def _counts(live: Cells | None, item: int) -> Cell:
    return (live[item] if live is not None else None) or {}


def _scores(years: Mapping[UnitYear, _Year]) -> Iterable[LayerScore]:
    for (unit_id, number), year in years.items():
        met = gates_met(year.scores["effective"].totals, year.rules)
        names = " ".join([f"{predicate}:{gate}" for (predicate, gate), is_met in met.items() if is_met])
        for layer, (_, total, upper, points, pengungkit, answered, items) in year.scores.items():
            yield LayerScore(
                unit_id,
                number,
                layer,
                year.edition,
                total,
                upper,
                answered,
                items,
                points,
                pengungkit,
                names if layer == "effective" else "",
            )


Scores = Mapping[tuple[Any, ...], LayerScore]
"""Scores by unit, year and layer."""


def _flips(
    written: Iterable[WrittenScore], scores: Scores, years: Mapping[UnitYear, _Year]
) -> Iterable[Flip]:
    """Return the gates of effective scores whose `met` is not what it was; unmet is where all begin."""
    for row in written:
        gates_now, gates_before = scores[row[:3]].gates_met, row.old_gates_met or ""
        if gates_now == gates_before:
            continue
        year = years[row.unit_id, row.year]
        before, now = set(gates_before.split()), set(gates_now.split())
        counted = year.scores["effective"].totals
        for gate in year.rules.gates:
            name = f"{gate.predicate}:{gate.code}"
            if (name in before) != (name in now):
                value = exact_text(sum((counted.points(code) for code in gate.basis), Fraction(0)))
                key = row.unit_id, row.year, gate.predicate, gate.code
                yield Flip(*key, name in now, value, exact_text(gate.minimum))


def _gate_line(flip: Row[Any]) -> Change:
    detail = {"predicate": flip.predicate, "is_met": flip.is_met}
    return change((flip.unit_id, flip.year), datetime.now(UTC), flip.gate, None, "gate", detail)


def _score_events(
    written: Iterable[WrittenScore], scores: Scores, years: Mapping[UnitYear, _Year]
) -> Iterable[EventData]:
    for row in written:
        score = scores[row[:3]]
        yield ScoreChanged.model_validate(
            {
                "unit_id": row.unit_id,
                "version": row.version,
                "year": row.year,
                "layer": row.layer,
                "edition": score.edition,
                "total": score.total,
                "upper": score.upper,
                "answered": score.answered,
                "items": score.items,
                "worksheet_version": years[row.unit_id, row.year].standing.worksheet_version,
            }
        )


def _gate_events(flipped: Iterable[Row[Any]]) -> Iterable[EventData]:
    for row in flipped:
        yield GateChanged(
            unit_id=row.unit_id,
            version=row.version,
            year=row.year,
            layer="effective",
            predicate=row.predicate,
            gate=row.gate,
            is_met=row.is_met,
            value=row.value,
            minimum=row.minimum,
        )
