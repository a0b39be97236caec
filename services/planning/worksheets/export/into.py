"""Fill a workbook that somebody gave: read it, check it against layout 2021, fill and pack it.

Runs in a process of its own. Formulas, choices, protection and hidden sheets stay as they are; drawings are
lost, for the library that writes keeps none.
"""

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from openpyxl import load_workbook
from openpyxl.cell import MergedCell

from services.planning.spreadsheets.extract import extract
from services.planning.spreadsheets.findings import Finding, Severity
from services.planning.spreadsheets.grid import Cell, Grid, address
from services.planning.spreadsheets.limits import Limits
from services.planning.spreadsheets.weights import wrong_rows
from services.planning.worksheets.export.filling import Columns, add_about, fill
from services.planning.worksheets.export.formulas import (
    EMPTY_ROW,
    answer_formulas,
    share_formulas,
    sub_headings,
    value_formulas,
)
from services.planning.worksheets.export.template import COUNT, printed
from services.planning.worksheets.export.told import entries_told
from services.planning.worksheets.workbook.layout import (
    ANSWER,
    POINTS,
    WEIGHT,
    find_columns,
    inputs_of,
    sheet_name,
    weights_by_row,
)
from services.planning.worksheets.workbook.layout import (
    Columns as Found,
)
from services.planning.worksheets.workbook.writing import Entries, Field
from shared.documents.workbook import packed
from shared.files.inspection.package import RefusedPackageError
from shared.instruments.lke import QuestionType, lke_instrument

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_EMPTY = Cell("empty", "")
_READ = (8, 11, 12)
"""H, K and L: weights, answers and points, where the formulas read them."""
_PRINTED = 10
"""J, the scale of each item."""
_SHARE = 13
"""M, the part of its weight that a node has earned."""
_REACHES = re.compile(r"\b(WEBSERVICE|FILTERXML|RTD|CALL|REGISTER(\.ID)?)\s*\(|\w\||\[\d+\]", re.IGNORECASE)
"""Functions that ask others, DDE, and references to other workbooks."""
_TOLD = 5
"""Cells that a sentence names beside the first."""
_UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError)


def filled(
    template: bytes, order: Mapping[str, Any], limits: Limits, at: datetime
) -> tuple[Sequence[Finding], bytes]:
    """Return the filled workbook, or every reason why this is no template.

    Raises `RefusedPackageError`: what `extract` refuses, `header_missing`, `header_twice`, and
    `template_unreadable` for a file that can be read but not be written anew.
    """
    grid = extract(template, sheet_name(), limits)
    columns = find_columns(grid)
    findings = list(_faults(grid, columns))
    if findings:
        return findings, b""
    entries = entries_told(order)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of extensions that openpyxl drops
            book = load_workbook(BytesIO(template), keep_links=False)
            sheet = book[next(name for name in book.sheetnames if _folded(name) == _folded(sheet_name()))]
            places = _places(columns)
            findings = list(_merged(sheet, entries, places))
            if findings:
                return findings, b""
            fill(sheet, entries, places)
            findings = list(_foreign(book, sheet, entries))
            if findings:
                return findings, b""
            add_about(book, order["about"])
            return (), packed(book, at)
    except _UNREADABLE as error:
        said = "Berkas ini dapat dibaca, tetapi tidak dapat diisi; buka dan simpan ulang di Excel."
        raise RefusedPackageError("template_unreadable", said) from error


def _faults(grid: Grid, columns: Found) -> Iterator[Finding]:
    """Yield what makes a sheet another one than layout 2021: weights, header, a changed formula."""
    if wrong := wrong_rows(grid, columns.weight, weights_by_row(), "2021"):
        yield wrong
        return
    if (columns.weight, columns.answer, columns.points) != _READ:
        said = f'judul "{WEIGHT}", "{ANSWER}", dan "{POINTS}" harus di kolom H, K, dan L, yang dibaca rumus'
        yield Finding(Severity.ERROR, "columns_moved", said, grid.sheet, "H2", 2)
        return
    _, answer, points = _READ
    formulas = {answer: answer_formulas(), points: value_formulas()}
    differing = [
        (column, row)
        for column, by_row in formulas.items()
        for row, formula in sorted(by_row.items())
        if _plain(_cell(grid, column, row).formula or "") != _plain(formula)
    ]
    if differing:
        yield _differing(grid, differing)
        return
    for column, row, text in _fixed():
        cell = _cell(grid, column, row)
        if _plain(cell.text) != _plain(text):
            said = f'"{cell.text[:20]}" seharusnya "{text}", yang dibaca rumus' if text else "harus kosong"
            place, value = address(column, row), cell.text[:80]
            yield Finding(
                Severity.ERROR, "scale_differs", said, grid.sheet, place, row, value=value, allowed=text
            )


def _foreign(book: "Workbook", own: "Worksheet", entries: Entries) -> Iterator[Finding]:
    """Yield formulas that would read, or send, what was filled in.

    On the sheet itself those that the official one does not have, elsewhere those that reach out.
    """
    _, answer, points = _READ
    rows = {answer: {*answer_formulas(), *(row for row, _ in entries)}, points: {*value_formulas()}}
    shares = share_formulas()
    for sheet in book.worksheets:
        for cell in (one for line in sheet.iter_rows() for one in line if one.data_type == "f"):
            formula, column, row = str(cell.value), cell.column or 0, cell.row or 0
            if sheet is own:
                is_share = column == _SHARE and _plain(formula) == _plain(shares.get(row, ""))
                is_foreign = row not in rows.get(column, ()) and not is_share
                said = "berisi rumus yang tidak ada di lembar resmi; kosongkan"
            else:
                is_foreign = _REACHES.search(formula) is not None
                said = "berisi rumus yang menjangkau ke luar buku kerja; kosongkan"
            if is_foreign:
                place = (sheet.title, cell.coordinate, row)
                yield Finding(Severity.ERROR, "formula_foreign", said, *place, value=formula[:80])


def _fixed() -> Iterator[tuple[int, int, str]]:
    """Yield what the formulas read beside weights and answers: column, row and text."""
    weight, _, _ = _READ
    for question in lke_instrument().questions.values():
        if question.type is not QuestionType.INDEX:
            yield _PRINTED, question.place.workbook_row, printed(question)
        for entry in inputs_of(question):
            yield _PRINTED, entry.place.workbook_row, COUNT
    yield _PRINTED, EMPTY_ROW, ""
    for row in sub_headings():
        yield weight, row, "1"


def _differing(grid: Grid, differing: Sequence[tuple[int, int]]) -> Finding:
    """Return one sentence, however many formulas are others: it names the first, and some more."""
    (column, row), *more = differing
    also = ", ".join(address(*place) for place in more[:_TOLD])
    rest = f" dan {len(more) - _TOLD} sel lain" if len(more) > _TOLD else ""
    said = "tidak berisi rumus resmi" + (f", begitu pula {also}{rest}" if more else "")
    said += "; pakai templat yang rumusnya belum ditimpa"
    cell = _cell(grid, column, row)
    value = (cell.text if cell.formula is None else cell.formula)[:80]
    place = address(column, row)
    return Finding(Severity.ERROR, "formula_differs", said, grid.sheet, place, row, value=value)


def _cell(grid: Grid, column: int, row: int) -> Cell:
    return grid.cells.get((row, column), _EMPTY)


def _merged(sheet: "Worksheet", entries: Entries, places: Columns) -> Iterator[Finding]:
    """Yield cells that cannot be written, since they are a part of another one."""
    for row, field in entries:
        if field in places and isinstance(sheet.cell(row, places[field]), MergedCell):
            said = "tergabung dengan sel lain; lepas gabungannya"
            place = address(places[field], row)
            yield Finding(Severity.ERROR, "merged_cell", said, sheet_name(), place, row)


def _places(columns: Found) -> Columns:
    found: dict[Field, int | None] = {
        "answer": columns.answer, "note": columns.note, "names": columns.names, "links": columns.links,
    }  # fmt: skip
    return {field: column for field, column in found.items() if column is not None}


def _plain(formula: str) -> str:
    return "".join(formula.split()).lstrip("=").replace("$", "").casefold()


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
