"""Findings of assessors that the unit answers before it hands the worksheet in again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.planning.stages.domain.refusals import FindingsOpenError
from shared.kernel import DomainError


class FindingAnsweredError(DomainError):
    """A finding is answered once."""

    code: ClassVar[str] = "finding_answered"


class UnknownItemError(DomainError):
    """The code is no item of the LKE."""

    code: ClassVar[str] = "unknown_item"


class FindingState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Finding:
    """A note on an item that wants an answer; its owner is the unit.

    `open_count` is how many findings of the unit's year were open after the newest fact about this one.
    """

    finding_id: UUID
    unit_id: str
    year: int
    item_code: str
    text: str
    state: FindingState
    answer: str | None
    raised_by: str
    answered_by: str | None
    open_count: int
    version: int

    def answered(self, answer: str, by: str, open_count: int) -> "Finding":
        """Return the finding answered; raises `FindingAnsweredError` for a second answer."""
        if self.state is not FindingState.OPEN:
            raise FindingAnsweredError("Temuan ini sudah dijawab.")
        return replace(
            self,
            state=FindingState.ANSWERED,
            answer=answer,
            answered_by=by,
            open_count=open_count,
            version=self.version + 1,
        )


def check_answered(open_findings: Sequence[Finding]) -> None:
    """Raise `FindingsOpenError` naming every open finding by id and item."""
    if open_findings:
        raise FindingsOpenError(
            f"{len(open_findings)} temuan belum dijawab.",
            errors=[
                {
                    "field": str(one.finding_id),
                    "code": "finding_open",
                    "message": f"{one.item_code}: belum dijawab",
                }
                for one in open_findings
            ],
        )
