"""What officers send with each act, and a case after it."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from services.complaints.cases.domain.acts import Kind, State
from services.complaints.cases.domain.case import CountsAs, Outcome, Stream
from services.complaints.cases.domain.dismissal import (
    ALL_REQUIRED,
    REQUIRED,
    Dismissal,
    DismissalState,
    ReasonCode,
)
from services.complaints.cases.schemas.fields import Reason, Reference, Subject, Text
from services.complaints.deadlines.domain.policy import CaseClass
from shared.http.fields import Body, Day, Flag, UnitId


class VerifyIn(Body):
    """What verification settles."""

    stream: Stream
    case_class: CaseClass
    unit_id: UnitId
    note: Text | None = None
    accused: list[UUID] = Field(
        default_factory=list,
        max_length=20,
        description="People the case accuses, by planning's person id; they and their superiors see nothing"
        " of it",
    )


class DisposeIn(Body):
    """Who handles the case."""

    handler: Subject = Field(description="Subject of the officer's account")
    note: Text | None = None


class ReassignIn(DisposeIn):
    """Who handles the case from now on."""


class ProceedIn(Body):
    """Why the file suffices as it is."""

    reason: Reason


class FollowUpIn(Body):
    """A substantive act; name evidence, or the reason for none."""

    text: Text
    evidence: list[Reference] = Field(default_factory=list, max_length=10, description="Document references")
    no_evidence_reason: Reason | None = None


class AskIn(Body):
    """What the reporter should add."""

    missing: Text


class ConfirmIn(Body):
    """Confirmation of what was proposed, in its very words: another proposal may have come since."""

    missing: Text


class CompleteIn(Body):
    """What was missing."""

    text: Text


class RespondIn(FollowUpIn):
    """The drafted answer."""

    outcome: Outcome
    is_standard_breach: Flag | None = Field(
        default=None, description="Required for stream pelayanan: was the service standard breached?"
    )


class ApproveIn(Body):
    """Approval of the draft."""

    note: Text | None = None


class TransferIn(Body):
    """To which unit of the agency, and why."""

    unit_id: UnitId
    reason: Reason


class ConfirmTransferIn(Body):
    """Confirmation of a proposed transfer: name the unit, as another proposal may have come since."""

    unit_id: UnitId


class ExtendIn(Body):
    """Why the answer takes longer; the reporter reads it."""

    reason: Reason


class SortedIn(Body):
    """What a case is handled as."""

    kind: Kind
    stream: Stream
    case_class: CaseClass


class ReclassifyIn(SortedIn):
    """What a case is handled as from now on, and why."""

    reason: Reason


class InspectIn(Body):
    """The order of an inspection (surat tugas)."""

    order_number: Reference
    ordered_on: Day = Field(description="Date of the order, from receipt to today")
    team: list[Reference] = Field(min_length=1, max_length=20, description="Who inspects")
    note: Text | None = None


class CorrectIn(Body):
    """What the superior corrected in the review."""

    text: Text


class LetterIn(Body):
    """A letter that an act rests on: the decision about a review, or the report of an inspection."""

    number: Reference
    dated_on: Day = Field(description="Date of the letter, from receipt to today")
    text: Text = Field(description="What it says, for officers")


class BeginIn(Body):
    """The days of an inspection."""

    began_on: Day = Field(description="From the order to today")
    last_on: Day = Field(
        description="Its last day as its order says, within the time from an order to the answer; the report"
        " is due counted from it"
    )
    note: Text | None = None


class DismissIn(Body):
    """How the case shall end without an answer; what the end requires goes with it, and nothing else.

    DITOLAK: `reason_code`; DUPLIKAT: `parent_id`; BUKAN_WEWENANG: `agency` and `letter`.
    """

    to: DismissalState
    text: Text = Field(description="What the reporter reads, once somebody else has confirmed it")
    reason_code: ReasonCode | None = None
    parent_id: UUID | None = Field(default=None, description="The case that this one repeats")
    agency: Reference | None = Field(default=None, description="Whom it was sent on to")
    letter: Reference | None = Field(default=None, description="Number of the letter that sent it on")

    @model_validator(mode="after")
    def _brings_what_its_end_requires(self) -> Self:
        given = {name for name in ALL_REQUIRED if getattr(self, name) is not None}
        wanted = REQUIRED[self.to]
        if missing := sorted(wanted - given):
            raise ValueError(f"Untuk {self.to.value} sebutkan juga: {', '.join(missing)}.")
        if surplus := sorted(given - wanted):
            raise ValueError(f"Untuk {self.to.value} jangan sebutkan: {', '.join(surplus)}.")
        return self

    def dismissal(self) -> Dismissal:
        """Return it for the use case."""
        return Dismissal(self.to, self.text, self.reason_code, self.parent_id, self.agency, self.letter)


class ConfirmDismissalIn(Body):
    """Confirmation that the case ends as proposed: name the end, as another proposal may have come since."""

    to: DismissalState
    note: Text | None = Field(default=None, description="What the reporter reads besides")


class RefuseIn(Body):
    """Why it stays as it is."""

    reason: Reason


class ReopenIn(Body):
    """The new evidence for which a closed case is taken up again."""

    reason: Text


class RejectAppealIn(Body):
    """Why the case stays ended."""

    decision: Text


class UpholdAppealIn(RejectAppealIn):
    """Why the appeal is right; a case that was never verified gets its stream and class here."""

    stream: Stream | None = None
    case_class: CaseClass | None = None


class AdviceIn(Body):
    """What was answered face to face."""

    text: Text


class CaseState(BaseModel):
    """A case after an act."""

    id: UUID
    version: int
    unit_id: str | None
    stream: Stream
    case_class: str | None
    state: State
    handler: str | None
    outcome: Outcome | None
    closed_at: datetime | None
    closed_by: str | None
    counts_as: CountsAs
    kind: Kind
    proposed_act: str | None = Field(description="What somebody proposed and another one must decide")
    proposed_by: str | None
    parent_id: UUID | None = Field(description="The case that this one repeats")
