"""The official texts in a workbook: found by the row map of its layout, beside the column of weights.

Layout 2021 keeps a question in G, left of its weight in H, a result in E, and criteria in I. PortalRB's
layout is inferred to keep them alike; as the header tells the columns, a copy that stands one column to the
left is read as well. Source: lke.md section 11.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.planning.spreadsheets.findings import Finding, Severity, of_refusal
from services.planning.spreadsheets.grid import Cell, Grid, address, sheets_of
from services.planning.spreadsheets.grid_reader import read_grid
from services.planning.spreadsheets.limits import Limits
from services.planning.spreadsheets.weights import wrong_rows
from services.planning.wording.domain import MOST_TEXT, Wording, cleaned
from shared.files.inspection.package import RefusedPackageError
from shared.indonesian import number
from shared.instruments.lke import lke_instrument

WEIGHT = "Bobot"
LAST_HEADER_ROW = 5
BEFORE_WEIGHT, RESULT_BEFORE_WEIGHT = 1, 3
"""Columns from the weight to the left: a question stands in the last one, a result where areas have names."""
_EMPTY = Cell("empty", "")


@dataclass(frozen=True, slots=True)
class WordingReading:
    """What a workbook says, by item in the order of the sheet; with one error nothing may be written."""

    texts: Mapping[str, Wording] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


def read_texts(content: bytes, edition: str, limits: Limits) -> WordingReading:
    """Read an edition's texts from a workbook in its layout; what is wrong with it is among the findings.

    Blocks: call from a thread. `KeyError` for an unknown edition.
    """
    sheet = str(lke_instrument().layouts[layout_of(edition)]["sheet"])
    try:
        return interpret(read_grid(content, sheet, limits), edition)
    except RefusedPackageError as refused:
        return WordingReading(findings=(of_refusal(refused),))


def layout_of(edition: str) -> str:
    """Return the layout of an edition's official workbook; `KeyError` for an unknown edition."""
    return lke_instrument().editions[edition].layout


def interpret(grid: Grid, edition: str) -> WordingReading:
    """Read the grid of the edition's sheet, its weights checked before any text.

    Raises `RefusedPackageError` `header_missing` when no column is headed `Bobot`.
    """
    instrument, layout = lke_instrument(), layout_of(edition)
    weight = _weight_column(grid)
    if wrong := wrong_rows(grid, weight, instrument.weights_by_row(layout), edition):
        return WordingReading(findings=(wrong,))
    cells = _TextCells(grid)
    texts: dict[str, Wording] = {}
    for code, question in instrument.questions.items():
        row = question.place.row_in(layout)
        is_result = instrument.nodes[question.parent].level != "indicator"
        before = RESULT_BEFORE_WEIGHT if is_result else BEFORE_WEIGHT
        said = cells.read(row, weight - before, code)
        criteria = cells.read(row, weight + 1, code)
        if not said:
            cells.add(
                Severity.ERROR, "question_missing", "tidak berisi teks butir", row, weight - before, code
            )
        if not criteria:
            cells.add(Severity.REMARK, "criteria_missing", "tidak berisi kriteria", row, weight + 1, code)
        texts[code] = Wording(said, criteria)
    return WordingReading(texts, tuple(sorted(cells.findings, key=lambda finding: finding.row or 0)))


def _weight_column(grid: Grid) -> int:
    """Return the column headed `Bobot` in one of the first rows, which has those of the texts before it."""
    for (row, column), cell in sorted(grid.cells.items()):
        is_header = " ".join(cell.text.split()).casefold() == WEIGHT.casefold()
        if is_header and row <= LAST_HEADER_ROW and column > RESULT_BEFORE_WEIGHT:
            return column
    said = f'judul kolom "{WEIGHT}" tidak ada di baris 1-{LAST_HEADER_ROW}; {sheets_of(grid)}'
    raise RefusedPackageError("header_missing", said, sheet=grid.sheet, cell="A1")


@dataclass(slots=True)
class _TextCells:
    """The texts of a sheet, and the findings made while they are read."""

    grid: Grid
    findings: list[Finding] = field(default_factory=list)

    def read(self, row: int, column: int, code: str) -> str:
        """Return what a cell says, cleaned; empty for nothing, and for what is an error."""
        cell = self.grid.cells.get((row, column), _EMPTY)
        if cell.formula is not None or cell.kind not in {"text", "empty"}:
            said = "berisi rumus, angka, atau tanggal; yang diharapkan teks"
            self.add(Severity.ERROR, "not_text", said, row, column, code)
            return ""
        text = cleaned(cell.text)
        if len(text) > MOST_TEXT:
            said = f"berisi lebih dari {number(MOST_TEXT, 0)} huruf"
            self.add(Severity.ERROR, "text_too_long", said, row, column, code)
        return text

    def add(self, severity: Severity, reason: str, said: str, row: int, column: int, code: str) -> None:
        place = address(column, row)
        value = self.grid.cells.get((row, column), _EMPTY).text[:80]
        self.findings.append(Finding(severity, reason, said, self.grid.sheet, place, row, code, value))
