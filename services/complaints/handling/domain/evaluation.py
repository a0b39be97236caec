"""Evaluations of handling: for each unit, stream and period one holds, and those it replaced are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from services.complaints.handling.domain.declarations import ConflictFigures
from services.complaints.handling.domain.periods import Period
from shared.kernel import DomainError

EvaluatedStream = Literal["masyarakat", "pelayanan", "benturan_kepentingan"]
"""Source: LKE A.I.5.iii.c, A.I.6.iii.c and A.I.5.v.d."""
CONFLICTS: EvaluatedStream = "benturan_kepentingan"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is evaluated."""

    unit_id: str
    stream: EvaluatedStream
    period: Period

    @property
    def id(self) -> str:
        """The id by which events name it."""
        return f"{self.unit_id}:{self.stream}:{self.period.name}"


@dataclass(frozen=True, slots=True)
class Findings:
    """What an evaluation says in words, and the documents it refers to."""

    conclusion: str
    findings: str
    follow_up: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An evaluation as it was made, with the figures of that moment; None in those of conflicts from before.

    `figures` are counts of cases, or `ConflictFigures` as they are kept.
    """

    id: UUID
    version: int
    subject: Subject
    agency_id: str
    said: Findings
    figures: Mapping[str, Any] | None
    evaluated_by: str
    evaluated_at: datetime

    @property
    def conflicts(self) -> ConflictFigures | None:
        """The figures of declarations; None of another stream."""
        if self.subject.stream != CONFLICTS or self.figures is None:
            return None
        return ConflictFigures.of(self.figures)

    @property
    def counts(self) -> Mapping[str, Any] | None:
        """The counts of cases, as others are told them; None of declarations, which are no cases."""
        return None if self.subject.stream == CONFLICTS else self.figures


class PeriodNotBegunError(DomainError):
    """Nothing can be said yet of how a period went (422)."""

    code: ClassVar[str] = "period_not_begun"

    def __init__(self) -> None:
        message = "Masa ini belum mulai; pilih masa yang sudah berjalan atau berakhir."
        errors = [{"field": "period", "code": self.code, "message": message}]
        super().__init__(message, field="period", errors=errors)


def require_begun(period: Period, today: date) -> None:
    """Refuse a period that has not begun. Raises `PeriodNotBegunError`."""
    if today < period.first:
        raise PeriodNotBegunError
