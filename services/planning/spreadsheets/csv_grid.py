"""From the bytes of a CSV file to a grid of texts. Runs in the reading process."""

import csv
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from io import StringIO

from services.planning.spreadsheets.grid import Cell, Grid
from services.planning.spreadsheets.limits import Limits
from shared.files.inspection.package import RefusedPackageError

_SAVE_AS = 'simpan di Excel sebagai "CSV UTF-8 (dibatasi koma)" atau sebagai .xlsx'
_DELIMITERS = ";,\t"
_ANNOUNCED = re.compile(r"sep=([;,\t])\r?\n", re.IGNORECASE)
"""A first line that Excel takes for no row: it names the delimiter."""


def csv_grid(content: bytes, limits: Limits) -> Grid:
    """Return the cells of a CSV file in UTF-8, with or without BOM, between semicolons, commas or tabs.

    Raises `RefusedPackageError` `not_utf8`, `not_csv`, `too_many_rows`, `too_many_columns`, `too_much_text`.
    """
    text = _text(content, limits)
    announced = _ANNOUNCED.match(text)
    delimiter = announced[1] if announced else _delimiter(text)
    text = text[announced.end() :] if announced else text
    csv.field_size_limit(limits.text_bytes)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    cells: dict[tuple[int, int], Cell] = {}
    row_number = 0
    try:
        for row_number, row in enumerate(reader, 1):
            for column, value in enumerate(row, 1):
                if value.strip():
                    _check_place(row_number, column, limits)
                    cells[row_number, column] = Cell("text", value)
    except csv.Error as error:
        said = f"Tanda kutip di baris {row_number + 1} tidak ditutup dengan benar."
        raise RefusedPackageError("not_csv", said) from error
    return Grid("", cells)


def _text(content: bytes, limits: Limits) -> str:
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise RefusedPackageError("not_utf8", f"Berkas bukan UTF-8; {_SAVE_AS}.")
    if len(content) > limits.text_bytes:
        raise RefusedPackageError("too_much_text", "Teks di berkas terlalu banyak.")
    try:
        text = content.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RefusedPackageError("not_utf8", f"Baris {line} bukan UTF-8; {_SAVE_AS}.") from error
    if "\0" in text:
        raise RefusedPackageError("not_csv", f"Berkas bukan CSV; {_SAVE_AS}.")
    return text


def _check_place(row: int, column: int, limits: Limits) -> None:
    if row > limits.rows:
        raise RefusedPackageError("too_many_rows", f"Berkas berisi lebih dari {limits.rows} baris.")
    if column > limits.columns:
        raise RefusedPackageError("too_many_columns", f"Berkas berisi lebih dari {limits.columns} kolom.")


def _delimiter(text: str) -> str:
    """Return the delimiter of the first line that holds anything: the one that occurs most often in it."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=first.count)
