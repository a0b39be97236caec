"""What is sealed of an identity, who may open it, and how the log of openings is chained.

Source: complaints.md section 8.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.kernel import DomainError

REPORTER_NAME, REPORTER_CONTACT, GIVER_NAME = "reporter.name", "reporter.contact", "giver.name"
SUBJECT_NAME, SUBJECT_CONTACT = "data_subject.name", "data_subject.contact"
"""Fields as they are sealed: a name that moved from one to another does not open."""
ContactWay = Literal["mail", "whatsapp", "other"]
"""What leads to a contact; no message of ours goes any `other` way."""


class IdentityHiddenError(DomainError):
    """The reporter hid the name: it is the custodian's to open (403)."""

    code: ClassVar[str] = "identity_hidden"

    def __init__(self) -> None:
        super().__init__(
            "Pelapor meminta namanya disembunyikan; hanya kustodian identitas yang dapat membukanya."
        )


class IdentityNotTheirsError(DomainError):
    """Others talk with this case's reporter, so others open the identity (403)."""

    code: ClassVar[str] = "identity_not_theirs"

    def __init__(self) -> None:
        super().__init__(
            "Identitas pelapor dibuka oleh petugas penerima, penangan perkara ini, atau kustodian identitas."
        )


class IdentityBrokenError(DomainError):
    """What is stored does not open: it was changed, moved, or its key is gone (500)."""

    code: ClassVar[str] = "identity_broken"

    def __init__(self) -> None:
        super().__init__(
            "Identitas yang tersimpan tidak utuh sehingga tidak dapat dibuka. Beri tahu administrator."
        )


@dataclass(frozen=True, slots=True)
class Sealed:
    """An identity as it may be stored: its fields sealed under a key that is wrapped.

    `way` alone is told of the contact of a reporter, None where they left none.
    """

    ref: UUID
    version: int
    wrapped_by: int
    wrapped: str
    fields: Mapping[str, bytes]
    way: ContactWay | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What is stored of an identity; `plain` where the release before wrote it and nobody moved it yet."""

    sealed: Sealed | None
    plain: Mapping[str, str]

    @property
    def next_version(self) -> int:
        """The version of the key that replaces what is stored."""
        return 1 if self.sealed is None else self.sealed.version + 1


@dataclass(frozen=True, slots=True)
class Reading:
    """One row of the log: who opened which identity and why."""

    position: int
    at: datetime
    reader: str
    roles: str
    entity: str
    ref: UUID
    agency_id: str
    reason: str


class CustodianRefusedError(DomainError):
    """What was entered of a custodian cannot be (422); the field is named."""

    code: ClassVar[str] = "custodian_refused"

    def __init__(self, name: str, code: str, message: str) -> None:
        super().__init__(message, errors=[{"field": name, "code": code, "message": message}])


@dataclass(frozen=True, slots=True)
class Custodian:
    """Somebody to whom identities are sealed; both days are included, None is open."""

    id: UUID
    agency_id: str
    name: str
    public_key: bytes
    valid_from: date
    valid_to: date | None
    version: int

    def holds(self, on: date) -> bool:
        """Tell whether anything is sealed to them on a day."""
        return self.valid_from <= on <= (self.valid_to or date.max)


def chained(previous: bytes, reading: Reading) -> bytes:
    """Return the hash of a row that follows one with the hash `previous`; the first follows no bytes.

    SHA-256 over the hash before and the row as a JSON list, its time in UTC to the microsecond.
    """
    told = [
        reading.position,
        f"{reading.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z",
        reading.reader,
        reading.roles,
        reading.entity,
        str(reading.ref),
        reading.agency_id,
        reading.reason,
    ]
    return hashlib.sha256(previous + json.dumps(told, ensure_ascii=False).encode()).digest()


def first_fault(rows: Iterable[tuple[int, Reading | None, bytes]]) -> int | None:
    """Return the position where a log, read from its first row, is not as it was written; None when it is.

    A row whose content the reader may not see counts by its hash alone.
    """
    previous = b""
    for expected, (position, reading, told) in enumerate(rows, 1):
        if position != expected or (reading is not None and chained(previous, reading) != told):
            return expected
        previous = told
    return None
