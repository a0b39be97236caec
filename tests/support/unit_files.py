"""Files of units as people make them."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook

HEADERS = ("Kode unit", "Nama unit", "Zona waktu", "Wilayah", "Kode induk")


def csv_file(*rows: Sequence[str], delimiter: str = ";") -> bytes:
    """Return rows as a plain CSV file in UTF-8, without quotes."""
    return "".join(f"{delimiter.join(row)}\r\n" for row in rows).encode()


def xlsx_file(*rows: Iterable[Any], further: Sequence[Iterable[Any]] = ()) -> bytes:
    """Return rows as the first sheet of a workbook, and `further` ones as the second."""
    book = Workbook(write_only=True)
    for each in (rows, further) if further else (rows,):
        sheet = book.create_sheet()
        for row in each:
            sheet.append(list(row))
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def many(count: int, prefix: str) -> list[tuple[str, ...]]:
    """Return the rows of an agency with so many units, every tenth of them a parent that comes last."""
    rows: list[tuple[str, ...]] = [HEADERS]
    parents = max(1, count // 10)
    rows += [
        (f"{prefix}-{number}", f"Kantor {number}", "WIB", "Jawa Tengah", f"{prefix}-{number % parents}")
        for number in range(parents, count)
    ]
    rows += [(f"{prefix}-{number}", f"Wilayah {number}", "WIT", "", "") for number in range(parents)]
    return rows
