"""The cells of one sheet as plain data, the only thing that leaves the reading process."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "text", "boolean", "date", "error", "empty"]


def letters(column: int) -> str:
    """Return a column's name as spreadsheets write it: 1 is A, 27 is AA."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


@dataclass(frozen=True, slots=True)
class Cell:
    """A stored value as text (numbers exactly as Excel keeps them) and the formula behind it, if any.

    `empty` occurs with a formula only: its result was never stored.
    """

    kind: Kind
    text: str
    formula: str | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """The non-empty cells of a sheet by (row, column), both counted from 1."""

    sheet: str
    cells: Mapping[tuple[int, int], Cell]

    def to_json(self) -> str:
        rows = [
            [row, column, cell.kind, cell.text, cell.formula] for (row, column), cell in self.cells.items()
        ]
        return json.dumps({"sheet": self.sheet, "cells": rows})

    @classmethod
    def from_json(cls, text: str | bytes) -> "Grid":
        data = json.loads(text)
        return cls(
            data["sheet"],
            {
                (row, column): Cell(kind, value, formula)
                for row, column, kind, value, formula in data["cells"]
            },
        )
