"""What changed last: the lines of the change log with the points they moved, and how they are said."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cache
from heapq import nlargest
from typing import Any, NamedTuple
from uuid import UUID

from services.scoring.domain.answers import Answered, AnswerFact
from services.scoring.domain.scores import Flip
from services.scoring.domain.sheets import UnitYear, answer_of
from shared.instruments.lke import TOTAL, Cell, item_points
from shared.kernel import exact_text

LAYER_NAMES = {"unit": "unit", "tpi": "TPI", "tpn": "TPN"}
THRESHOLD_NAMES = {
    "willing": "jumlah bersedia",
    "respondents": "jumlah responden",
    "ipak": "IPAK",
    "ipkp": "IPKP",
}
SURVEY = "survei"
"""What a line about a campaign has as its subject."""
MOST_LINES = 5
"""Lines of the change log that one batch writes for a unit at most, and one for all others together."""


class Change(NamedTuple):
    """One line of the change log: the columns of its row; `delta` exact and `detail` JSON, both as text."""

    unit_id: str
    year: int
    at: datetime
    subject: str
    delta: str | None
    cause: str
    detail: str
    event_id: UUID | None = None


class Move(NamedTuple):
    """How many points an item moved, exactly, and the size of that in whole 1e-12 points to rank moves by."""

    points: Fraction
    size: int


@dataclass(frozen=True, slots=True)
class AnswerStep:
    """One answer of a batch, with its item in the effective layer right before and right after it."""

    answered: Answered
    before: Cell
    after: Cell


@dataclass(frozen=True, slots=True)
class CasesStep:
    """A recount of the unit's cases: when, by which event, and per fed item the live and effective cells."""

    at: datetime
    event_id: UUID
    items: Sequence[tuple[str, tuple[Cell, Cell], tuple[Cell, Cell]]]


def step_lines(
    unit_year: UnitYear, steps: Sequence[AnswerStep], cases: CasesStep | None = None
) -> list[Change]:
    """Return the lines of what a batch did to a year; together they move TOTAL exactly.

    A line tells an answer that moved points of the effective layer, as it stood at that step, or an item
    whose complaint counts did. Of more than `MOST_LINES` the largest are told and one line more for the rest.
    """
    found = [*_answer_lines(unit_year, steps), *_case_lines(unit_year, cases)]
    if len(found) <= MOST_LINES:
        return [line for _, line in found]
    largest = {id(line) for _, line in nlargest(MOST_LINES, found, key=lambda one: one[0].size)}
    told = [line for _, line in found if id(line) in largest]
    rest = [move.points for move, line in found if id(line) not in largest]
    detail = json.dumps({"changes": len(rest)})
    last = max(line.at for line in told)
    return [Change(*unit_year, last, TOTAL, exact_text(sum(rest, Fraction(0))), "others", detail), *told]


def _answer_lines(unit_year: UnitYear, steps: Sequence[AnswerStep]) -> Iterator[tuple[Move, Change]]:
    for step in steps:
        fact = step.answered.fact
        move = moved(fact.item_code, step.before, step.after)
        if move.points:
            yield (
                move,
                Change(
                    *unit_year,
                    step.answered.time,
                    fact.item_code,
                    exact_text(move.points),
                    "answer",
                    _answer_detail(fact),
                    UUID(step.answered.id),
                ),
            )


def _case_lines(unit_year: UnitYear, cases: CasesStep | None) -> Iterator[tuple[Move, Change]]:
    if cases is None:
        return
    for code, (was, now), (before, after) in cases.items:
        move = moved(code, before, after)
        if move.points:
            detail = json.dumps({"before": was or {}, "after": now or {}})
            delta = exact_text(move.points)
            yield move, Change(*unit_year, cases.at, code, delta, "complaints", detail, cases.event_id)


def gate_line(flip: Flip, now: datetime) -> Change:
    """Return the line of a gate that is met now or no longer."""
    detail = json.dumps({"predicate": flip.predicate, "is_met": flip.is_met})
    return Change(flip.unit_id, flip.year, now, flip.gate, None, "gate", detail)


def survey_line(
    unit_year: UnitYear, day: datetime, predicate: str, result: str, failed: Sequence[str]
) -> Change:
    """Return the line of a survey verdict, told with the day of its unit."""
    detail = json.dumps({"predicate": predicate, "result": result, "failed": failed})
    return Change(*unit_year, day, SURVEY, None, "survey", detail)


def moved(code: str, before: Cell, after: Cell) -> Move:
    """Return how an item moved between two states of a layer."""
    if isinstance(before, dict) or isinstance(after, dict):
        return _move(code, before, after)
    return _letters_moved(code, before, after)


@cache
def _letters_moved(code: str, before: str | None, after: str | None) -> Move:
    """Hold the moves between options: 103 items with at most 6 states each."""
    return _move(code, before, after)


def _move(code: str, before: Cell, after: Cell) -> Move:
    points = item_points(code, after) - item_points(code, before)
    return Move(points, abs(points.numerator) * 10**12 // points.denominator)


def _answer_detail(fact: AnswerFact) -> str:
    """Return the detail of an answer's line as JSON."""
    if fact.index is not None or fact.inputs is not None:
        answer = str(answer_of(None, fact.index, fact.inputs))
        return json.dumps({"layer": fact.layer, "origin": fact.origin, "answer": answer})
    return _letter_detail(fact.layer, fact.origin, fact.letter)


@cache
def _letter_detail(layer: str, origin: str, letter: str | None) -> str:
    """Hold the details of options: a few letters by layer and origin."""
    return json.dumps({"layer": layer, "origin": origin, "answer": letter})


def sentence(cause: str, detail: Mapping[str, Any]) -> str:
    """Return the reason of a change as an Indonesian clause, without points and time."""
    return _SENTENCES[cause](detail)


def _answered(detail: Mapping[str, Any]) -> str:
    layer = LAYER_NAMES[detail["layer"]]
    if detail["answer"] is None:
        return f"jawaban {layer} dikosongkan"
    origin = " (impor)" if detail["origin"] == "import" else ""
    return f"jawaban {layer} menjadi {detail['answer']}{origin}"


def _complaints(detail: Mapping[str, Any]) -> str:
    before, after = detail["before"], detail["after"]
    if after.get("n3", 0) > before.get("n3", 0):
        return "pengaduan selesai ditindaklanjuti"
    if after.get("n1", 0) > before.get("n1", 0):
        return "pengaduan baru diterima"
    return "keadaan pengaduan berubah"


def _gate(detail: Mapping[str, Any]) -> str:
    return f"syarat {detail['predicate']} {'terpenuhi' if detail['is_met'] else 'tidak lagi terpenuhi'}"


def _survey(detail: Mapping[str, Any]) -> str:
    predicate = detail["predicate"]
    if detail["result"] == "met":
        return f"ambang survei {predicate} terpenuhi"
    missing = ", ".join(THRESHOLD_NAMES[name] for name in detail["failed"])
    return f"ambang survei {predicate} belum terpenuhi: {missing}"


def _others(detail: Mapping[str, Any]) -> str:
    return f"dan {detail['changes']} perubahan lain"


_SENTENCES = {
    "answer": _answered,
    "complaints": _complaints,
    "gate": _gate,
    "survey": _survey,
    "others": _others,
}
