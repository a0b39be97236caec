"""What changed last, in words: one line per cause, with the points it moved."""

import json
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from shared.instruments.lke import Answer, Cell, item_points

LAYER_NAMES = {"unit": "unit", "tpi": "TPI", "tpn": "TPN"}
THRESHOLD_NAMES = {
    "willing": "jumlah bersedia",
    "respondents": "jumlah responden",
    "ipak": "IPAK",
    "ipkp": "IPKP",
}


def moved(code: str, before: Cell, after: Cell) -> Fraction:
    """Return how many points an item moved between two states of a layer."""
    if before == after:
        return Fraction(0)
    if isinstance(before, str | None) and isinstance(after, str | None):
        return _letters_moved(code, before, after)
    return item_points(code, after) - item_points(code, before)


@cache
def _letters_moved(code: str, before: str | None, after: str | None) -> Fraction:
    """Hold the moves between options: 103 items with at most 6 states each."""
    return item_points(code, after) - item_points(code, before)


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
