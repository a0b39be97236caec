"""A year as twelve small pictures: each day a number, what is off marked by shape and colour."""

import calendar
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from shared.calendar.days_off import DayOff, DayOffKind
from shared.indonesian import MONTHS

CELL_WIDTH, CELL_HEIGHT, HEAD_HEIGHT = 34, 30, 24
"""Pixels. A month is seven cells wide, which a phone of 320 px has room for."""
Mark = Literal["work", "rest"] | DayOffKind


@dataclass(frozen=True, slots=True)
class Cell:
    """A day: the middle of its place, its number, and what it is."""

    x: int
    y: int
    number: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class Month:
    """A month as a picture, `label` says its days off in words."""

    name: str
    label: str
    cells: list[Cell]
    height: int


def months(year: int, days_off: Mapping[date, DayOff], weekdays: Collection[int]) -> list[Month]:
    """Return the months of a year; on other days of the week than `weekdays` nobody works anyway."""
    return [_month(year, number, days_off, weekdays) for number in range(1, 13)]


def _month(year: int, number: int, days_off: Mapping[date, DayOff], weekdays: Collection[int]) -> Month:
    first_column, length = calendar.monthrange(year, number)
    cells = []
    for offset in range(length):
        day = date(year, number, offset + 1)
        row, column = divmod(first_column + offset, 7)
        off = days_off.get(day)
        rest: Mark = "work" if day.isoweekday() in weekdays else "rest"
        middle = HEAD_HEIGHT + CELL_HEIGHT * row + CELL_HEIGHT // 2
        cells.append(
            Cell(CELL_WIDTH * column + CELL_WIDTH // 2, middle, day.day, rest if off is None else off.kind)
        )
    name = MONTHS[number - 1]
    told = ", ".join(str(cell.number) for cell in cells if cell.mark not in ("work", "rest"))
    label = f"{name} {year}: " + (f"libur tanggal {told}" if told else "tanpa hari libur")
    rows = (first_column + length + 6) // 7
    return Month(name, label, cells, HEAD_HEIGHT + CELL_HEIGHT * rows)
