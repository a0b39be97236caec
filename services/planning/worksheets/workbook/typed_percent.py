"""Percentages typed over a formula: never an answer, only compared with ours, at their own precision."""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from services.planning.spreadsheets.grid import Cell
from shared.kernel import half_up

_PERCENT = re.compile(r"(-?\d{1,12})(?:[.,](\d{1,30}))?\s*(%?)", re.ASCII)
_WHOLE_PERCENT = 2


@dataclass(frozen=True, slots=True)
class TypedPercent:
    """A share 0-1 as typed, with the decimals it was given to (at least whole percents)."""

    value: Fraction
    places: int

    def agrees(self, ours: Fraction) -> bool:
        return half_up(ours, self.places) == half_up(self.value, self.places)


def typed_percent(cell: Cell) -> TypedPercent | None:
    """Read `100%`, `11.11%`, `11,11%`, or a number, where 1 is 100 % and 0.01 is 1 %; None for other text.

    Nothing is guessed from the size: 1% is 0.01, and 92 without a percent sign is 9200 %.
    """
    text = format(Decimal(cell.text), "f") if cell.kind == "number" else cell.text
    match = _PERCENT.fullmatch(text.strip())
    if match is None:
        return None
    whole, decimals, sign = match.group(1), match.group(2) or "", match.group(3)
    value = Fraction(f"{whole}.{decimals}" if decimals else whole)
    places = len(decimals)
    if sign:
        value, places = value / 100, places + 2
    return TypedPercent(value, max(places, _WHOLE_PERCENT))
