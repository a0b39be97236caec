"""From the bytes of a workbook to the grid of one sheet. Runs in the reading process."""

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any, NamedTuple

from openpyxl import DEFUSEDXML, load_workbook

from services.planning.spreadsheets.grid import Cell, Grid, Kind, letters
from services.planning.spreadsheets.limits import Limits
from services.planning.spreadsheets.parts import links, plain
from shared.documents.workbook import decoded
from shared.files.inspection.package import RefusedPackageError, check_package

_LARGEST = 10**300
_ASIDE = re.compile(r"\[[^\]]*\]")
_PADDED = re.compile(r"[^.;]*00")
"""A format of numbers with two zeros before its decimal point, as 00000."""


def extract(content: bytes, sheet: str | Mapping[str, int] | None, limits: Limits) -> Grid:
    """Return the cells of `sheet`, or of the first one that is shown, hidden rows and columns included.

    `sheet` may name several with the rows that each may have: the first that is there is read.

    Raises `RefusedPackageError`: those of `check_package`, `not_xlsx` for a workbook that cannot be parsed,
    `sheet_missing`, `cell_twice`, `too_many_rows`, `too_many_columns`, `too_much_text`.
    """
    if not DEFUSEDXML:
        raise RuntimeError("openpyxl must parse with defusedxml")
    check_package(content, limits)
    sheets = {sheet: limits.rows} if isinstance(sheet, str) else sheet
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts appended anew, and of extensions that openpyxl drops
            content = plain(content)
            found, formulas = _sheet(content, sheets, limits, with_formulas=True)
            _, values = _sheet(content, sheets, limits, with_formulas=False)
            addresses = links(content, found.part, found.title)
            cells = {
                place: _cell(values.get(place), stored.value if stored.data_type == "f" else None)
                for place, stored in formulas.items()
                if stored.value is not None
            }
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError) as error:
        raise RefusedPackageError(
            "not_xlsx", "Berkas tidak dapat dibaca sebagai buku kerja Excel."
        ) from error
    return Grid(found.wanted, cells, found.unread, found.titles, addresses)


class _Found(NamedTuple):
    """A sheet of the book: title, part, the book's titles, shown sheets beside it that hold something.

    `wanted` is the name that it was asked for by, empty when by none.
    """

    wanted: str
    title: str
    part: str
    titles: tuple[str, ...]
    unread: int


def _sheet(
    content: bytes, names: Mapping[str, int] | None, limits: Limits, *, with_formulas: bool
) -> tuple[_Found, dict[tuple[int, int], Any]]:
    """Return a sheet and its cells; what stands beside it is counted when none is named."""
    workbook = load_workbook(BytesIO(content), read_only=True, data_only=not with_formulas, keep_links=False)
    try:
        name, sheet = _wanted(workbook, names)
        others = [] if names is not None else [one for one in _shown(workbook) if one is not sheet]
        for one in (sheet, *others):
            one.reset_dimensions()  # what the file says of its own size is not to be trusted
        unread = sum(map(_is_filled, others))
        part = sheet._worksheet_path  # noqa: SLF001 - it says nowhere else which part it is read from
        found = _Found(name, sheet.title, part, tuple(workbook.sheetnames), unread)
        rows = limits.rows if names is None else names[name]
        return found, dict(_bounded(sheet.title, sheet.iter_rows(), replace(limits, rows=rows)))
    finally:
        workbook.close()


def _shown(workbook: Any) -> list[Any]:
    return [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]


def _is_filled(sheet: Any) -> bool:
    return any(cell.value is not None for row in sheet.iter_rows() for cell in row)


def _wanted(workbook: Any, names: Mapping[str, int] | None) -> tuple[str, Any]:
    """Return a sheet and the name it was asked for by."""
    if names is None:
        return "", next(iter(_shown(workbook)), workbook.active)
    titles = {_folded(title): title for title in reversed(workbook.sheetnames)}
    for name in names:
        if title := titles.get(_folded(name)):
            return name, workbook[title]
    present, asked = ", ".join(workbook.sheetnames), " atau ".join(f'"{name}"' for name in names)
    raise RefusedPackageError(
        "sheet_missing", f"Lembar {asked} tidak ada di berkas ini; yang ada: {present}."
    )


def _bounded(
    sheet: str, rows: Iterator[tuple[Any, ...]], limits: Limits
) -> Iterator[tuple[tuple[int, int], Any]]:
    text_left = limits.text_bytes
    for row_number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row, start=1):
            if cell.value is None and cell.data_type != "str":  # the stored result of a formula, empty
                continue
            place = {"sheet": sheet, "cell": f"{letters(column)}{row_number}"}
            if row_number > limits.rows:
                said = f"sel ini berisi, padahal lembar dibaca sampai baris {limits.rows}; hapus isinya"
                raise RefusedPackageError("too_many_rows", said, **place)
            if column > limits.columns:
                last = letters(limits.columns)
                said = f"sel ini berisi, padahal lembar dibaca sampai kolom {last}; hapus isinya"
                raise RefusedPackageError("too_many_columns", said, **place)
            text_left -= len(cell.value) if isinstance(cell.value, str) else 0
            if text_left < 0:
                raise RefusedPackageError("too_much_text", "teks di lembar ini terlalu banyak", **place)
            yield (row_number, column), cell


def _cell(stored: Any, formula: Any) -> Cell:
    text = None if formula is None else str(getattr(formula, "text", formula))
    if stored is None:
        return Cell("empty", "", text)
    if stored.value is None:
        return Cell("text", "", text)
    kind, shown = _kind(stored.value, stored.data_type)
    is_padded = kind == "number" and _PADDED.match(_ASIDE.sub("", stored.number_format)) is not None
    return Cell(kind, shown, text, is_padded)


def _kind(value: Any, data_type: str) -> tuple[Kind, str]:
    if isinstance(value, bool):
        return "boolean", str(value).upper()
    if isinstance(value, (datetime, date, time, timedelta)):
        return "date", str(value)
    if isinstance(value, (int, float)):
        # as text what is no number to count with: infinite, or more digits than are worth an answer
        return ("number" if abs(value) < _LARGEST else "text"), repr(value)
    return ("error", str(value)) if data_type == "e" else ("text", decoded(str(value)))


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
