"""How pages say what a unit is, and where its pages stand."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Path

from services.planning.units.domain import Unit
from services.planning.units.files.columns import BY_FIELD
from shared.http.addresses import UNITS
from shared.http.fields import UnitId
from shared.indonesian import number

UnitPath = Annotated[UnitId, Path()]
DONE = {
    "ubah": "Perubahan tersimpan. Nilai, pengaduan, dan survei segera memakainya.",
    "baru": "Unit sudah terdaftar.",
    "gabung": "Unit sudah digabung. Riwayatnya tetap ada di halaman ini.",
    "pisah": "Penggabungan dibatalkan. Unit ini bekerja sendiri lagi.",
    "program": "Program sudah dibuka.",
}
"""What a page says after an act, by the word in its address."""


def address(unit_id: str, *more: str, done: str = "") -> str:
    """Return where a unit's page stands, or one below it."""
    parts = [UNITS, "unit", quote(unit_id, safe=""), *more]
    return "/".join(parts) + (f"?selesai={done}" if done else "")


def count_of(number_of_units: int) -> str:
    """Return a whole number as Indonesians write it."""
    return number(number_of_units, 0)


def said(value: Any) -> str:
    """Return a field's value in words."""
    if value is None or value == "":
        return "kosong"
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    return str(value)


def label(field: str) -> str:
    """Return a field's name as the files and forms say it."""
    return BY_FIELD[field].header if field in BY_FIELD else field


def state_of_unit(unit: Unit) -> tuple[str, str]:
    """Return kind and words of what a unit is just now."""
    if unit.merged_into is not None:
        return "plain", f"digabung ke {unit.merged_into}"
    return ("good", "aktif") if unit.is_active else ("plain", "tidak aktif")
