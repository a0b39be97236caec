"""Which option a measured percentage belongs to, and the edges that belong to none."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from shared.instruments.lke.checks import require
from shared.instruments.lke.load import lke_instrument, read

Range = tuple[str, Fraction | None, Fraction | None]


@cache
def option_ranges() -> Mapping[str, tuple[Range, ...]]:
    """Return the open percent intervals of each option by item; a range of one point is that point."""
    found: dict[str, tuple[Range, ...]] = {}
    for code, rows in read("option_ranges.json")["ranges"].items():
        scale = lke_instrument().questions[code].scale
        require(scale is not None and all(row[0] in scale.values for row in rows), f"{code}: unknown option")
        found[code] = tuple((letter, _bound(low), _bound(high)) for letter, low, high in rows)
    return found


def letter_for_percent(code: str, percent: Fraction) -> str | None:
    """Return the option a percentage (0-100) falls into, or None at an edge or where a person must judge.

    Raises `KeyError` for an item without percent options.
    """
    for letter, low, high in option_ranges()[code]:
        if low is not None and low == high:
            if percent == low:
                return letter
        elif (low is None or percent > low) and (high is None or percent < high):
            return letter
    return None


def _bound(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)
