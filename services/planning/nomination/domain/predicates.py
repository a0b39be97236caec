"""Predicates that units were awarded, also before this system, and those that were taken from them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.planning.stages.domain.decrees import Decree
from shared.kernel import DomainError, Predicate


class PredicateKnownError(DomainError):
    """The register holds this decree for the unit already."""

    code: ClassVar[str] = "predicate_known"


class PredicateRevokedError(DomainError):
    """A predicate is revoked once."""

    code: ClassVar[str] = "predicate_revoked"


class PredicateOfAssessmentError(DomainError):
    """What an assessment gave is taken back on its way alone; `year` names it."""

    code: ClassVar[str] = "predicate_of_assessment"


class PredicateMissingError(DomainError):
    """The register does not hold the predicate that is to be taken back."""

    code: ClassVar[str] = "predicate_missing"


class DecreeDateError(DomainError):
    """A decree is dated in the future, or revokes what was awarded after it."""

    code: ClassVar[str] = "decree_date"


class Giver(StrEnum):
    """Who awarded: the minister after the TPN's evaluation, or an admitted agency itself (WBK mandiri)."""

    TPN = "tpn"
    MANDIRI = "mandiri"


@dataclass(frozen=True, slots=True)
class Award:
    """One predicate of a unit; `version` counts what the register has said of it.

    `assessed_year` is the year of the assessment that gave it, None for one that people entered.
    """

    predicate_id: UUID
    unit_id: str
    predicate: Predicate
    giver: Giver
    decree: Decree
    version: int = 1
    revoked: Decree | None = None
    revoked_because: str | None = None
    assessed_year: int | None = None

    @property
    def year(self) -> int:
        return self.decree.dated_on.year

    def is_valid(self, on: date) -> bool:
        """Tell whether it was awarded before that day and stands on it."""
        return self.decree.dated_on < on and (self.revoked is None or on < self.revoked.dated_on)

    def given_by(self, year: int, decree: Decree) -> "Award":
        """Return the entry as the assessment of a year gives it: what its decree says is right.

        Raises `PredicateRevokedError`, and `PredicateKnownError` for one that another year gave.
        """
        if self.revoked is not None:
            raise PredicateRevokedError(
                f"SK {decree.number} sudah dicabut menurut daftar predikat.", field="decree.number"
            )
        if self.assessed_year not in {None, year}:
            raise PredicateKnownError(
                f"SK {decree.number} adalah hasil penilaian {self.assessed_year}.", field="decree.number"
            )
        kept = decree if decree.document_id else replace(decree, document_id=self.decree.document_id)
        return replace(self, giver=Giver.TPN, decree=kept, assessed_year=year, version=self.version + 1)

    def revoked_by(self, decree: Decree, because: str) -> "Award":
        """Return it revoked; raises `PredicateRevokedError`, `DecreeDateError`."""
        if self.revoked is not None:
            raise PredicateRevokedError("Predikat ini sudah dicabut.")
        if decree.dated_on < self.decree.dated_on:
            raise DecreeDateError(
                "SK pencabutan bertanggal sebelum SK penetapannya.", field="decree.dated_on"
            )
        return replace(self, revoked=decree, revoked_because=because, version=self.version + 1)


def waits_until(awards: Iterable[Award], wait_years: int) -> date | None:
    """Return the first day on which nothing that was revoked stands in the way; None when nothing was."""
    days = [_years_after(award.revoked.dated_on, wait_years) for award in awards if award.revoked]
    return max(days, default=None)


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)  # 29 February: two whole years have passed the day after
