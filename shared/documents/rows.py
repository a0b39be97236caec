"""Rows as CSV (RFC 4180, a header, streamed) and as XLSX; no cell can be read as a formula.

Numbers of a CSV file have a point and no grouping; in XLSX they are numbers. Excel and LibreOffice take a
text for a formula that begins with `= + - @`, a tab or a line end, also behind blanks or in full width.
Source: OWASP, CSV Injection.
"""

import csv
import io
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

Cell = str | int | Decimal | None
CSV = "text/csv; charset=utf-8; header=present"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
_BLANKS = " \u00a0\u3000"


def plain(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: one that begins so gets an apostrophe."""
    return f"'{text}" if text.lstrip(_BLANKS)[:1] in _STARTS else text


async def csv_of(head: Sequence[str], rows: AsyncIterable[Sequence[Cell]]) -> AsyncIterator[bytes]:
    """Yield a file row by row; it begins with a byte order mark, by which Excel knows UTF-8."""
    yield b"\xef\xbb\xbf" + _line(head)
    async for row in rows:
        yield _line(row)


def _line(cells: Sequence[Cell]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([plain(cell) if isinstance(cell, str) else cell for cell in cells])
    return buffer.getvalue().encode()


async def xlsx_of(title: str, head: Sequence[str], rows: AsyncIterable[Sequence[Cell]]) -> bytes:
    """Return a workbook of one sheet whose first row stays in sight."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"

    names = [WriteOnlyCell(sheet, value=name) for name in head]
    for name in names:
        name.font = Font(bold=True)
    sheet.append(names)
    async for row in rows:
        sheet.append([plain(cell) if isinstance(cell, str) else cell for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
