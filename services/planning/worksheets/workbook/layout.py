"""Where things stand in layout 2021 of the workbook: rows by the instrument's map, columns by header."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.planning.spreadsheets.grid import Grid, address, sheets_of
from shared.files.inspection.package import RefusedPackageError
from shared.instruments.lke import TOTAL, Input, Question, lke_instrument

LAYOUT = "workbook_2021"
LAST_HEADER_ROW = 5
LINK_COLUMN = 17
EVIDENCE_COLUMNS = (16, LINK_COLUMN)
"""P and Q, where agencies name their evidence and link it; they have no header."""
LHKPN_TOTAL_ROW = 178
"""K178 is a formula over its parts; typed over, it is n0. Source: lke.md section 11, import rule 4."""
LHKASN_TOTAL_ROW = 185
"""K185 is typed, so it is n0; where it is the sum of its parts as a formula, nobody gave a total."""
WEIGHT, ANSWER, POINTS, NOTE = "Bobot", "Jawaban", "Nilai", "Catatan/Keterangan/Penjelasan"


@dataclass(frozen=True, slots=True)
class Columns:
    """Column numbers, from 1; only weights and answers are never absent.

    `names` holds evidence by name, `links` its addresses.
    """

    weight: int
    answer: int
    points: int | None = None
    note: int | None = None
    names: int | None = None
    links: int | None = None


def sheet_name() -> str:
    return str(lke_instrument().layouts[LAYOUT]["sheet"])


def data_rows(layout: str = LAYOUT) -> range:
    """The rows that may hold answers; in layout 2021 signatures stand below."""
    instrument = lke_instrument()
    if layout == LAYOUT:
        return range(instrument.layouts[layout]["first_row"], instrument.layouts[layout]["last_row"] + 1)
    rows = [row for question in instrument.questions.values() for row in rows_of(question, layout)]
    return range(min(rows), max(rows) + 1)


def weights_by_row() -> Mapping[int, tuple[str, Fraction]]:
    """Code and weight by row: 60 nodes and 3 hasil items."""
    return lke_instrument().weights_by_row(LAYOUT)


def points_by_row() -> Mapping[int, str]:
    """Which code's points stand in column L: nodes, the totals below them, hasil items; no questions."""
    instrument = lke_instrument()
    rows = {row: code for row, (code, _) in weights_by_row().items()}
    rows |= {node.total_row: node.code for node in instrument.nodes.values() if node.total_row is not None}
    return rows | {total_row(): TOTAL}


def total_row() -> int:
    """The row of the total of both components."""
    total: str = lke_instrument().layouts[LAYOUT]["totals"]["total"]
    return int(total.strip("L"))


def find_columns(grid: Grid) -> Columns:
    """Find the header row among the first five and its columns by exact text, trimmed and case folded.

    Raises `RefusedPackageError` `header_missing` unless one row holds `Bobot` and `Jawaban`, `header_twice`
    when a header occurs twice in it.
    """
    for row in range(1, LAST_HEADER_ROW + 1):
        found: dict[str, int] = {}
        for (cell_row, column), cell in sorted(grid.cells.items()):
            name = _folded(cell.text)
            if cell_row != row or name not in _WANTED:
                continue
            if name in found:
                said = f'judul kolom "{_WANTED[name]}" ada dua kali'
                raise RefusedPackageError("header_twice", said, sheet=grid.sheet, cell=address(column, row))
            found[name] = column
        if {_folded(WEIGHT), _folded(ANSWER)} <= found.keys():
            free = [None if column in found.values() else column for column in EVIDENCE_COLUMNS]
            return Columns(
                found[_folded(WEIGHT)],
                found[_folded(ANSWER)],
                found.get(_folded(POINTS)),
                found.get(_folded(NOTE)),
                *free,
            )
    said = f'judul kolom "{WEIGHT}" dan "{ANSWER}" tidak ada di baris 1-{LAST_HEADER_ROW}; {sheets_of(grid)}'
    raise RefusedPackageError("header_missing", said, sheet=grid.sheet, cell="A1")


def inputs_of(question: Question) -> tuple[Input, ...]:
    """Return the counts of a question in the order of the sheet, its optional total first."""
    total = question.optional_total
    return question.inputs if total is None else (total, *question.inputs)


def rows_of(question: Question, layout: str = LAYOUT) -> list[int]:
    """Return the rows of a question and of its counts."""
    places = [question.place, *(entry.place for entry in inputs_of(question))]
    return [place.row_in(layout) for place in places]


def lhkpn_sum() -> str:
    """Return the formula of K178."""
    parts = _parts_below(LHKPN_TOTAL_ROW)
    blank = ",".join(f'{part}=""' for part in parts)
    return f'IF(OR({blank}),"Blm Diisi",{"+".join(parts)})'


def lhkasn_sum() -> str:
    """Return what K185 holds when nobody gave a total of its own: the official cell is empty then."""
    return "+".join(_parts_below(LHKASN_TOTAL_ROW))


def _parts_below(row: int) -> list[str]:
    return [f"K{below}" for below in range(row + 1, row + 4)]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


_WANTED = {_folded(name): name for name in (WEIGHT, ANSWER, POINTS, NOTE)}
