"""The columns of a file of people: their headers in two languages, and what a cell of each may hold."""

import re
from datetime import date

from services.planning.people.domain import (
    EMPLOYEE_NUMBER_PATTERN,
    LONGEST_CONTACT,
    LONGEST_NAME,
    LONGEST_POSITION,
    Category,
    sorted_log_ins,
)
from services.planning.spreadsheets.listing import CellError, Column, Layout, folded
from services.planning.units.domain import ECHELONS
from services.planning.units.files.columns import plain, read_echelon, read_unit_id, truth
from shared.contracts.planning import LOG_IN_PATTERN, MOST_LOG_INS
from shared.kernel import EARLIEST, LATEST

_NUMBER = re.compile(EMPLOYEE_NUMBER_PATTERN)
_LOG_IN = re.compile(LOG_IN_PATTERN)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LOCAL_DAY = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")
CATEGORIES = {
    Category.CIVIL_SERVANT: ("asn", "pns", "pppk"),
    Category.CONTRACT: ("kontrak", "non asn", "ppnpn"),
    Category.DRIVER: ("pengemudi", "sopir"),
    Category.HELPER: ("pramubakti", "petugas kebersihan"),
    Category.GUARD: ("satpam", "petugas keamanan"),
    Category.PARKING: ("juru parkir", "petugas parkir"),
    Category.OTHER: ("lainnya", "lain-lain"),
}
"""How people call the categories, the first as it is shown. Own words."""
_BY_WORD = {word: one for one, words in CATEGORIES.items() for word in (one.value, *words)}


def _number(text: str) -> str:
    if _NUMBER.fullmatch(text) is None:
        raise CellError("employee_number_invalid", "Bentuk nomor pegawai tidak sesuai.")
    return text


def _category(text: str) -> Category:
    found = _BY_WORD.get(folded(text))
    if found is None:
        raise CellError("category_unknown", "Kategori tidak dikenal.")
    return found


def _day(text: str) -> date:
    local = _LOCAL_DAY.fullmatch(text)
    written = f"{local[3]}-{local[2]:0>2}-{local[1]:0>2}" if local else text
    try:
        found = date.fromisoformat(written) if _DAY.fullmatch(written) else None
    except ValueError:
        found = None
    if found is None or not EARLIEST.year <= found.year < LATEST.year:
        raise CellError("day_invalid", "Tanggal tidak dapat dibaca.")
    return found


def _log_ins(text: str) -> tuple[str, ...]:
    found = sorted_log_ins(re.split(r"[,\s]+", text.strip(", ")))
    if not all(_LOG_IN.fullmatch(one) for one in found) or len(found) > MOST_LOG_INS:
        raise CellError("log_in_invalid", "Akun harus pengenal dari penerbit akun, bukan alamat surel.")
    return found


_DAY_SHAPE = "2026-01-31 atau 31-01-2026"
_NUMBER_SHAPE = "1-40 huruf, angka, titik, strip, garis miring, tanpa spasi"
COLUMNS = (
    Column(
        "employee_number", "Nomor pegawai", ("employee_number", "employee number", "nip", "nomor induk"),
        _NUMBER_SHAPE, _number, is_required=True, is_id=True,
    ),
    Column(
        "unit_id", "Kode unit", ("unit_id", "unit id", "kode", "kode unit kerja", "kode satker"),
        "kode unit instansi ini", read_unit_id, is_required=True, is_id=True,
    ),
    Column(
        "name", "Nama", ("name", "nama lengkap", "nama pegawai"), f"1-{LONGEST_NAME} karakter",
        lambda text: plain(text, LONGEST_NAME, "Nama"), is_required=True,
    ),
    Column(
        "category", "Kategori", ("category", "status pegawai", "jenis pegawai"),
        ", ".join(words[0] for words in CATEGORIES.values()), _category,
    ),
    Column(
        "position", "Jabatan", ("position", "nama jabatan"), f"paling banyak {LONGEST_POSITION} karakter",
        lambda text: plain(text, LONGEST_POSITION, "Jabatan"), is_clearable=True,
    ),
    Column("echelon", "Eselon", ("echelon",), ", ".join(ECHELONS), read_echelon, is_clearable=True),
    Column(
        "superior", "Nomor pegawai atasan", ("superior", "nip atasan", "atasan"), _NUMBER_SHAPE, _number,
        is_clearable=True, is_id=True,
    ),
    Column("is_leader", "Pimpinan unit", ("is_leader", "pimpinan"), "ya, tidak", truth),
    Column(
        "subjects", "Akun", ("subjects", "subject", "accounts"),
        f"paling banyak {MOST_LOG_INS} pengenal akun, dipisah koma", _log_ins, is_clearable=True,
    ),
    Column(
        "contact", "Kontak", ("contact", "telepon", "surel"), f"paling banyak {LONGEST_CONTACT} karakter",
        lambda text: plain(text, LONGEST_CONTACT, "Kontak"), is_clearable=True,
    ),
    Column(
        "active_from", "Mulai bertugas", ("active_from", "tanggal mulai", "tmt"), _DAY_SHAPE, _day,
        is_day=True,
    ),
    Column(
        "active_to", "Selesai bertugas", ("active_to", "tanggal selesai"), _DAY_SHAPE, _day,
        is_clearable=True, is_day=True,
    ),
)  # fmt: skip
LAYOUT = Layout(COLUMNS, "orang")
