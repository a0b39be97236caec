"""What changed last: the lines of the change log with the points they moved, and how they are said."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from functools import cache
from heapq import nlargest
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from services.scoring.domain.feeds import case_feeds
from services.scoring.domain.scores import Flip
from services.scoring.domain.sheets import UnitYear, answer_of
from shared.instruments.lke import Answer, Cell, Cells, item_points, positions
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
"""Lines of the change log that one batch writes for a unit; an import of a whole sheet says no more."""

AnswerValues = Mapping[str, Any]
"""Columns of an answer fact that was newer than what we had."""


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


def answer_lines(
    unit_year: UnitYear, answers: Sequence[AnswerValues], before: Mapping[str, Cell], effective: Cells
) -> list[Change]:
    """Return a line per answer that moved points of the effective layer: the largest when there are many.

    `before` holds by item the effective cells as they were.
    """
    at = positions()
    moves: list[tuple[Move, AnswerValues]] = []
    for values in answers:
        code = values["item_code"]
        move = moved(code, before[code], effective[at[code]])
        if move.size:
            moves.append((move, values))
    if len(moves) > MOST_LINES:
        moves = nlargest(MOST_LINES, moves, key=lambda found: found[0].size)
    return [
        Change(
            *unit_year,
            values["at"],
            values["item_code"],
            exact_text(move.points),
            "answer",
            _answer_detail(values["layer"], values["origin"], values["letter"] or answer_in(values)),
            values["event_id"],
        )
        for move, values in moves
    ]


def case_lines(
    unit_year: UnitYear,
    at: datetime,
    event_id: UUID,
    live: tuple[Cells | None, Cells | None],
    before: Mapping[str, Cell],
    effective: Cells,
) -> list[Change]:
    """Return a line per item whose complaint counts moved points; `live` is as it was and as it is."""
    lines = []
    for feed in case_feeds():
        item = positions()[feed.item_code]
        move = moved(feed.item_code, before[feed.item_code], effective[item])
        if move.points:
            was, now = ((cells[item] if cells is not None else None) or {} for cells in live)
            detail = json.dumps({"before": was, "after": now})
            delta = exact_text(move.points)
            lines.append(Change(*unit_year, at, feed.item_code, delta, "complaints", detail, event_id))
    return lines


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


def answer_in(values: AnswerValues) -> Answer | None:
    """Return the answer that an answer fact's columns hold, None for one that blanks the item."""
    inputs = values["inputs"]
    return answer_of(values["letter"], values["index_text"], None if inputs is None else orjson.loads(inputs))


class Move(NamedTuple):
    """How many points an item moved, exactly, and the size of that in whole 1e-12 points to rank moves by."""

    points: Fraction
    size: int


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


def _answer_detail(layer: str, origin: str, answer: str | Answer | None) -> str:
    """Return the detail of an answer's line as JSON; `answer` is an option's letter or another answer."""
    if isinstance(answer, Answer):
        return json.dumps({"layer": layer, "origin": origin, "answer": str(answer)})
    return _letter_detail(layer, origin, answer)


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


_SENTENCES = {"answer": _answered, "complaints": _complaints, "gate": _gate, "survey": _survey}
