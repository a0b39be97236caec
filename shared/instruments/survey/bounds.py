"""How far an index can still move: exact bounds over the people who may yet answer.

All on the raw scale; a floor is put back on it first. Source: survey.md section 9, Bounds.
"""

from collections.abc import Sequence
from fractions import Fraction

from shared.instruments.survey.arithmetic import ItemSum
from shared.instruments.survey.model import Scale


def reachable(sums: Sequence[ItemSum], more: int, scale: Scale) -> tuple[Fraction, Fraction] | None:
    """Return the lowest and highest index after `more` further complete answers; null while n = 0."""
    if not sums or any(item.n + more == 0 for item in sums):
        return None
    low, high = (
        sum((Fraction(item.total + more * score, item.n + more) for item in sums), Fraction(0)) / len(sums)
        for score in (scale.low, scale.high)
    )
    return low, high


def mean_needed(floor: Fraction, n: int, total: int, items: int, more: int) -> Fraction:
    """Return the mean that `more` >= 1 further complete answers must have to bring the index to `floor`.

    `total` sums all scores of `n` complete answers to `items` items.
    """
    return (floor * items * (n + more) - total) / (items * more)


def fewest_more(floor: Fraction, n: int, total: int, items: int, scale: Scale) -> int | None:
    """Return how many perfect answers it takes at least to reach `floor`; null when no number does."""
    missing = floor * items * n - total
    if missing <= 0:
        return 0
    if floor >= scale.high:
        return None
    return (missing / (items * (scale.high - floor))).__ceil__()
