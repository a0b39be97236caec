"""How handling units, their members and their standing are called on pages."""

from datetime import date

from services.complaints.decrees.domain import HandlingUnit, MemberRole, Standing, Stream
from shared.indonesian import day

STREAMS: dict[Stream, str] = {"masyarakat": "pengaduan masyarakat", "pelayanan": "keluhan pelayanan"}
ROLES: dict[MemberRole, str] = {
    "penanggung_jawab": "penanggung jawab",
    "ketua": "ketua",
    "sekretaris": "sekretaris",
    "anggota": "anggota",
}
_STANDINGS: dict[Standing, tuple[str, str]] = {
    "in_force": ("good", "berlaku"),
    "not_yet": ("warn", "belum berlaku"),
    "lapsed": ("bad", "sudah tidak berlaku"),
    "ended": ("", "diakhiri"),
}
MISSING = "surat keputusan belum dimasukkan"


def standing(unit: HandlingUnit, today: date) -> tuple[str, str]:
    """Return kind and words of how a handling unit stands; one without a decree lapses."""
    found = unit.standing(today)
    if found == "in_force" and unit.is_decree_missing:
        until = unit.decree.valid_to
        return "warn", MISSING if until is None else f"{MISSING}; berlaku sementara sampai {day(until)}"
    return _STANDINGS[found]


def serves(unit: HandlingUnit, names: dict[str, str]) -> str:
    """Return whom a handling unit serves."""
    if unit.reach.is_for_agency:
        return f"seluruh instansi {unit.reach.agency_id}"
    return ", ".join(names.get(one, one) for one in unit.reach.unit_ids)


def days(unit: HandlingUnit) -> str:
    """Return the days on which the decree is in force."""
    since = f"sejak {day(unit.decree.valid_from)}"
    if unit.ended_on is not None:
        return f"{since}, diakhiri {day(unit.ended_on)}"
    return since if unit.decree.valid_to is None else f"{since} sampai {day(unit.decree.valid_to)}"


def verdict(found: int, missing: int, *, is_whole: bool) -> str:
    """Return the sentence that answers first: is everybody appointed."""
    if not found:
        return "Belum ada unit penanganan."
    more = "" if is_whole else " atau lebih"
    if missing:
        return f"{missing} dari {found}{more} unit penanganan belum memasukkan surat keputusannya."
    return f"{found}{more} unit penanganan; tidak ada surat keputusan yang kurang."
