"""Which option a measured percentage belongs to, and the edges that belong to none."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from shared.instruments.lke.faults import Faults, refuse_any, require
from shared.instruments.lke.file_shapes import OPTION_RANGES
from shared.instruments.lke.load import lke_instrument, read
from shared.instruments.lke.model import Instrument

Range = tuple[str, Fraction | None, Fraction | None]


@cache
def option_ranges() -> Mapping[str, tuple[Range, ...]]:
    """Return the open percent intervals of each option by item; a range of one point is that point."""
    return load_option_ranges(read("option_ranges.json"))


def load_option_ranges(data: Any, instrument: Instrument | None = None) -> Mapping[str, tuple[Range, ...]]:
    """Build the intervals from parsed data, for the shipped instrument if none is given.

    Raises `InvalidInstrumentError` with every fault: what the file is made of, an item without options, a
    letter off its scale, an interval whose end lies before its beginning.
    """
    refuse_any(OPTION_RANGES(data, "the file"))
    known, faults = (instrument or lke_instrument()).questions, Faults()
    found: dict[str, tuple[Range, ...]] = {}
    for code, rows in data["ranges"].items():
        with faults.noting():
            scale = known[code].scale if code in known else None
            require(scale is not None, f"ranges of {code}: no item with options")
            letters = scale.values if scale else {}
            refuse_any(f"{code}: unknown option {row[0]!r}" for row in rows if row[0] not in letters)
            found[code] = tuple((letter, _bound(low), _bound(high)) for letter, low, high in rows)
            refuse_any(
                f"{code} {letter}: the range ends before it begins"
                for letter, low, high in found[code]
                if low is not None and high is not None and high < low
            )
    faults.refuse_any()
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
