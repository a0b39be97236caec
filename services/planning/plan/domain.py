"""Programmes, the activities of their work plans, and the evidence that completes them."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.planning.evidence.domain import Evidence
from shared.kernel import DomainError


class ProgrammeExistsError(DomainError):
    """A unit has one programme a year."""

    code: ClassVar[str] = "programme_exists"


class YearOutOfReachError(DomainError):
    """The year is too far from the present one to open a programme."""

    code: ClassVar[str] = "year_out_of_reach"


class ProgrammeMissingError(DomainError):
    """The unit has no programme of that year."""

    code: ClassVar[str] = "programme_missing"


class UnknownIndicatorError(DomainError):
    """The code is no indicator of the LKE."""

    code: ClassVar[str] = "unknown_indicator"


class EvidenceMissingError(DomainError):
    """Required evidence kinds are not there; `missing_kinds` names them all."""

    code: ClassVar[str] = "evidence_missing"


class EvidenceUnknownError(DomainError):
    """Evidence that does not exist or belongs to another unit or layer."""

    code: ClassVar[str] = "evidence_unknown"


class ActivityNotPlannedError(DomainError):
    """Only a planned activity can be completed."""

    code: ClassVar[str] = "activity_not_planned"


class Target(StrEnum):
    """The predicate a programme aims at."""

    WBK = "WBK"
    WBBM = "WBBM"


class ActivityState(StrEnum):
    PLANNED = "planned"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Programme:
    """A unit's Zona Integritas year. Edition, rule set and policies are pinned: later ones never rescore it.

    `policies` is None for a programme of before they were pinned.
    """

    programme_id: UUID
    unit_id: str
    year: int
    target: Target
    edition: str
    rule_set: str
    policies: str | None
    version: int


@dataclass(frozen=True, slots=True)
class Activity:
    """A step of the work plan that serves one LKE indicator; `due_on` is a date in the unit's zone."""

    activity_id: UUID
    programme_id: UUID
    unit_id: str
    year: int
    indicator_code: str
    title: str
    evidence_kinds: frozenset[str]
    due_on: date | None
    state: ActivityState
    evidence_ids: tuple[UUID, ...]
    version: int

    def completed(self, evidence: Collection[Evidence]) -> "Activity":
        """Return the activity done with this evidence, its version raised by one.

        Raises `ActivityNotPlannedError` when it is done already, `EvidenceMissingError` naming every kind
        that is missing.
        """
        if self.state is not ActivityState.PLANNED:
            raise ActivityNotPlannedError("Kegiatan ini sudah selesai.")
        missing = sorted(self.evidence_kinds - {item.kind for item in evidence})
        if missing:
            raise EvidenceMissingError(
                f"Bukti dukung belum lengkap: {', '.join(missing)}.", missing_kinds=missing
            )
        return replace(
            self,
            state=ActivityState.DONE,
            evidence_ids=tuple(item.evidence_id for item in evidence),
            version=self.version + 1,
        )
