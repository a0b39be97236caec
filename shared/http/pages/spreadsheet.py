"""A list as a file for spreadsheets: exactly the rows that its page shows."""

import csv
import io
from collections.abc import Iterable, Sequence

from fastapi import Response

_BYTE_ORDER_MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would compute instead of show."""


def csv_file(name: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """Return rows under headings as `<name>.csv`, to be saved: UTF-8 with its mark, semicolons between cells.

    That is how a spreadsheet in Indonesian opens it, with a comma in its numbers. What would be read as a
    formula has an apostrophe before it.
    """
    lines = io.StringIO(_BYTE_ORDER_MARK)
    lines.seek(0, io.SEEK_END)
    writer = csv.writer(lines, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return Response(
        lines.getvalue().encode(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
