"""The cells of one sheet as plain data, the only thing that leaves the reading process."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["number", "text", "boolean", "date", "error", "empty"]


def letters(column: int) -> str:
    """Return a column's name as spreadsheets write it: 1 is A, 27 is AA."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


def address(column: int, row: int) -> str:
    """Return the cell's name."""
    return f"{letters(column)}{row}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A stored value as text (numbers exactly as Excel keeps them) and the formula behind it, if any.

    `empty` occurs with a formula only: its result was never stored. An empty `text` is the stored result of
    one. A number `is_padded` when its format shows zeros before it that the number does not have.
    """

    kind: Kind
    text: str
    formula: str | None = None
    is_padded: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """The non-empty cells of a sheet by (row, column), both counted from 1.

    `unread` counts the other shown sheets that hold something, where nobody asked for one by name. `sheets`
    names all sheets of the book, `links` says by place which address a cell leads to.
    """

    sheet: str
    cells: Mapping[tuple[int, int], Cell]
    unread: int = 0
    sheets: tuple[str, ...] = ()
    links: Mapping[tuple[int, int], str] = field(default_factory=dict)

    def to_json(self) -> str:
        rows = [
            [row, column, cell.kind, cell.text, cell.formula, cell.is_padded]
            for (row, column), cell in self.cells.items()
        ]
        links = [[row, column, address] for (row, column), address in self.links.items()]
        told = {"sheet": self.sheet, "cells": rows, "unread": self.unread, "sheets": self.sheets}
        return json.dumps(told | {"links": links})

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Grid":
        """Return the grid of what `to_json` told, parsed."""
        cells = {(row, column): Cell(*cell) for row, column, *cell in told["cells"]}
        links = {(row, column): address for row, column, address in told["links"]}
        return cls(told["sheet"], cells, told["unread"], tuple(told["sheets"]), links)


def sheets_of(grid: Grid) -> str:
    """Return the clause that names the sheets of the book."""
    return "lembar di berkas ini: " + ", ".join(grid.sheets)
