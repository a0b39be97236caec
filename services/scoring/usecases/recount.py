"""Recount the unit years a batch touched: layers, totals, gates; write and publish what changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring import metrics
from services.scoring.domain import sheets
from services.scoring.domain.changes import moved
from services.scoring.domain.feeds import CaseCounts, case_feeds, facts_of
from services.scoring.domain.sheets import Answers, Sheets, layered, pack, unpack
from services.scoring.store import facts, state
from services.scoring.store.state import Change, Flip, LayerScore, Standing, UnitYear
from shared import outbox
from shared.consumer import Received
from shared.contracts.base import EventData
from shared.contracts.scoring import GateChanged, ScoreChanged
from shared.instruments.lke import (
    TOTAL,
    Answer,
    RuleSet,
    Totals,
    edition_for_year,
    gates_met,
    rule_set,
    rule_set_for_year,
    totals,
)

SOURCE = "zi/scoring"
PENGUNGKIT = "A"
MOST_LINES = 20
"""Lines of the change log that one batch writes for a unit; an import of a whole sheet says no more."""


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """An answer fact that was newer than what we had."""

    received: Received
    values: Mapping[str, Any]

    @property
    def unit_year(self) -> UnitYear:
        return self.values["unit_id"], self.values["year"]

    @property
    def answer(self) -> Answer | None:
        data: Any = self.received.data
        return sheets.answer_of(data.letter, data.index, data.inputs)


@dataclass(slots=True)
class _Year:
    """One unit's year while it is recounted."""

    before: Answers
    after: Answers
    scores: dict[str, Totals]
    edition: str
    rules: RuleSet
    worksheet_version: int


@dataclass(slots=True)
class Recount:
    """What a batch touched; `run` recounts each unit's year once.

    `shown` are unit years in which something moved that people see and that earns no points.
    """

    is_silent: bool = False
    answers: list[AnswerChange] = field(default_factory=list)
    touched: set[UnitYear] = field(default_factory=set)
    shown: set[UnitYear] = field(default_factory=set)
    case_years: dict[UnitYear, tuple[datetime, UUID]] = field(default_factory=dict)

    def note_cases(
        self,
        written: Mapping[facts.Key, Row[Any]],
        applied: Mapping[facts.Key, tuple[Received, Mapping[str, Any]]],
    ) -> None:
        """Note the unit years whose complaint counts may have changed, also where a case moved away."""
        for key, (received, values) in applied.items():
            why = (received.event.time, received.event.id)
            self.case_years[values["unit_id"], values["year"]] = why
            before = written[key]
            if before.old_unit_id is not None:
                self.case_years[before.old_unit_id, before.old_year] = why

    async def run(self, session: AsyncSession) -> None:
        """Recount, write scores, gates and changes, and publish each only when it changed."""
        dirty = sorted({change.unit_year for change in self.answers} | self.touched | set(self.case_years))
        moving = self.shown.union(dirty)
        if not moving:
            return
        standings = await state.lock(session, sorted(moving))
        if not dirty:
            return
        pinned = await state.programmes(session, dirty)
        cases = await facts.count_cases(session, sorted(self.case_years))
        by_year: dict[UnitYear, list[AnswerChange]] = {}
        for change in self.answers:
            by_year.setdefault(change.unit_year, []).append(change)
        years: dict[UnitYear, _Year] = {}
        moved_standings: dict[UnitYear, Standing] = {}
        lines: list[Change] = []
        for place in dirty:
            year, standing, new_lines = _recount(
                place, standings[place], by_year.get(place, []), cases.get(place), pinned.get(place)
            )
            years[place] = year
            moved_standings[place] = standing
            lines += new_lines
            lines += self._complaint_lines(place, standings[place], standing, year)
        await state.write_standings(session, moved_standings)
        written = await state.write_scores(session, list(_scores(years)))
        flipped = await state.write_gates(session, list(_flips(written, years)))
        lines += [_gate_line(flip) for flip in flipped]
        await state.write_changes(session, lines)
        if not self.is_silent:
            events = [*_score_events(written, years), *_gate_events(flipped)]
            await outbox.record(session, events, source=SOURCE)
        metrics.RECOMPUTED.inc(len(dirty))

    def _complaint_lines(
        self, place: UnitYear, old: Standing, new: Standing, year: _Year
    ) -> Iterable[Change]:
        """Return a line per item whose complaint counts moved points."""
        if place not in self.case_years or old.live == new.live:
            return
        at, event_id = self.case_years[place]
        before, after = _live(old) or {}, _live(new) or {}
        for feed in case_feeds():
            delta = moved(feed.item_code, year.before, year.after)
            if delta:
                detail = {
                    "before": _counts(before.get(feed.item_code)),
                    "after": _counts(after.get(feed.item_code)),
                }
                yield Change(*place, at, feed.item_code, delta, "complaints", detail, event_id)


def _recount(
    place: UnitYear,
    standing: Standing,
    changes: list[AnswerChange],
    cases: CaseCounts | None,
    pinned: tuple[str, str] | None,
) -> tuple[_Year, Standing, list[Change]]:
    """Apply a unit's changes to its sheets and score every layer that has answers."""
    by_layer = unpack(standing.sheets)
    live = _live(standing)
    before = layered(by_layer, live)["effective"]
    version = standing.worksheet_version
    after_sheets: Sheets = (
        {name: dict(answers) for name, answers in by_layer.items()} if changes else by_layer
    )
    for change in changes:
        sheet = after_sheets.setdefault(change.values["layer"], {})
        answer = change.answer
        if answer is None:
            sheet.pop(change.values["item_code"], None)
        else:
            sheet[change.values["item_code"]] = answer
        version = max(version, change.values["version"])
    if cases is not None:
        live = facts_of(cases)
    layers = layered(after_sheets, live)
    counted: dict[int, Totals] = {}
    scores: dict[str, Totals] = {}
    for name, answers in layers.items():
        scores[name] = counted[id(answers)] if id(answers) in counted else totals(answers)
        counted[id(answers)] = scores[name]
    edition, rules = pinned or (edition_for_year(place[1]), rule_set_for_year(place[1]))
    year = _Year(before, layers["effective"], scores, edition, rule_set(rules), version)
    written = Standing(version, pack(after_sheets), "{}" if live is None else pack({"live": live}))
    return year, written, list(_answer_lines(place, changes, year))


def _live(standing: Standing) -> Answers | None:
    return unpack(standing.live).get("live")


def _counts(answer: Answer | None) -> Mapping[str, int]:
    return {} if answer is None or answer.inputs is None else dict(answer.inputs)


def _answer_lines(place: UnitYear, changes: list[AnswerChange], year: _Year) -> Iterable[Change]:
    """Return a line per answer that moved points of the effective layer, the largest moves first."""
    lines = []
    for change in changes:
        code = change.values["item_code"]
        delta = moved(code, year.before, year.after)
        if delta:
            answer = change.answer
            detail = {
                "layer": change.values["layer"],
                "origin": change.values["origin"],
                "answer": None if answer is None else str(answer),
            }
            event = change.received.event
            lines.append(Change(*place, event.time, code, delta, "answer", detail, event.id))
    return sorted(lines, key=lambda line: -abs(line.delta or Fraction(0)))[:MOST_LINES]


def _scores(years: Mapping[UnitYear, _Year]) -> Iterable[LayerScore]:
    for (unit_id, number), year in years.items():
        met = gates_met(year.scores["effective"], year.rules)
        for layer, counted in year.scores.items():
            answered, items = counted.completeness()
            yield LayerScore(
                unit_id,
                number,
                layer,
                year.edition,
                counted.points(TOTAL),
                counted.upper(TOTAL),
                counted.points(PENGUNGKIT),
                answered,
                items,
                " ".join(f"{predicate}:{gate}" for (predicate, gate), is_met in met.items() if is_met)
                if layer == "effective"
                else "",
            )


def _flips(written: Iterable[Row[Any]], years: Mapping[UnitYear, _Year]) -> Iterable[Flip]:
    """Return the gates of effective scores whose `met` is not what it was; unmet is where all begin."""
    for row in written:
        if row.layer != "effective" or row.gates_met == (row.old_gates_met or ""):
            continue
        year = years[row.unit_id, row.year]
        before, now = set((row.old_gates_met or "").split()), set(row.gates_met.split())
        counted = year.scores["effective"]
        for gate in year.rules.gates:
            name = f"{gate.predicate}:{gate.code}"
            if (name in before) != (name in now):
                value = sum((counted.points(code) for code in gate.basis), Fraction(0))
                yield Flip(row.unit_id, row.year, gate.predicate, gate.code, name in now, value, gate.minimum)


def _gate_line(flip: Row[Any]) -> Change:
    detail = {"predicate": flip.predicate, "is_met": flip.is_met}
    return Change(flip.unit_id, flip.year, datetime.now(UTC), flip.gate, None, "gate", detail, None)


def _score_events(written: Iterable[Row[Any]], years: Mapping[UnitYear, _Year]) -> Iterable[EventData]:
    for row in written:
        yield ScoreChanged(
            unit_id=row.unit_id,
            version=row.version,
            year=row.year,
            layer=row.layer,
            edition=row.edition,
            total=row.total,
            upper=row.upper,
            answered=row.answered,
            items=row.items,
            worksheet_version=years[row.unit_id, row.year].worksheet_version,
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
