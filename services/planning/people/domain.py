"""People of units: days in the unit, superiors, accounts, and who acts for whom (Plh., leave)."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from shared.kernel import DomainError

T = TypeVar("T", bound=Hashable)
LONGEST_NAME, LONGEST_POSITION, LONGEST_CONTACT, LONGEST_DECREE = 200, 200, 200, 100
EMPLOYEE_NUMBER_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9./-]{0,39}$"
"""NIP of civil servants, or whatever number an agency gives to others."""


class EmployeeNumberTakenError(DomainError):
    """Somebody else of the agency has this number."""

    code: ClassVar[str] = "employee_number_taken"


class LogInTakenError(DomainError):
    """An account belongs to another person already; `errors` names each."""

    code: ClassVar[str] = "log_in_taken"


class SuperiorRefusedError(DomainError):
    """That person cannot be the superior."""

    code: ClassVar[str] = "superior_refused"


class PersonDaysError(DomainError):
    """Days are not in order."""

    code: ClassVar[str] = "person_days"


class OtherAgencyError(DomainError):
    """A person does not move to a unit of another agency: they leave here and are entered there."""

    code: ClassVar[str] = "other_agency"


class SubstituteRefusedError(DomainError):
    """That person cannot act for the other on these days."""

    code: ClassVar[str] = "substitute_refused"


class SubstituteOverlapError(DomainError):
    """Somebody acts for the person on one of these days already; `first` and `last` say when."""

    code: ClassVar[str] = "substitute_overlap"


class Category(StrEnum):
    """What somebody is to the unit. Source: planning.md section 7."""

    CIVIL_SERVANT = "civil_servant"
    CONTRACT = "contract"
    DRIVER = "driver"
    HELPER = "helper"
    GUARD = "guard"
    PARKING = "parking"
    OTHER = "other"


class SubstituteKind(StrEnum):
    """Why somebody acts for a person: as acting official of the day (Plh.), or during leave."""

    PLH = "plh"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Substitution:
    """Somebody acts for a person from the first to the last day, both included, by a decree."""

    substitution_id: UUID
    substitute_id: UUID
    kind: SubstituteKind
    decree_number: str
    first: date
    last: date

    def meets(self, first: date, last: date) -> bool:
        """Tell whether it has a day in common with these."""
        return self.first <= last and first <= self.last


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a unit by a pseudonym; `active_to` is the last day there, `version` counts the facts."""

    person_id: UUID
    unit_id: str
    category: Category
    echelon: str | None
    is_leader: bool
    superior_id: UUID | None
    active_from: date
    active_to: date | None
    version: int
    subjects: tuple[str, ...] = ()
    """Accounts of the issuer, sorted."""
    substitutes: tuple[Substitution, ...] = ()
    """Who acts for the person, by first day."""

    def changed(self, **fields: Any) -> "Person":
        """Return the person with these fields changed and the version raised by one."""
        return replace(self, **fields, version=self.version + 1)

    def works_from_to(self, first: date, last: date) -> bool:
        """Tell whether the person is in the unit on all of these days."""
        return self.active_from <= first and (self.active_to is None or last <= self.active_to)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a person is: lies apart, under a database role of its own, and never leaves the service."""

    name: str
    employee_number: str
    position: str | None
    contact: str | None


IDENTITY_FIELDS = frozenset({"name", "employee_number", "position", "contact"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A person and who they are, for those who may read both."""

    person: Person
    identity: Identity

    @property
    def version(self) -> int:
        return self.person.version


def sorted_log_ins(subjects: Iterable[str]) -> tuple[str, ...]:
    """Return accounts each once, in one order."""
    return tuple(sorted(set(subjects)))


def check_days(person: Person) -> None:
    """Raise `PersonDaysError` for a last day before the first."""
    if person.active_to is not None and person.active_to < person.active_from:
        raise PersonDaysError("Hari terakhir tidak boleh sebelum hari pertama.", field="active_to")


def check_superior(person: Person, above: Sequence[UUID], superiors: Collection[UUID]) -> None:
    """Raise `SuperiorRefusedError` unless the superior is of the agency and does not stand below the person.

    `above` are the superior and whoever stands above them, `superiors` those of them in the agency.
    """
    if person.superior_id is None:
        return
    if person.superior_id == person.person_id:
        raise SuperiorRefusedError("Tidak ada yang menjadi atasan dirinya sendiri.", field="superior_id")
    if person.superior_id not in superiors:
        raise SuperiorRefusedError("Atasan tidak tercatat di instansi ini.", field="superior_id")
    if person.person_id in above:
        raise SuperiorRefusedError("Rantai atasan kembali ke orang itu sendiri.", field="superior_id")


def circles(above: Mapping[T, T | None]) -> list[list[T]]:
    """Return each circle that a chain of superiors closes; everybody is looked up once."""
    seen: set[T] = set()
    found: list[list[T]] = []
    for start in above:
        chain: dict[T, None] = {}
        one: T | None = start
        while one is not None and one not in seen and one not in chain:
            chain[one] = None
            one = above.get(one)
        walked = list(chain)
        if one is not None and one in chain:
            found.append(walked[walked.index(one) :])
        seen.update(walked)
    return found


def check_log_ins(taken: Mapping[str, UUID], subjects: Sequence[str], person_id: UUID) -> None:
    """Raise `LogInTakenError` naming every account that another person has."""
    errors = [
        {"field": f"subjects.{place}", "code": "log_in_taken", "message": "akun ini milik orang lain"}
        for place, one in enumerate(subjects)
        if taken.get(one, person_id) != person_id
    ]
    if errors:
        raise LogInTakenError("Satu akun hanya milik satu orang.", errors=errors)


def check_substitution(person: Person, substitute: Person, made: Substitution) -> None:
    """Refuse a substitution that cannot be: of oneself, out of order, by somebody who is not there, twice.

    Raises `SubstituteRefusedError`, `SubstituteOverlapError`.
    """
    if substitute.person_id == person.person_id:
        raise SubstituteRefusedError("Tidak ada yang menggantikan dirinya sendiri.", field="substitute_id")
    if made.last < made.first:
        raise SubstituteRefusedError("Hari terakhir tidak boleh sebelum hari pertama.", field="last")
    if not person.works_from_to(made.first, made.last):
        raise SubstituteRefusedError(
            "Yang digantikan tidak bertugas sepanjang hari-hari itu.",
            field="first",
            active_from=person.active_from.isoformat(),
            active_to=None if person.active_to is None else person.active_to.isoformat(),
        )
    if not substitute.works_from_to(made.first, made.last):
        raise SubstituteRefusedError(
            "Pengganti tidak bertugas sepanjang hari-hari itu.",
            field="substitute_id",
            active_from=substitute.active_from.isoformat(),
            active_to=None if substitute.active_to is None else substitute.active_to.isoformat(),
        )
    for other in person.substitutes:
        if other.meets(made.first, made.last):
            raise SubstituteOverlapError(
                "Pada hari-hari itu sudah ada pengganti; akhiri dahulu penggantian itu.",
                field="first",
                first=other.first.isoformat(),
                last=other.last.isoformat(),
            )


def with_substitute(person: Person, made: Substitution) -> Person:
    """Return the person with one more substitution, by first day."""
    return person.changed(substitutes=tuple(sorted((*person.substitutes, made), key=lambda one: one.first)))


def ended(person: Person, substitution_id: UUID, last: date) -> Person | None:
    """Return the person with a substitution that ends earlier; None when there is no such one.

    A last day before the first takes it back as a whole. Raises `SubstituteRefusedError` for a later end.
    """
    found = next((one for one in person.substitutes if one.substitution_id == substitution_id), None)
    if found is None:
        return None
    if last > found.last:
        raise SubstituteRefusedError(
            "Penggantian hanya dapat diakhiri lebih awal; untuk memperpanjang, catat penggantian baru.",
            field="last",
            last=found.last.isoformat(),
        )
    if last == found.last:
        return person
    kept = tuple(one for one in person.substitutes if one is not found)
    if last >= found.first:
        kept = tuple(sorted((*kept, replace(found, last=last)), key=lambda one: one.first))
    return person.changed(substitutes=kept)
