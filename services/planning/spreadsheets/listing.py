"""A file of one thing a row under headers: every header and every cell checked, all findings at once."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property
from itertools import groupby
from string import digits
from typing import Any

from services.planning.spreadsheets.grid import Cell, Grid, letters
from shared.files.inspection.package import RefusedPackageError

MOST_FINDINGS = 500
"""Findings that are kept of a file; the rest is counted."""
_PREFIXED = re.compile(r"'+[ \u00a0\u3000]*[=+\-@\t\r＝＋－＠]")
_MIDNIGHT = " 00:00:00"
_MOST_DIGITS = 15
"""Excel keeps no more of a number; what is longer has lost its end already."""
_LONGEST_HINTED, _LEAST_ALIKE = 60, 0.65
"""A longer text is no header, and comparing it takes its time; what is less alike is another one."""
_FIRST_ROWS = 20
"""Filled rows among which headers are looked for when they are not the first."""
_SAY_AS_TEXT = "beri sel format Teks, lalu ketik ulang"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a file: `said` is Indonesian, `allowed` what would be right.

    `row` and `column` (a letter) name the place as a spreadsheet does; a fault of the whole file has neither.
    """

    code: str
    said: str
    row: int | None = None
    column: str = ""
    allowed: str = ""

    @property
    def cell(self) -> str:
        return "" if self.row is None else f"{self.column}{self.row}"

    @property
    def place(self) -> str:
        """What a list of findings begins with: the cell, else the row, else the file."""
        return self.cell if self.column else "Berkas" if self.row is None else f"Baris {self.row}"

    @property
    def message(self) -> str:
        """One line for people, e.g. `Baris 5, kolom F: Zona waktu tidak dikenal. Yang benar: WIB, WITA.`."""
        column = f", kolom {self.column}" if self.column else ""
        where = "" if self.row is None else f"Baris {self.row}{column}: "
        right = f" Yang benar: {self.allowed}." if self.allowed else ""
        return f"{where}{self.said}{right}"

    @property
    def order(self) -> tuple[int, int, str]:
        """Where it stands among others: by row, then by column."""
        return self.row or 0, len(self.column), self.column


class CellError(Exception):
    """A cell holds what its column does not take: a slug, and one Indonesian sentence."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.code = code
        self.said = said


@dataclass(frozen=True, slots=True)
class Column:
    """A field as a column: `header` is written, `others` are read too; `allowed` is told of errors.

    An empty cell of an `is_clearable` one empties the field, of others it leaves the field as it is. An
    `is_id` one refuses a number that only looks as if it began with zeros; an `is_day` one takes a cell that
    a spreadsheet made a date, as YYYY-MM-DD.
    """

    field: str
    header: str
    others: tuple[str, ...]
    allowed: str
    read: Callable[[str], Any]
    is_required: bool = False
    is_clearable: bool = False
    is_id: bool = False
    is_day: bool = False


@dataclass(frozen=True)
class Layout:
    """The columns of a kind of file; `what` is Indonesian for what stands in a row."""

    columns: tuple[Column, ...]
    what: str

    @cached_property
    def by_header(self) -> Mapping[str, Column]:
        """Columns by each of their headers, as `folded`."""
        return {
            folded(header): column for column in self.columns for header in (column.header, *column.others)
        }

    @cached_property
    def required(self) -> frozenset[str]:
        """Fields without which there is no row."""
        return frozenset(column.field for column in self.columns if column.is_required)

    @property
    def headers(self) -> str:
        return ", ".join(column.header for column in self.columns)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: the fields that it names, None for an emptied one."""

    number: int
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """A file as read; `columns` gives each field's letter.

    `faulty` are rows of which only what could be read is given, `further` counts findings that are not kept,
    `warnings` do not stand in the way.
    """

    rows: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    faulty: tuple[Row, ...] = ()
    further: int = 0
    warnings: tuple[Finding, ...] = ()


def folded(text: str) -> str:
    """Return a header as it is compared: any case, any space."""
    return " ".join(text.split()).casefold()


def typed(text: str) -> str:
    """Return what somebody typed: without the spaces around it and the apostrophe that says "no formula"."""
    bare = text.strip()
    return bare[1:] if _PREFIXED.match(bare) else bare


def of_refusal(refused: RefusedPackageError) -> Listing:
    """Return the listing of a file that cannot be read, with the place where it has one."""
    column = refused.cell.rstrip(digits)
    row = int(refused.cell[len(column) :]) if refused.cell else None
    return Listing(findings=(Finding(refused.reason, refused.said, row, column),))


def read_listing(grid: Grid, layout: Layout) -> Listing:
    """Read the cells of a sheet: the first filled row holds the headers, every later one a thing."""
    rows = [
        (row, {column: cell for (_, column), cell in cells})
        for row, cells in groupby(sorted(grid.cells.items()), key=lambda item: item[0][0])
    ]
    filled = [(row, cells) for row, cells in rows if any(map(_is_filled, cells.values()))]
    if not filled:
        said = "Berkas ini kosong."
        return Listing(findings=(Finding("file_empty", said, allowed=layout.headers),))
    header_row, header_cells = filled[0]
    if misplaced := _misplaced(grid, filled, layout):
        return Listing(findings=(misplaced,))
    columns, findings = _columns(header_row, header_cells, layout)
    if findings:
        return Listing(findings=tuple(findings))
    if len(filled) == 1:
        said = f"Tidak ada {layout.what} di bawah judul kolom."
        return Listing(findings=(Finding("file_empty", said),))
    good: list[Row] = []
    faulty: list[Row] = []
    further = 0
    for number, cells in filled[1:]:
        row, faults = _row(number, cells, columns, layout)
        room = MOST_FINDINGS - len(findings)
        findings += faults[:room]
        further += len(faults[room:])
        (faulty if faults else good).append(row)
    places = {column.field: letters(number) for number, column in columns.items()}
    warnings = (Finding("sheets_unread", _unread(grid)),) if grid.unread else ()
    return Listing(tuple(good), tuple(findings), places, tuple(faulty), further, warnings)


def _unread(grid: Grid) -> str:
    return f"Hanya lembar pertama yang dibaca; {grid.unread} lembar lain yang berisi tidak."


def _misplaced(
    grid: Grid, filled: Sequence[tuple[int, Mapping[int, Cell]]], layout: Layout
) -> Finding | None:
    """Return what is wrong when the first row has no header at all: a title above them, or another sheet."""
    (first, cells), *others = filled[:_FIRST_ROWS]
    if _known(cells, layout):
        return None
    found = (row for row, cells in others if _known(cells, layout) >= layout.required)
    if (row := next(found, None)) is not None:
        said = f"Judul kolom baru ada di baris {row}; hapus semua baris di atasnya."
        return Finding("header_missing", said, first)
    if grid.unread:
        where = f"Pindahkan daftar {layout.what} ke lembar pertama."
        said = f"Tidak ada judul kolom di sini. {_unread(grid)} {where}"
        return Finding("header_missing", said, first, allowed=layout.headers)
    return None


def _known(cells: Mapping[int, Cell], layout: Layout) -> frozenset[str]:
    """Return the fields whose headers stand in a row."""
    found = (layout.by_header.get(folded(cell.text)) for cell in cells.values())
    return frozenset(column.field for column in found if column is not None)


def _is_filled(cell: Cell) -> bool:
    return bool(cell.text.strip()) or cell.kind == "empty"


def _columns(row: int, cells: Mapping[int, Cell], layout: Layout) -> tuple[dict[int, Column], list[Finding]]:
    """Return the columns by their number, and what is wrong with the headers."""
    columns: dict[int, Column] = {}
    findings: list[Finding] = []
    meant: set[str] = set()
    for number, cell in cells.items():
        if not _is_filled(cell):
            continue
        found = layout.by_header.get(folded(cell.text))
        if found is None:
            text = folded(cell.text)
            is_short = len(text) <= _LONGEST_HINTED
            near = get_close_matches(text, layout.by_header, n=1, cutoff=_LEAST_ALIKE) if is_short else []
            right = layout.by_header[near[0]].header if near else layout.headers
            meant.add(right)
            said = "Judul kolom ini tidak dikenal; ganti judulnya atau hapus kolomnya."
            findings.append(Finding("header_unknown", said, row, letters(number), right))
        elif found in columns.values():
            said = f'Judul kolom "{found.header}" ada dua kali.'
            findings.append(Finding("header_twice", said, row, letters(number)))
        else:
            columns[number] = found
    there = set(columns.values())
    missing = [
        column
        for column in layout.columns
        if column.is_required and column not in there and column.header not in meant
    ]
    findings += [
        Finding("header_missing", f'Judul kolom "{column.header}" tidak ada.', row, allowed=layout.headers)
        for column in missing
    ]
    return columns, findings


def _row(
    number: int, cells: Mapping[int, Cell], columns: Mapping[int, Column], layout: Layout
) -> tuple[Row, list[Finding]]:
    """Return what a row says and what is wrong with it."""
    given: dict[str, Any] = {}
    findings = list(_strays(number, cells, columns, layout))
    for place, column in columns.items():
        try:
            text = _text(cells.get(place, Cell("empty", "")), column)
            if text:
                given[column.field] = column.read(text)
            elif column.is_required:
                raise CellError("cell_empty", f'"{column.header}" wajib diisi.')  # noqa: TRY301 - one way out
            elif column.is_clearable:
                given[column.field] = None
        except CellError as error:
            findings.append(Finding(error.code, error.said, number, letters(place), column.allowed))
    return Row(number, given), findings


def _strays(
    row: int, cells: Mapping[int, Cell], columns: Mapping[int, Column], layout: Layout
) -> Iterator[Finding]:
    """Yield a finding for what stands in a column without a header: nobody knows what it means."""
    for number, cell in cells.items():
        if number not in columns and _is_filled(cell):
            said = "Kolom ini terisi tetapi tidak berjudul."
            yield Finding("header_missing", said, row, letters(number), layout.headers)


def _text(cell: Cell, column: Column) -> str:
    """Return what a cell says; raises `CellError` for what Excel made of it."""
    if cell.is_padded and column.is_id:
        raise CellError("not_text", f"Nol di depannya hanya tampilan dan tidak ikut terbaca; {_SAY_AS_TEXT}.")
    if cell.kind == "empty" and cell.formula is not None:
        raise CellError(
            "formula_without_value", "Rumus tanpa nilai tersimpan; simpan berkas di Excel dahulu."
        )
    if cell.kind == "error":
        raise CellError("excel_error", "Sel berisi kesalahan Excel.")
    if cell.kind == "date" and column.is_day:
        return cell.text.removesuffix(_MIDNIGHT)
    if cell.kind == "date":
        raise CellError("not_text", f"Excel menjadikannya tanggal; {_SAY_AS_TEXT}.")
    if cell.kind == "number":
        number = Decimal(cell.text)
        if number != number.to_integral_value() or len(f"{abs(number):.0f}") > _MOST_DIGITS:
            raise CellError("not_text", f"Excel menjadikannya bilangan; {_SAY_AS_TEXT}.")
        return f"{number:.0f}"
    return typed(cell.text)
