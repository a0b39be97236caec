"""The forms of people: who somebody is to a unit, the last day, and who acts for them."""

import re
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field

from services.planning.people.domain import Category, Entry, Identity, Person, SubstituteKind, sorted_log_ins
from services.planning.people.schemas import Contact, Decree, EmployeeNumber, LogIn, Name, Position
from services.planning.units.domain import Echelon
from shared.contracts.planning import MOST_LOG_INS
from shared.http.fields import Body, Day, Digits, UnitId
from shared.http.once import OnceBody
from shared.kernel import new_id

LABELS = {
    "unit_id": "Kode unit",
    "name": "Nama",
    "employee_number": "Nomor pegawai",
    "category": "Kategori",
    "position": "Jabatan",
    "echelon": "Eselon",
    "is_leader": "Memimpin unit",
    "superior_id": "Atasan langsung",
    "superior_number": "Nomor pegawai atasan di unit lain",
    "subjects": "Akun",
    "contact": "Kontak",
    "active_from": "Hari pertama",
    "active_to": "Hari terakhir",
    "substitute_id": "Pengganti",
    "substitute_number": "Nomor pegawai pengganti di unit lain",
    "kind": "Alasan",
    "decree_number": "Nomor keputusan",
    "first": "Hari pertama",
    "last": "Hari terakhir",
}
"""Fields in the order of the pages, by the words that stand before them."""
_BETWEEN = re.compile(r"[,;\s]+")


def _accounts(value: Any) -> Any:
    return tuple(filter(None, _BETWEEN.split(value))) if isinstance(value, str) else value


Accounts = Annotated[tuple[LogIn, ...], BeforeValidator(_accounts), Field(max_length=MOST_LOG_INS)]


class PersonFields(Body):
    """A person as the form has them: an empty field empties what may be empty.

    `superior_number` names a superior of another unit, in place of `superior_id`.
    """

    unit_id: UnitId
    name: Name
    employee_number: EmployeeNumber
    category: Category
    position: Position | None = None
    echelon: Echelon | None = None
    is_leader: bool = False
    superior_id: UUID | None = None
    superior_number: EmployeeNumber | None = None
    subjects: Accounts = ()
    contact: Contact | None = None
    active_from: Day
    active_to: Day | None = None

    def changes(self) -> dict[str, Any]:
        """Return the fields by name, but for the superior's."""
        given = {name: getattr(self, name) for name in PersonFields.model_fields}
        del given["superior_id"], given["superior_number"]
        return given | {"subjects": sorted_log_ins(self.subjects)}


class NewPersonForm(PersonFields, OnceBody):
    """Somebody who is entered: sent twice, once."""

    def made(self, superior_id: UUID | None) -> tuple[Person, Identity]:
        """Return the person under a new pseudonym, and who they are."""
        person = Person(
            person_id=new_id(),
            unit_id=self.unit_id,
            category=self.category,
            echelon=self.echelon,
            is_leader=self.is_leader,
            superior_id=superior_id,
            active_from=self.active_from,
            active_to=self.active_to,
            version=1,
            subjects=sorted_log_ins(self.subjects),
        )
        return person, Identity(self.name, self.employee_number, self.position, self.contact)


class ChangePersonForm(PersonFields):
    """What was changed of the entry that the page showed."""

    version: Digits


class LeaveForm(Body):
    active_to: Day
    version: Digits


class SubstituteForm(OnceBody):
    """Who acts for somebody; `substitute_number` names one of another unit, in place of `substitute_id`."""

    substitute_id: UUID | None = None
    substitute_number: EmployeeNumber | None = None
    kind: SubstituteKind
    decree_number: Decree
    first: Day
    last: Day
    version: Digits


class EndForm(Body):
    last: Day
    version: Digits


def values_of(entry: Entry) -> dict[str, Any]:
    """Return what the form of an entry starts with."""
    person, identity = entry.person, entry.identity
    found = {
        "unit_id": person.unit_id,
        "name": identity.name,
        "employee_number": identity.employee_number,
        "category": person.category.value,
        "position": identity.position,
        "echelon": person.echelon,
        "is_leader": person.is_leader,
        "superior_id": person.superior_id,
        "subjects": " ".join(person.subjects),
        "contact": identity.contact,
        "active_from": person.active_from.isoformat(),
        "active_to": None if person.active_to is None else person.active_to.isoformat(),
    }
    return {name: value for name, value in found.items() if value not in (None, False, "")}


def choices(entries: Sequence[Entry], but: UUID | None = None) -> list[tuple[str, str]]:
    """Return colleagues as the options of a choice, by name; `but` is the person themselves."""
    shown = [entry for entry in entries if entry.person.person_id != but]
    return sorted(
        ((str(one.person.person_id), _told(one.identity)) for one in shown), key=lambda one: one[1].casefold()
    )


def _told(identity: Identity) -> str:
    return f"{identity.name}, {identity.position}" if identity.position else identity.name
