"""Assessors, their teams, and the units given to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.planning.layers import Layer
from shared.kernel import DomainError


class TeamExistsError(DomainError):
    """The id is taken."""

    code: ClassVar[str] = "team_exists"


class TeamUnknownError(DomainError):
    """There is no such team that may assess here."""

    code: ClassVar[str] = "team_unknown"


class AssessorExistsError(DomainError):
    """The person is in the team already."""

    code: ClassVar[str] = "assessor_exists"


class AssessorUnknownError(DomainError):
    """A named assessor is not of the team, or no longer active; `errors` names each."""

    code: ClassVar[str] = "assessor_unknown"


class TeamFullError(DomainError):
    """The team has as many units of the year as it may; `units` and `limit` say how many."""

    code: ClassVar[str] = "team_full"


class UnitOverworkedError(DomainError):
    """More minutes are planned for the unit than may be; `minutes` and `limit` say how many."""

    code: ClassVar[str] = "minutes_over_limit"


class AssessorRole(StrEnum):
    """Roles within a team. Source: lke.md section 7, one agency's practice."""

    ANGGOTA = "anggota"
    KETUA = "ketua"
    PENGENDALI_TEKNIS = "pengendali_teknis"


@dataclass(frozen=True, slots=True)
class Team:
    """Assessors who work together: of one agency for its own layer, of none for the national one."""

    team_id: str
    layer: Layer
    agency_id: str | None
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class Assessor:
    """A person by the issuer's pseudonym; `organisation` sent them, `unit_id` is the unit they work in."""

    assessor_id: UUID
    team_id: str
    subject: str
    organisation: str
    role: AssessorRole
    unit_id: str | None
    is_active: bool
    version: int


@dataclass(frozen=True, slots=True)
class Share:
    """An assessor's part of a unit: areas 1-6 they look after (none named: all) and minutes planned for it.

    Areas divide the work and lock nothing: whoever has the unit may write all of the layer (own rule).
    """

    assessor_id: UUID
    areas: tuple[int, ...]
    minutes: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """A unit of a year in the hands of a team."""

    unit_id: str
    year: int
    layer: Layer
    team_id: str
    shares: tuple[Share, ...]
    version: int


def equal_shares(members: Sequence[Assessor], minutes: int) -> tuple[Share, ...]:
    """Return shares of all areas that divide the minutes evenly, the first ones taking what is left over."""
    each, rest = divmod(minutes, len(members)) if members else (0, 0)
    return tuple(Share(member.assessor_id, (), each + (place < rest)) for place, member in enumerate(members))


def check_minutes(shares: Sequence[Share], limit: int) -> None:
    """Raise `UnitOverworkedError` when more minutes are planned for a unit than may be."""
    minutes = sum(share.minutes for share in shares)
    if minutes > limit:
        raise UnitOverworkedError(
            f"Rencana {minutes} menit untuk unit ini melampaui batas {limit} menit.",
            field="members",
            minutes=minutes,
            limit=limit,
        )


def check_room(others: int, limit: int) -> None:
    """Raise `TeamFullError` when a team that has `others` units of the year takes one more than it may."""
    if others >= limit:
        raise TeamFullError(
            f"Tim ini sudah memegang {others} unit pada tahun itu; batasnya {limit}.",
            field="team_id",
            units=others,
            limit=limit,
        )
