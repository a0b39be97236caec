"""What changed last: the lines of the change log with the points they moved, and how they are said."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from functools import cache
from heapq import nlargest
from math import lcm
from typing import Any, NamedTuple
from uuid import UUID

from services.scoring.domain.answers import Answered, AnswerFact
from services.scoring.domain.scores import Flip
from services.scoring.domain.sheets import UnitYear, answer_of
from shared.instruments.lke import TOTAL, Cell, Policies, item_points
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
    """One line of the change log: the columns of its row; `delta` exact as text, `detail` what JSON holds."""

    unit_id: str
    year: int
    at: datetime
    subject: str
    delta: str | None
    cause: str
    detail: Mapping[str, Any]
    event_id: UUID | None = None


class Move(NamedTuple):
    """How many points an item moved, exactly, and the size of that to rank moves by, 0 where none moved.

    The size is in 1e-12 points, rounded up. The last two are the points once more, as whole numbers.
    """

    points: Fraction
    size: int
    numerator: int
    denominator: int


class AnswerStep(NamedTuple):
    """One answer of a batch, and how it moved its item in the effective layer."""

    answered: Answered
    move: Move

    def line(self, unit_year: UnitYear) -> Change:
        fact = self.answered.fact
        return Change(
            *unit_year,
            self.answered.time,
            fact.item_code,
            exact_text(self.move.points),
            "answer",
            _answer_detail(fact),
            UUID(self.answered.id),
        )


class CasesStep(NamedTuple):
    """A recount of a unit's cases: an item that it feeds, live before and after it, and how it moved."""

    at: datetime
    event_id: UUID
    item_code: str
    counts: tuple[Cell, Cell]
    move: Move

    def line(self, unit_year: UnitYear) -> Change:
        was, now = self.counts
        detail = {"before": was or {}, "after": now or {}}
        delta = exact_text(self.move.points)
        return Change(*unit_year, self.at, self.item_code, delta, "complaints", detail, self.event_id)


def step_lines(unit_year: UnitYear, steps: Sequence[AnswerStep | CasesStep]) -> list[Change]:
    """Return the lines of what a batch did to a year; together they move TOTAL exactly.

    A line tells a step that moved points of the effective layer. Of more than `MOST_LINES` the largest are
    told and one line more for the rest; only what is told is made into a line.
    """
    told = steps
    if len(steps) > MOST_LINES:
        sizes = [step.move.size for step in steps]
        largest = nlargest(MOST_LINES, range(len(steps)), key=sizes.__getitem__)
        told = [steps[place] for place in sorted(largest)]
    lines = [step.line(unit_year) for step in told]
    if len(steps) > len(told):
        rest = _sum([step.move for step in steps]) - _sum([step.move for step in told])
        detail = {"changes": len(steps) - len(told)}
        last = max(line.at for line in lines)
        lines.insert(0, Change(*unit_year, last, TOTAL, exact_text(rest), "others", detail))
    return lines


def _sum(moves: Sequence[Move]) -> Fraction:
    """Add points as whole numbers over one denominator, a tenth of the time that fractions take."""
    numerators: dict[int, int] = defaultdict(int)
    for _, _, numerator, denominator in moves:
        numerators[denominator] += numerator
    common = lcm(*numerators)
    return Fraction(sum(one * (common // of) for of, one in numerators.items()), common)


def gate_line(flip: Flip, now: datetime) -> Change:
    """Return the line of a gate that is met now or no longer."""
    detail = {"predicate": flip.predicate, "is_met": flip.is_met}
    return Change(flip.unit_id, flip.year, now, flip.gate, None, "gate", detail)


def survey_line(
    unit_year: UnitYear, day: datetime, predicate: str, result: str, failed: Sequence[str]
) -> Change:
    """Return the line of a survey verdict, told with the day of its unit."""
    detail = {"predicate": predicate, "result": result, "failed": failed}
    return Change(*unit_year, day, SURVEY, None, "survey", detail)


def moved(code: str, before: Cell, after: Cell, policies: Policies) -> Move:
    """Return how an item moved between two states of a layer."""
    if isinstance(before, dict) or isinstance(after, dict):
        return _move(code, before, after, policies)
    return _letters_moved(code, before, after)


@cache
def _letters_moved(code: str, before: str | None, after: str | None) -> Move:
    """Hold the moves between options: 103 items with at most 6 states each."""
    return _move(code, before, after, None)


def _move(code: str, before: Cell, after: Cell, policies: Policies | None) -> Move:
    points = item_points(code, after, policies) - item_points(code, before, policies)
    numerator, denominator = points.as_integer_ratio()
    return Move(points, -(-abs(numerator) * 10**12 // denominator), numerator, denominator)


def _answer_detail(fact: AnswerFact) -> Mapping[str, Any]:
    """Return the detail of an answer's line."""
    is_option = fact.index is None and fact.inputs is None
    answer = fact.letter if is_option else str(answer_of(None, fact.index, fact.inputs))
    return {"layer": fact.layer, "origin": fact.origin, "answer": answer}


def sentence(cause: str, detail: Mapping[str, Any]) -> str:
    """Return the reason of a change as an Indonesian clause, without points and time."""
    return _SENTENCES[cause](detail)


def _answered(detail: Mapping[str, Any]) -> str:
    layer = LAYER_NAMES[detail["layer"]]
    if detail["answer"] is None:
        return f"jawaban {layer} dikosongkan"
    return f"jawaban {layer} menjadi {detail['answer']}{_ORIGINS[detail['origin']]}"


_ORIGINS = {"typed": "", "import": " (impor)", "live": " (dari fakta)"}


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


def _recount(_detail: Mapping[str, Any]) -> str:
    return "sebabnya tidak tercatat"


def _begin(_detail: Mapping[str, Any]) -> str:
    return "riwayat dimulai dari nilai ini"


_SENTENCES = {
    "recount": _recount,
    "begin": _begin,
    "answer": _answered,
    "complaints": _complaints,
    "gate": _gate,
    "survey": _survey,
    "others": _others,
}
