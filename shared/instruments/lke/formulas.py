"""The five formulas of the instrument, each known by its exact text: nothing of a file is ever evaluated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula of the instrument's file.

    `ratio` gives numerator and denominator (0 = undefined) from complete, non-negative counts; the value is
    their quotient, capped at 1. None for the index formula, which takes no counts. `working` is the same
    written for people, with the names of the inputs.
    """

    text: str
    working: str
    ratio: Callable[[Counts], tuple[int, int]] | None


def obliged(counts: Counts) -> int:
    """Return who must report: the typed total n0, else the sum of the parts n1..n3."""
    return counts["n0"] if "n0" in counts else counts["n1"] + counts["n2"] + counts["n3"]


def _reduction(counts: Counts) -> tuple[int, int]:
    if counts["n1"] == counts["n2"] == 0:
        return 1, 1
    return max(0, counts["n1"] - counts["n2"]), counts["n1"]


INDEX = Formula("index/4", "indeks/4", None)
SECOND_OF_FIRST = Formula("min(1, n2/n1)", "n2/n1", lambda counts: (counts["n2"], counts["n1"]))
THIRD_OF_FIRST = Formula("min(1, n3/n1)", "n3/n1", lambda counts: (counts["n3"], counts["n1"]))
REDUCTION = Formula("1 if n1 = 0 and n2 = 0 else max(0, (n1-n2)/n1)", "(n1-n2)/n1", _reduction)
REPORTED_OF_OBLIGED = Formula(
    "min(1, n4/(n0 if given else n1+n2+n3))", "n4/wajib lapor", lambda counts: (counts["n4"], obliged(counts))
)

FORMULAS: Mapping[str, Formula] = {
    formula.text: formula
    for formula in (INDEX, SECOND_OF_FIRST, THIRD_OF_FIRST, REDUCTION, REPORTED_OF_OBLIGED)
}
