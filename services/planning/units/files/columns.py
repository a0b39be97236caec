"""The columns of a file of units: their headers in two languages, and what a cell of each may hold."""

import re
from collections.abc import Mapping
from typing import Any

from services.planning.spreadsheets.listing import CellError, Column, Layout
from services.planning.units.domain import (
    ECHELONS,
    LONGEST_NAME,
    LONGEST_REGION,
    UNIT_TYPE_PATTERN,
    is_one_line,
)
from shared.kernel import Zone, is_unit_id

YES, NO = "ya", "tidak"
_TRUE = frozenset({YES, "y", "yes", "true", "benar", "1"})
_FALSE = frozenset({NO, "n", "no", "false", "salah", "0"})
_FORMULA = re.compile(r"'*[ \u00a0\u3000]*[=+\-@\t\r＝＋－＠]")
_UNIT_TYPE = re.compile(UNIT_TYPE_PATTERN)
_CODE_SHAPE = "1-64 huruf, angka, titik, strip, garis bawah, tanpa spasi"


def read_unit_id(text: str) -> str:
    """Read the id of a unit; raises `CellError`."""
    if not is_unit_id(text):
        raise CellError("unit_id_invalid", "Bentuk kode unit tidak sesuai.")
    return text


def _parent_id(text: str) -> str:
    if not is_unit_id(text):
        raise CellError("unit_id_invalid", "Tulis kode unit induknya, bukan namanya.")
    return text


def plain(text: str, longest: int, what: str) -> str:
    """Read one line of text; raises `CellError`."""
    if len(text) > longest:
        raise CellError("text_too_long", f"{what} terlalu panjang, {len(text)} karakter.")
    if not is_one_line(text):
        raise CellError("text_control", f"{what} memuat ganti baris atau karakter kendali.")
    return text


def _name(text: str) -> str:
    return plain(text, LONGEST_NAME, "Nama")


def _region(text: str) -> str:
    return plain(text, LONGEST_REGION, "Wilayah")


def _unit_type(text: str) -> str:
    if _UNIT_TYPE.fullmatch(text) is None:
        raise CellError("unit_type_invalid", "Bentuk jenis unit tidak sesuai.")
    return text


def read_echelon(text: str) -> str:
    """Read an echelon in any case; raises `CellError`."""
    if text.upper() not in ECHELONS:
        raise CellError("echelon_unknown", "Eselon tidak dikenal.")
    return text.upper()


def _zone(text: str) -> Zone:
    try:
        return Zone(text.upper())
    except ValueError:
        raise CellError("zone_unknown", "Zona waktu tidak dikenal.") from None


def truth(text: str) -> bool:
    """Read yes or no, in two languages; raises `CellError`."""
    if text.casefold() in _TRUE:
        return True
    if text.casefold() in _FALSE:
        return False
    raise CellError("not_yes_or_no", "Isian ini hanya ya atau tidak.")


COLUMNS = (
    Column(
        "unit_id", "Kode unit",
        ("unit_id", "unit id", "kode", "unit code", "kode unit kerja", "kode satker"), _CODE_SHAPE,
        read_unit_id, is_required=True, is_id=True,
    ),
    Column(
        "name", "Nama unit", ("name", "nama", "unit name", "nama unit kerja", "nama satker"),
        f"1-{LONGEST_NAME} karakter", _name, is_required=True,
    ),
    Column(
        "unit_type", "Jenis unit", ("unit_type", "unit type", "jenis", "type"),
        "1-60 huruf, angka, titik, strip, garis bawah, tanpa spasi", _unit_type,
    ),
    Column("echelon", "Eselon", ("echelon",), ", ".join(ECHELONS), read_echelon),
    Column(
        "has_service_function", "Pelayanan publik",
        ("has_service_function", "has service function", "pelayanan", "service"), f"{YES}, {NO}", truth,
    ),
    Column("zone", "Zona waktu", ("zone", "zona", "time zone"), ", ".join(Zone), _zone),
    Column(
        "region", "Wilayah", ("region", "provinsi"), f"paling banyak {LONGEST_REGION} karakter", _region,
        is_clearable=True,
    ),
    Column(
        "parent_id", "Kode induk",
        ("parent_id", "parent id", "parent", "induk", "parent code", "kode unit induk"), _CODE_SHAPE,
        _parent_id, is_clearable=True, is_id=True,
    ),
    Column("is_active", "Aktif", ("is_active", "is active", "active"), f"{YES}, {NO}", truth),
)  # fmt: skip
BY_FIELD: Mapping[str, Column] = {column.field: column for column in COLUMNS}
LAYOUT = Layout(COLUMNS, "unit")


def shown(value: Any) -> str:
    """Return a field as a file says it; what a spreadsheet would compute gets an apostrophe before it.

    Source: OWASP, CSV injection.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    text = str(value)
    return f"'{text}" if _FORMULA.match(text) else text
