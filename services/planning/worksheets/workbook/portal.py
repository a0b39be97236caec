"""PortalRB's sheet `Jawaban`: rows by the instrument's map, columns by words of their headers.

The columns are known by letter from the list of 2026; the ministry's copy of 2024 stands one column to the
left and has TPI twice, for two rounds. So headers decide, and of the rounds the last one counts.
Source: lke.md section 11, Layout PortalRB.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from services.planning.layers import Layer
from services.planning.spreadsheets.findings import Finding, Severity
from services.planning.spreadsheets.grid import Grid, address, letters, sheets_of
from services.planning.worksheets.workbook.layout import LAST_HEADER_ROW, Columns
from shared.files.inspection.package import RefusedPackageError
from shared.instruments.lke import PORTAL, lke_instrument

MOST_ROWS = 2_500
"""The ministry's copy is drawn for 2,205 rows, most of them empty."""
_WORD = re.compile(r"[a-z]+")


class Heads(NamedTuple):
    """How we head the columns that an import reads."""

    weight: str = "Bobot"
    answer: str = "Jawaban Unit"
    note: str = "Catatan Unit"
    names: str = "Bukti Dukung"
    tpi_answer: str = "Jawaban TPI"
    tpi_note: str = "Catatan TPI"


def portal_sheet_name() -> str:
    return str(lke_instrument().layouts[PORTAL]["sheet"])


@dataclass(frozen=True, slots=True)
class _Header:
    """The columns of a header row by what they hold, from left to right."""

    row: int
    weights: tuple[int, ...]
    answers: tuple[int, ...]
    notes: tuple[int, ...]
    names: tuple[int, ...]
    tpi_answers: tuple[int, ...]
    tpi_notes: tuple[int, ...]


def find_portal_columns(grid: Grid, layer: Layer) -> tuple[Columns, tuple[Finding, ...]]:
    """Return the columns of a layer, and what there is to say about the choice.

    Raises `RefusedPackageError`: `layer_missing` for a layer that the sheet does not have, `header_missing`,
    `header_twice`.
    """
    if layer is Layer.TPN:
        said = "lembar ini hanya memuat jawaban unit dan TPI, bukan lapis tpn"
        raise RefusedPackageError("layer_missing", said, sheet=grid.sheet)
    header = _header(grid)
    for columns in (header.weights, header.answers):
        if len(columns) > 1:
            place = address(columns[1], header.row)
            raise RefusedPackageError(
                "header_twice", "judul kolom ini ada dua kali", sheet=grid.sheet, cell=place
            )
    weight = header.weights[0]
    if layer is Layer.UNIT:
        note, names = header.notes[:1], header.names[:1]
        return Columns(weight, header.answers[0], None, *(note or (None,)), *(names or (None,))), ()
    if not header.tpi_answers:
        raise _missing(grid, Heads().tpi_answer)
    answer, is_only = header.tpi_answers[-1], len(header.tpi_answers) == 1
    # Notes to the left of a second round are those of the first one.
    note = tuple(column for column in header.tpi_notes if is_only or column > answer)
    rounds = () if is_only else (_last_round(grid, header, answer),)
    return Columns(weight, answer, None, note[-1] if note else None), rounds


def _header(grid: Grid) -> _Header:
    for row in range(1, LAST_HEADER_ROW + 1):
        words = {
            column: frozenset(_WORD.findall(cell.text.casefold()))
            for (cell_row, column), cell in sorted(grid.cells.items())
            if cell_row == row
        }
        answers = [column for column, said in words.items() if "jawaban" in said and "pilihan" not in said]
        notes = [column for column, said in words.items() if "catatan" in said]
        tpi = {column for column, said in words.items() if "tpi" in said}
        weights = [column for column, said in words.items() if "bobot" in said]
        found = _Header(
            row=row,
            weights=tuple(weights),
            answers=tuple(column for column in answers if column not in tpi),
            notes=tuple(column for column in notes if column not in tpi),
            names=tuple(column for column, said in words.items() if "bukti" in said and column not in tpi),
            tpi_answers=tuple(column for column in answers if column in tpi),
            tpi_notes=tuple(column for column in notes if column in tpi),
        )
        if found.weights and found.answers:
            return found
    raise _missing(grid, f'{Heads().weight}" dan "{Heads().answer}')


def _missing(grid: Grid, heads: str) -> RefusedPackageError:
    said = f'judul kolom "{heads}" tidak ada di baris 1-{LAST_HEADER_ROW}; {sheets_of(grid)}'
    return RefusedPackageError("header_missing", said, sheet=grid.sheet, cell="A1")


def _last_round(grid: Grid, header: _Header, answer: int) -> Finding:
    rounds = len(header.tpi_answers)
    said = f"TPI ada {rounds} putaran di lembar ini; yang dibaca putaran terakhir, kolom {letters(answer)}"
    place = address(answer, header.row)
    value = grid.cells[header.row, answer].text[:80]
    return Finding(Severity.REMARK, "last_tpi_round", said, grid.sheet, place, header.row, value=value)
