"""Tell what a recount found: write scores, gates and lines of the change log, publish what changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from heapq import nlargest
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.changes import Move, answer_detail, moved
from services.scoring.domain.feeds import case_feeds
from services.scoring.domain.sheets import load
from services.scoring.events import SOURCE, gate_changed, score_changed
from services.scoring.store import state
from services.scoring.store.state import Change, Flip, LayerScore, Standing, UnitYear, WrittenScore, change
from services.scoring.usecases.counting import AnswerValues, CountedYear, answer_in
from shared import outbox
from shared.contracts.base import EventData
from shared.instruments.lke import Cell, Cells, gates_met, positions
from shared.kernel import exact_text

MOST_LINES = 5
"""Lines of the change log that one batch writes for a unit; an import of a whole sheet says no more."""

Why = tuple[datetime, UUID]
"""Time and id of the event that changed a unit year's complaint counts."""
CountedYears = Mapping[UnitYear, CountedYear]
Scores = Mapping[tuple[Any, ...], LayerScore]
"""Scores by unit, year and layer."""


async def publish(
    session: AsyncSession, years: CountedYears, lines: Sequence[Change], *, is_silent: bool
) -> None:
    """Write scores, flipped gates and the change log; record an event for each that changed."""
    scores = {score[:3]: score for score in _scores(years)}
    written = await state.write_scores(session, list(scores.values()))
    flipped = await state.write_gates(session, list(_flips(written, scores, years)))
    await state.write_changes(session, [*lines, *map(_gate_line, flipped)])
    if not is_silent:
        events = [*_score_events(written, scores), *map(gate_changed, flipped)]
        await outbox.record(session, events, source=SOURCE)


def answer_lines(place: UnitYear, changes: Iterable[AnswerValues], year: CountedYear) -> list[Change]:
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
            answer_detail(values["layer"], values["origin"], values["letter"] or answer_in(values)),
            values["event_id"],
        )
        for move, values in moves
    ]


def complaint_lines(place: UnitYear, why: Why, old: Standing, year: CountedYear) -> Iterable[Change]:
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


def _scores(years: CountedYears) -> Iterable[LayerScore]:
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
                year.standing.worksheet_version,
            )


def _flips(written: Iterable[WrittenScore], scores: Scores, years: CountedYears) -> Iterable[Flip]:
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


def _score_events(written: Iterable[WrittenScore], scores: Scores) -> Iterable[EventData]:
    for row in written:
        yield score_changed(row.version, scores[row[:3]])
