"""From a file of units to its lines: every header and every cell checked, all findings at once."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from difflib import get_close_matches
from itertools import groupby
from string import digits
from typing import Any

from services.planning.spreadsheets.grid import Cell, Grid, letters
from services.planning.spreadsheets.grid_reader import read_by
from services.planning.spreadsheets.limits import Limits
from services.planning.units.files.columns import (
    BY_HEADER,
    COLUMNS,
    CellError,
    Column,
    folded,
    typed,
)
from services.planning.units.files.domain import MOST_FINDINGS, Finding, Line, UnitFile
from shared.files.inspection.package import RefusedPackageError
from shared.held import in_thread

_CHILD = "services.planning.units.files.child"
MOST_UNITS = 20_000
_REQUIRED = frozenset(column.field for column in COLUMNS if column.is_required)
_IDS = frozenset({"unit_id", "parent_id"})
_MOST_DIGITS = 15
"""Excel keeps no more of a number; what is longer has lost its end already."""
_LONGEST_HINTED, _LEAST_ALIKE = 60, 0.65
"""A longer text is no header, and comparing it takes its time; what is less alike is another one."""
_FIRST_ROWS = 20
"""Filled rows among which headers are looked for when they are not the first."""
_SAY_AS_TEXT = "beri sel format Teks, lalu ketik ulang"


def unit_file_limits(*, packed_bytes: int, seconds: int) -> Limits:
    """Return the limits of a file of units: long and narrow."""
    return Limits(packed_bytes=packed_bytes, seconds=seconds, rows=MOST_UNITS + 1, columns=15)


class UnitFileReader:
    """Reads files of units, only so many at a time, of at most `packed_bytes` each."""

    def __init__(self, *, packed_bytes: int, seconds: int, at_once: int) -> None:
        self.packed_bytes = packed_bytes
        self._limits = unit_file_limits(packed_bytes=packed_bytes, seconds=seconds)
        self._gate = asyncio.Semaphore(at_once)

    async def read(self, content: bytes) -> UnitFile:
        """Return what a file says; never raises for what is in it."""
        async with self._gate:
            return await in_thread(read_unit_file, content, self._limits)


def read_unit_file(content: bytes, limits: Limits) -> UnitFile:
    """Read an xlsx or csv file of units. Never raises for what is in the file; blocks, so use a thread."""
    try:
        grid = read_by(_CHILD, content, {"limits": asdict(limits)}, limits)
    except RefusedPackageError as refused:
        column = refused.cell.rstrip(digits)
        row = int(refused.cell[len(column) :]) if refused.cell else None
        return UnitFile(findings=(Finding(refused.reason, refused.said, row, column),))
    return interpret(grid)


def interpret(grid: Grid) -> UnitFile:
    """Read the cells of a sheet: the first filled row holds the headers, every later one a unit."""
    rows = [
        (row, {column: cell for (_, column), cell in cells})
        for row, cells in groupby(sorted(grid.cells.items()), key=lambda item: item[0][0])
    ]
    filled = [(row, cells) for row, cells in rows if any(map(_is_filled, cells.values()))]
    if not filled:
        said = "Berkas ini kosong."
        return UnitFile(findings=(Finding("file_empty", said, allowed=_headers()),))
    header_row, header_cells = filled[0]
    if misplaced := _misplaced(grid, filled):
        return UnitFile(findings=(misplaced,))
    columns, findings = _columns(header_row, header_cells)
    if findings:
        return UnitFile(findings=tuple(findings))
    if len(filled) == 1:
        return UnitFile(findings=(Finding("file_empty", "Tidak ada unit di bawah judul kolom."),))
    lines: list[Line] = []
    faulty: list[Line] = []
    further = 0
    for row, cells in filled[1:]:
        line, faults = _line(row, cells, columns)
        room = MOST_FINDINGS - len(findings)
        findings += faults[:room]
        further += len(faults[room:])
        if line is not None:
            (faulty if faults else lines).append(line)
    places = {column.field: letters(number) for number, column in columns.items()}
    warnings = (Finding("sheets_unread", _unread(grid)),) if grid.unread else ()
    return UnitFile(tuple(lines), tuple(findings), places, tuple(faulty), further, warnings)


def _unread(grid: Grid) -> str:
    return f"Hanya lembar pertama yang dibaca; {grid.unread} lembar lain yang berisi tidak."


def _misplaced(grid: Grid, filled: Sequence[tuple[int, Mapping[int, Cell]]]) -> Finding | None:
    """Return what is wrong when the first row has no header at all: a title above them, or another sheet."""
    (first, cells), *others = filled[:_FIRST_ROWS]
    if _known(cells):
        return None
    if (row := next((row for row, cells in others if _known(cells) >= _REQUIRED), None)) is not None:
        said = f"Judul kolom baru ada di baris {row}; hapus semua baris di atasnya."
        return Finding("header_missing", said, first)
    if grid.unread:
        said = f"Tidak ada judul kolom di sini. {_unread(grid)} Pindahkan daftar unit ke lembar pertama."
        return Finding("header_missing", said, first, allowed=_headers())
    return None


def _known(cells: Mapping[int, Cell]) -> frozenset[str]:
    """Return the fields whose headers stand in a row."""
    found = (BY_HEADER.get(folded(cell.text)) for cell in cells.values())
    return frozenset(column.field for column in found if column is not None)


def _is_filled(cell: Cell) -> bool:
    return bool(cell.text.strip()) or cell.kind == "empty"


def _headers() -> str:
    return ", ".join(column.header for column in COLUMNS)


def _columns(row: int, cells: Mapping[int, Cell]) -> tuple[dict[int, Column], list[Finding]]:
    """Return the columns by their number, and what is wrong with the headers."""
    columns: dict[int, Column] = {}
    findings: list[Finding] = []
    meant: set[str] = set()
    for number, cell in cells.items():
        if not _is_filled(cell):
            continue
        found = BY_HEADER.get(folded(cell.text))
        if found is None:
            text = folded(cell.text)
            is_short = len(text) <= _LONGEST_HINTED
            near = get_close_matches(text, BY_HEADER, n=1, cutoff=_LEAST_ALIKE) if is_short else []
            right = BY_HEADER[near[0]].header if near else _headers()
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
        for column in COLUMNS
        if column.is_required and column not in there and column.header not in meant
    ]
    findings += [
        Finding("header_missing", f'Judul kolom "{column.header}" tidak ada.', row, allowed=_headers())
        for column in missing
    ]
    return columns, findings


def _line(
    row: int, cells: Mapping[int, Cell], columns: Mapping[int, Column]
) -> tuple[Line | None, list[Finding]]:
    """Return what a row says and what is wrong with it; of a faulty row only its id counts."""
    given: dict[str, Any] = {}
    findings = list(_strays(row, cells, columns))
    for number, column in columns.items():
        try:
            cell = cells.get(number, Cell("empty", ""))
            if cell.is_padded and column.field in _IDS:
                raise CellError(  # noqa: TRY301 - one way out
                    "not_text", f"Nol di depannya hanya tampilan dan tidak ikut terbaca; {_SAY_AS_TEXT}."
                )
            text = _text(cell)
            if text:
                given[column.field] = column.read(text)
            elif column.is_required:
                raise CellError("cell_empty", f'"{column.header}" wajib diisi.')  # noqa: TRY301 - one way out
            elif column.is_clearable:
                given[column.field] = None
        except CellError as error:
            findings.append(Finding(error.code, error.said, row, letters(number), column.allowed))
    if given.get("parent_id") is not None and given.get("parent_id") == given.get("unit_id"):
        place = next(letters(number) for number, column in columns.items() if column.field == "parent_id")
        findings.append(Finding("parent_cycle", "Unit tidak dapat menjadi induknya sendiri.", row, place))
    unit_id = given.pop("unit_id", None)
    return None if unit_id is None else Line(row, unit_id, given), findings


def _strays(row: int, cells: Mapping[int, Cell], columns: Mapping[int, Column]) -> Iterator[Finding]:
    """Yield a finding for what stands in a column without a header: nobody knows what it means."""
    for number, cell in cells.items():
        if number not in columns and _is_filled(cell):
            said = "Kolom ini terisi tetapi tidak berjudul."
            yield Finding("header_missing", said, row, letters(number), _headers())


def _text(cell: Cell) -> str:
    """Return what a cell says; raises `CellError` for what Excel made of it."""
    if cell.kind == "empty" and cell.formula is not None:
        raise CellError(
            "formula_without_value", "Rumus tanpa nilai tersimpan; simpan berkas di Excel dahulu."
        )
    if cell.kind == "error":
        raise CellError("excel_error", "Sel berisi kesalahan Excel.")
    if cell.kind == "date":
        raise CellError("not_text", f"Excel menjadikannya tanggal; {_SAY_AS_TEXT}.")
    if cell.kind == "number":
        number = Decimal(cell.text)
        if number != number.to_integral_value() or len(f"{abs(number):.0f}") > _MOST_DIGITS:
            raise CellError("not_text", f"Excel menjadikannya bilangan; {_SAY_AS_TEXT}.")
        return f"{number:.0f}"
    return typed(cell.text)
