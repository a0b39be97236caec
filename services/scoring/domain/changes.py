"""What changed last, in words: one line per cause, with the points it moved."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from services.scoring.domain.sheets import Answers
from shared.instruments.lke import Answer, default_policies, lke_instrument
from shared.instruments.lke.zero_mode import state_and_value

LAYER_NAMES = {"unit": "unit", "tpi": "TPI", "tpn": "TPN"}
THRESHOLD_NAMES = {
    "willing": "jumlah bersedia",
    "respondents": "jumlah responden",
    "ipak": "IPAK",
    "ipkp": "IPKP",
}


def contribution(code: str, answer: Answer | None) -> Fraction:
    """Return the points an item earns with this answer, 0 when it is open."""
    question = lke_instrument().questions[code]
    value = state_and_value(question, answer, default_policies())[1]
    return Fraction(0) if value is None else value * question.share


def moved(code: str, before: Answers, after: Answers) -> Fraction:
    """Return how many points an item moved between two states of a layer."""
    old, new = before.get(code), after.get(code)
    return Fraction(0) if old == new else contribution(code, new) - contribution(code, old)


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
