"""A file of people against the list of an agency: who is new, changed and as before, and what cannot stand.

People are known by their employee numbers, superiors too. Nobody is deleted: whom a file does not name stays.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.planning.people.domain import IDENTITY_FIELDS, Entry, Person, circles
from services.planning.spreadsheets.listing import Finding, Listing, Row
from services.planning.spreadsheets.plan import Plan, planned

FIELDS = (
    *("unit_id", "name", "category", "position", "echelon", "superior", "is_leader", "subjects", "contact"),
    *("active_from", "active_to"),
)
"""What a file may say of somebody beside the number; `superior` is the superior's number."""
_OF_NEW = ("category", "active_from")
"""What a file must say of somebody who is new."""
_EMPTY: Mapping[str, Any] = {
    "position": None, "echelon": None, "superior": None, "is_leader": False, "subjects": (), "contact": None,
    "active_to": None,
}  # fmt: skip
"""What a file leaves open of somebody who is new."""


@dataclass(frozen=True, slots=True)
class Register:
    """What an agency's list says before the file: people by number, units that work, accounts by owner."""

    people: Mapping[str, Entry]
    units: frozenset[str]
    owners: Mapping[str, UUID]


def said_of(entry: Entry, numbers: Mapping[UUID, str]) -> dict[str, Any]:
    """Return the fields of an entry in the words of a file; `numbers` name people by their numbers."""
    person, identity = entry.person, entry.identity
    found = {
        name: getattr(identity if name in IDENTITY_FIELDS else person, name)
        for name in FIELDS
        if name != "superior"
    }
    above = person.superior_id
    return found | {"superior": None if above is None else numbers.get(above)}


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody whom a file adds (`before` None) or changes, in the words of a file."""

    row: int
    number: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]

    @property
    def changed_fields(self) -> tuple[str, ...]:
        """Names of the fields that differ; of somebody new those that hold something."""
        if self.before is None:
            return tuple(name for name in FIELDS if self.after[name] not in (None, ()))
        return tuple(name for name in FIELDS if self.before[name] != self.after[name])


def numbers_of(file: Listing) -> frozenset[str]:
    """Return whom a file names, as far as it could be read."""
    rows = (*file.rows, *file.faulty)
    return frozenset(row.given["employee_number"] for row in rows if "employee_number" in row.given)


def log_ins_of(file: Listing) -> frozenset[str]:
    """Return the accounts that a file names."""
    return frozenset(one for row in file.rows for one in row.given.get("subjects") or ())


def compare(file: Listing, register: Register) -> Plan[Change]:
    """Return what a file does to an agency's people; with findings it does nothing.

    The order of rows means nothing: a superior may come after whom they lead.
    """
    ids = {entry.person.person_id: number for number, entry in register.people.items()}
    said = {number: said_of(entry, ids) for number, entry in register.people.items()}
    found = [*file.findings]
    rows: dict[str, Row] = {}
    for row in file.rows:
        number = row.given["employee_number"]
        if number in rows:
            text = f"Nomor pegawai ini sudah ada di baris {rows[number].number}."
            found.append(_finding(file, row.number, "person_twice", text, "employee_number"))
        else:
            rows[number] = row
    changes: list[Change] = []
    unchanged = 0
    for number, row in rows.items():
        before = said.get(number)
        given = {name: value for name, value in row.given.items() if name != "employee_number"}
        if given.get("subjects", ...) is None:
            given["subjects"] = ()
        after = {**(_EMPTY if before is None else before), **given}
        if before is None and (missing := [name for name in _OF_NEW if name not in given]):
            found += [_missing(file, row.number, name) for name in missing]
        elif before == after:
            unchanged += 1
        else:
            changes.append(Change(row.number, number, before, after))
    found += [
        *_units(file, changes, register.units),
        *_days(file, changes),
        *_superiors(file, changes, said),
        *_log_ins(file, changes, register),
    ]
    return planned(
        file,
        changes,
        unchanged=unchanged,
        left_out=len(register.people.keys() - numbers_of(file)),
        findings=found,
    )


def person_of(change: Change, person: Person, ids: Mapping[str, UUID]) -> Person:
    """Return a person as a change leaves them; `ids` name people by their numbers."""
    after = {name: change.after[name] for name in FIELDS if name not in (*IDENTITY_FIELDS, "superior")}
    superior = change.after["superior"]
    return person.changed(**after, superior_id=None if superior is None else ids[superior])


def _finding(file: Listing, row: int, code: str, said: str, column: str, allowed: str = "") -> Finding:
    return Finding(code, said, row, file.columns.get(column, ""), allowed)


def _missing(file: Listing, row: int, column: str) -> Finding:
    header = {"category": "Kategori", "active_from": "Mulai bertugas"}[column]
    return _finding(file, row, "cell_empty", f'"{header}" wajib diisi bagi orang baru.', column)


def _units(file: Listing, changes: Collection[Change], units: frozenset[str]) -> Iterator[Finding]:
    """Yield the units that nobody can be moved to."""
    for change in changes:
        is_moved = change.before is None or change.before["unit_id"] != change.after["unit_id"]
        if is_moved and change.after["unit_id"] not in units:
            said = "Kode unit ini tidak terdaftar di instansi ini, atau unitnya sudah digabung."
            yield _finding(file, change.row, "unit_unknown", said, "unit_id")


def _days(file: Listing, changes: Collection[Change]) -> Iterator[Finding]:
    for change in changes:
        ends = change.after["active_to"]
        if ends is not None and ends < change.after["active_from"]:
            said = "Hari terakhir tidak boleh sebelum hari pertama."
            yield _finding(file, change.row, "person_days", said, "active_to")


def _superiors(
    file: Listing, changes: Collection[Change], said: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
    """Yield the superiors whom nobody knows, and each move that closes a circle."""
    above = {number: one["superior"] for number, one in said.items()}
    above |= {change.number: change.after["superior"] for change in changes}
    named = numbers_of(file)
    known = above.keys() | named
    for change in changes:
        superior = change.after["superior"]
        if superior is not None and superior not in known:
            text = "Nomor pegawai atasan tidak ada di berkas ini dan tidak tercatat di instansi ini."
            yield _finding(file, change.row, "superior_unknown", text, "superior")
    moved = {change.number: change for change in changes}
    for circle in circles(above):
        cause = min((moved[one] for one in circle if one in moved), key=lambda one: one.row, default=None)
        if cause is not None:
            text = "Rantai atasan kembali ke orang itu sendiri."
            yield _finding(file, cause.row, "superior_refused", text, "superior")


def _log_ins(file: Listing, changes: Collection[Change], register: Register) -> Iterator[Finding]:
    """Yield the accounts that somebody else keeps, by the list or by the file."""
    kept = {change.number for change in changes}
    rest = {number: entry for number, entry in register.people.items() if number not in kept}
    own = {entry.person.person_id: number for number, entry in register.people.items()}
    taken = {one: number for number, entry in rest.items() for one in entry.person.subjects}
    for change in changes:
        for one in change.after["subjects"]:
            owner = register.owners.get(one)
            is_far = owner is not None and owner not in own
            if is_far or taken.setdefault(one, change.number) != change.number:
                yield _finding(file, change.row, "log_in_taken", "Akun ini milik orang lain.", "subjects")
                break
