"""What changed last, in words: one line per cause, with the points it moved."""

import json
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from shared.instruments.lke import Answer, Cell, item_points

LAYER_NAMES = {"unit": "unit", "tpi": "TPI", "tpn": "TPN"}
THRESHOLD_NAMES = {
    "willing": "jumlah bersedia",
    "respondents": "jumlah responden",
    "ipak": "IPAK",
    "ipkp": "IPKP",
}


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


def answer_detail(layer: str, origin: str, answer: str | Answer | None) -> str:
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
