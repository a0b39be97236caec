"""Handling units by decree, and who of them may be named for a case.

Source: complaints.md section 4.1; LKE A.I.6.iii.b (R-133).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal, get_args
from uuid import UUID

from shared.kernel import DomainError

SUBJECT = r"^[!-~]{1,128}$"
"""How an account may be written that is named for a case."""
Stream = Literal["masyarakat", "pelayanan"]
STREAMS: tuple[Stream, ...] = get_args(Stream)
MemberRole = Literal["penanggung_jawab", "ketua", "sekretaris", "anggota"]
Standing = Literal["in_force", "not_yet", "lapsed", "ended"]
Missing = Literal["handling_unit", "stream", "decree", "member"]
"""What a unit lacks for somebody to be named: the first of these."""


@dataclass(frozen=True, slots=True)
class Member:
    """An account that a decree appoints, and as what."""

    subject: str
    role: MemberRole


@dataclass(frozen=True, slots=True)
class Decree:
    """What appoints a handling unit; number and date are None where nobody has entered them yet."""

    number: str | None
    decreed_on: date | None
    valid_from: date
    valid_to: date | None
    """The last day in force; None: until it is ended."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a handling unit serves in an agency: named units, or all of it."""

    agency_id: str
    is_for_agency: bool
    unit_ids: tuple[str, ...] = ()

    def serves(self, unit_id: str, agency_id: str) -> bool:
        """Tell whether a unit of an agency is served."""
        return agency_id == self.agency_id and (self.is_for_agency or unit_id in self.unit_ids)


@dataclass(frozen=True, slots=True)
class HandlingUnit:
    """A handling unit as its last version says; it ends, but is never deleted."""

    id: UUID
    version: int
    name: str
    reach: Reach
    decree: Decree
    streams: tuple[Stream, ...]
    members: tuple[Member, ...]
    ended_on: date | None = None

    @property
    def is_decree_missing(self) -> bool:
        """Carried over from before decrees were asked for: it lets cases go on and proves nothing."""
        return self.decree.number is None

    def standing(self, day: date) -> Standing:
        """Return how it stands on a day; `ended_on` is the first day without it."""
        if self.ended_on is not None and self.ended_on <= day:
            return "ended"
        if day < self.decree.valid_from:
            return "not_yet"
        if self.decree.valid_to is not None and self.decree.valid_to < day:
            return "lapsed"
        return "in_force"


class DecreeRefusedError(DomainError):
    """What was entered of a handling unit contradicts itself or the register; `errors` names the field."""

    code: ClassVar[str] = "handling_unit_refused"

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message, field=field, errors=[{"field": field, "code": code, "message": message}])


class HandlingUnitEndedError(DomainError):
    """The handling unit has ended: what it was stays as it is."""

    code: ClassVar[str] = "handling_unit_ended"


_TOLD: dict[Missing, str] = {
    "handling_unit": (
        "Unit {unit} belum mempunyai unit penanganan pengaduan. "
        "Masukkan unit penanganan beserta surat keputusannya, lalu ulangi."
    ),
    "stream": (
        "Unit penanganan untuk unit {unit} tidak menangani jalur {stream}. "
        "Tambahkan jalur itu menurut surat keputusannya, atau masukkan unit penanganan lain."
    ),
    "decree": (
        "Surat keputusan unit penanganan untuk unit {unit} tidak berlaku hari ini. "
        "Masukkan surat keputusan yang berlaku, lalu ulangi."
    ),
    "member": (
        "Petugas ini bukan anggota unit penanganan yang surat keputusannya berlaku untuk unit {unit} "
        "dan jalur {stream}. Pilih anggotanya, atau tambahkan petugas ini ke unit penanganan itu."
    ),
}


class HandlerOutsideUnitError(DomainError):
    """Nobody is named for a case but a member of a handling unit whose decree is in force (409).

    `missing` says what is lacking: the handling unit, its stream, a decree in force, or the member.
    """

    code: ClassVar[str] = "handler_outside_unit"

    def __init__(self, missing: Missing, unit_id: str, stream: Stream) -> None:
        message = _TOLD[missing].format(unit=unit_id, stream=stream)
        errors = [{"field": "handler", "code": self.code, "message": message}]
        super().__init__(message, missing=missing, errors=errors)


def require_member(
    serving: Collection[HandlingUnit], unit_id: str, stream: Stream, subject: str, day: date
) -> None:
    """Refuse somebody who is no member of a handling unit in force, of those that serve a unit.

    `day` is today in the unit's zone. Raises `HandlerOutsideUnitError` that names the first thing missing.
    """
    theirs = [one for one in serving if stream in one.streams]
    standing = [one for one in theirs if one.standing(day) == "in_force"]
    steps: tuple[tuple[Missing, bool], ...] = (
        ("handling_unit", bool(serving)),
        ("stream", bool(theirs)),
        ("decree", bool(standing)),
        ("member", any(subject == member.subject for one in standing for member in one.members)),
    )
    for missing, is_there in steps:
        if not is_there:
            raise HandlerOutsideUnitError(missing, unit_id, stream)


def require_sound(unit: HandlingUnit, day: date) -> None:
    """Refuse a handling unit that serves nobody, or whose days contradict each other.

    Raises `DecreeRefusedError`.
    """
    if unit.reach.is_for_agency == bool(unit.reach.unit_ids):
        raise DecreeRefusedError(
            "unit_ids", "ambiguous_reach", "Sebutkan unit yang dilayani, atau nyatakan seluruh instansi."
        )
    decree = unit.decree
    if decree.number is None and decree.decreed_on is not None:
        raise DecreeRefusedError("decree_number", "required", "Nomor surat keputusan wajib diisi.")
    if decree.number is not None and decree.decreed_on is None:
        raise DecreeRefusedError("decreed_on", "required", "Tanggal surat keputusan wajib diisi.")
    if decree.valid_to is not None and decree.valid_to < decree.valid_from:
        raise DecreeRefusedError(
            "valid_to", "before_start", "Hari terakhir berlaku tidak boleh sebelum hari pertama."
        )
    if decree.decreed_on is not None and decree.decreed_on > day:
        raise DecreeRefusedError(
            "decreed_on", "in_future", "Tanggal surat keputusan tidak boleh setelah hari ini."
        )
    named = [member.subject for member in unit.members]
    if len(set(named)) < len(named):
        raise DecreeRefusedError("members", "named_twice", "Seorang petugas hanya dapat dicantumkan sekali.")
