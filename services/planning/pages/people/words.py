"""How pages say who somebody is to a unit, and where their pages stand; nothing but ids is in an address."""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query

from services.planning.people.domain import Category, Entry, Identity, Person, SubstituteKind, Substitution
from services.planning.units.domain import Unit
from shared.http.addresses import PEOPLE
from shared.http.pages.lists import address
from shared.indonesian import day

PersonPath = Annotated[UUID, Path()]
DoneQuery = Annotated[str, Query(max_length=20)]
CATEGORIES: Mapping[Category, str] = {
    Category.CIVIL_SERVANT: "ASN (PNS atau PPPK)",
    Category.CONTRACT: "pegawai kontrak",
    Category.DRIVER: "pengemudi",
    Category.HELPER: "pramubakti",
    Category.GUARD: "satpam",
    Category.PARKING: "juru parkir",
    Category.OTHER: "lainnya",
}
KINDS: Mapping[SubstituteKind, str] = {
    SubstituteKind.PLH: "pelaksana harian (Plh.)",
    SubstituteKind.LEAVE: "selama cuti",
}
DONE = {
    "baru": "Orang sudah dimasukkan.",
    "ubah": "Perubahan tersimpan.",
    "keluar": "Hari terakhir tercatat. Riwayatnya tetap ada.",
    "ganti": "Pengganti tercatat. Tugas dan pemberitahuan beralih pada hari-hari itu.",
    "akhir": "Penggantian diakhiri lebih awal.",
}
"""What a page says after an act, by the word in its address."""
ELSEWHERE = "di unit lain"
"""Who stands outside the reader's scope, whose name they may not read."""


def unit_people(unit_id: str, filter_: str = "") -> str:
    """Return where the people of a unit are listed."""
    return address(PEOPLE, {"unit": unit_id, "saring": filter_})


def person_page(person_id: UUID, *more: str, done: str = "") -> str:
    """Return where a person's page stands, or one below it."""
    return address("/".join((PEOPLE, str(person_id), *more)), {"selesai": done})


def today(unit: Unit) -> date:
    """Return the local date of a unit."""
    return datetime.now(UTC).astimezone(unit.zone.tz).date()


def state_of(person: Person, on: date) -> tuple[str, str]:
    """Return kind and words of whether somebody works in the unit on a day."""
    if person.active_to is not None and person.active_to < on:
        return "plain", f"keluar, terakhir {day(person.active_to)}"
    if person.active_from > on:
        return "plain", f"mulai {day(person.active_from)}"
    return "good", "bertugas" if person.active_to is None else f"bertugas sampai {day(person.active_to)}"


def acting(person: Person, on: date) -> Substitution | None:
    """Return who acts for somebody on a day."""
    return next((one for one in person.substitutes if one.meets(on, on)), None)


def name_of(person_id: UUID | None, names: Mapping[UUID, Identity]) -> str:
    """Return a name, or that the person is elsewhere."""
    if person_id is None:
        return ""
    found = names.get(person_id)
    return ELSEWHERE if found is None else found.name


def named_in(entries: Collection[Entry]) -> set[UUID]:
    """Return whom entries name: superiors and substitutes."""
    people = [entry.person for entry in entries]
    found = {one.substitute_id for person in people for one in person.substitutes}
    return found | {person.superior_id for person in people if person.superior_id is not None}
