"""Reading one answer cell: what it holds, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from services.planning.spreadsheets.findings import Finding, Severity
from services.planning.spreadsheets.grid import Cell, Grid, address
from services.planning.worksheets.workbook.layout import (
    LAYOUT,
    LHKASN_TOTAL_ROW,
    Columns,
    lhkasn_sum,
)
from shared.instruments.lke import Input, Place

EMPTY = Cell("empty", "")

_UNREADABLE: Mapping[str, tuple[str, str]] = {
    "error": ("excel_error", "berisi kesalahan Excel {value}"),
    "date": ("date", "berisi tanggal {value}"),
    "boolean": ("boolean", "berisi {value}"),
}


@dataclass(slots=True)
class AnswerCells:
    """The answer column of a sheet, and the findings made while it is read; rows are those of its layout."""

    grid: Grid
    columns: Columns
    layout: str = LAYOUT
    findings: list[Finding] = field(default_factory=list)

    def row(self, place: Place) -> int:
        """Return the row of a question or a count."""
        return place.row_in(self.layout)

    def is_sum(self, entry: Input) -> bool:
        """Tell whether a total is only the formula of its parts, so that nobody gave one.

        Of layout 2021 K185 is empty officially: there, that very sum, as an export writes it.
        """
        row = self.row(entry.place)
        formula = self.at(row).formula
        if entry.key != "n0" or formula is None:
            return False
        if self.layout == LAYOUT and row == LHKASN_TOTAL_ROW:
            return formula.replace("$", "").replace(" ", "").lstrip("=").upper() == lhkasn_sum()
        return True

    def at(self, row: int) -> Cell:
        return self.grid.cells.get((row, self.columns.answer), EMPTY)

    def text(self, row: int, column: int | None) -> str:
        """Return what a cell beside the answers holds, trimmed; empty for none, and without a column."""
        if column is None:
            return ""
        return self.grid.cells.get((row, column), EMPTY).text.strip()

    def name(self, row: int) -> str:
        return address(self.columns.answer, row)

    def raw(self, row: int, code: str, allowed: str) -> str | Decimal | None:
        """Return what a cell holds: text, an exact number, or None when blank or unreadable.

        A formula gives its stored value and a warning; one without a stored value, an Excel error, a date or
        a boolean is an error, never 0 and never blank.
        """
        cell = self.at(row)
        if cell.kind in _UNREADABLE:
            reason, said = _UNREADABLE[cell.kind]
            self.add(Severity.ERROR, reason, said.format(value=cell.text), row, code, allowed)
            return None
        if cell.formula is not None:
            if not cell.text:
                said = "rumus tanpa nilai tersimpan; buka dan simpan berkas di Excel"
                self.add(Severity.ERROR, "formula_without_value", said, row, code, allowed)
                return None
            self.add(
                Severity.WARNING, "formula", f"berisi rumus; dibaca nilainya {cell.text}", row, code, allowed
            )
        if cell.kind == "empty":
            return None
        return Decimal(cell.text) if cell.kind == "number" else cell.text

    def add(
        self,
        severity: Severity,
        reason: str,
        said: str,
        row: int,
        code: str,
        allowed: str = "",
        value: str | None = None,
    ) -> None:
        """Record a finding about the answer cell of `row`."""
        shown = self.at(row).text if value is None else value
        self.findings.append(
            Finding(severity, reason, said, self.grid.sheet, self.name(row), row, code, shown[:80], allowed)
        )
