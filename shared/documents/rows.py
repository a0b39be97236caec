"""Rows as CSV and as XLSX, as a spreadsheet in Indonesian opens them; no cell can be read as a formula.

A CSV file begins with a byte order mark and a header; semicolons stand between its cells, for a number has a
comma (and no grouping). In XLSX numbers are numbers. Excel and LibreOffice take a text for a formula that
begins with `= + - @`, a tab or a line end, also behind blanks or in full width.
Source: OWASP, CSV Injection.
"""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterable, Sequence
from decimal import Decimal

Cell = str | int | Decimal | None
CSV = "text/csv; charset=utf-8; header=present"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
_BLANKS = " \u00a0\u3000"


def plain(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: one that begins so gets an apostrophe."""
    return f"'{text}" if begins_as_formula(text) else text


def begins_as_formula(text: str) -> bool:
    """Tell whether a spreadsheet could take a text for a formula; an empty one it cannot."""
    return text.lstrip(_BLANKS)[:1] in _STARTS


def csv_file(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a file of a header and rows."""
    return BOM_UTF8 + b"".join(map(_line, (head, *rows)))


def _line(cells: Sequence[Cell]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";").writerow(map(_written, cells))
    return buffer.getvalue().encode()


def _written(cell: Cell) -> Cell:
    if isinstance(cell, Decimal):
        return str(cell).replace(".", ",")
    return plain(cell) if isinstance(cell, str) else cell


def xlsx_file(title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a workbook of one sheet whose first row stays in sight."""
    from openpyxl import Workbook  # noqa: PLC0415 - a tenth of a service's start, for one button
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as above
    from openpyxl.styles import Font  # noqa: PLC0415 - as above

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"

    names = [WriteOnlyCell(sheet, value=name) for name in head]
    for name in names:
        name.font = Font(bold=True)
    sheet.append(names)
    for row in rows:
        sheet.append([plain(cell) if isinstance(cell, str) else cell for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
