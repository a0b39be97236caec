"""What officers send and receive about cases, and when the next step of a case is due."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator
from sqlalchemy import RowMapping

from services.complaints.cases.domain.acts import Kind, State
from services.complaints.cases.domain.case import SUBJECT, CountsAs, Outcome, Party, Stream
from services.complaints.cases.domain.dismissal import (
    ALL_REQUIRED,
    REQUIRED,
    Dismissal,
    DismissalState,
    ReasonCode,
)
from services.complaints.cases.usecases.recipients import Addressed
from services.complaints.deadlines.domain.policy import (
    REPORTER,
    CaseClass,
    LengthUnit,
    PolicyBook,
    ScopeLevel,
)
from shared.http.fields import Body, Day, Flag, UnitId
from shared.http.text import FreeText
from shared.indonesian import until
from shared.kernel import Zone

Text = Annotated[str, FreeText(5, 5000)]
Reason = Annotated[str, FreeText(5, 500)]
Reference = Annotated[str, FreeText(1, 200)]
Subject = Annotated[str, StringConstraints(pattern=SUBJECT)]


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


class HandlerIn(Body):
    """An officer and the unit where the role holds."""

    unit_id: UnitId
    handler: Subject = Field(description="Subject of the officer's account")


class HandlerOut(BaseModel):
    """An officer who may be named for the cases of a unit."""

    subject: str
    unit_id: str


class HandlerLine(BaseModel):
    """A line of a unit's handlers."""

    subject: str
    level: Literal["unit", "agency", "national"] = Field(description="How far the role reaches")
    noted_at: datetime
    noted_by: str | None = Field(description="Who entered the officer; null: the officer's own log-in")
    streams: list[Stream] = Field(
        description="Streams for which a decree in force appoints the officer; none: nobody may name them"
    )


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

    began_on: Day = Field(description="From receipt to today")
    last_on: Day = Field(description="Its last day as its order says; the report is due counted from it")
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


class Due(BaseModel):
    """Until when the next step is due, and whose it is."""

    due_at: datetime | None
    due_zone: Zone | None = Field(description="Zone in which the due day is a day")
    due_text: str | None = Field(description="The same for people: the due day itself, at its end 24.00")
    waits_for: Party | None = Field(description="Whose step it is")


def with_due(row: RowMapping | Mapping[str, Any], policies: PolicyBook) -> dict[str, Any]:
    """Return a row with its due time in words and with whose step it is."""
    due_at, rule = row["due_at"], row.get("due_rule", row.get("rule"))
    party: Party = "reporter" if policies.is_held_by(rule, REPORTER) else "officer"
    return {
        **row,
        "due_text": None if due_at is None else until(due_at, row["due_zone"]),
        "waits_for": None if due_at is None else party,
    }


class CaseSummary(Due):
    """A line of the inbox; `due_at` is the clock of the next step: late ones before the reporter's own."""

    id: UUID
    version: int
    tracking_id: str
    unit_id: str | None
    unit_name: str | None
    agency_id: str
    kind: str
    stream: Stream
    case_class: str | None
    channel_kind: str
    state: State
    received_at: datetime
    is_backdated: bool
    handler: str | None
    is_handler_known: bool | None = Field(
        description="False: reassign it, nobody of this name is known there"
    )
    has_draft: bool
    proposed_act: str | None
    proposed_by: str | None
    first_follow_up_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    outcome: str | None
    due_rule: str | None
    is_late: bool | None


class EventOut(BaseModel):
    """One act."""

    version: int
    act: str
    state: State
    at: datetime
    actor: str
    note: str | None
    evidence: list[str]
    no_evidence_reason: str | None


class AnswerOut(BaseModel):
    """The answer of a cycle; a draft while `approved_at` is null."""

    cycle: int
    outcome: Outcome
    content: str
    evidence: list[str]
    no_evidence_reason: str | None
    is_standard_breach: bool | None
    drafted_by: str
    drafted_at: datetime
    approved_by: str | None
    approved_at: datetime | None


class WithdrawnDraftOut(BaseModel):
    """A drafted answer that went no further: another unit got the case before anybody approved it."""

    cycle: int
    outcome: Outcome
    content: str
    evidence: list[str]
    no_evidence_reason: str | None
    is_standard_breach: bool | None
    drafted_by: str
    drafted_at: datetime
    withdrawn_at: datetime


class DeadlineOut(BaseModel):
    """A clock and why it is due then."""

    id: UUID
    rule_id: str
    policy: str
    calendar_version: int
    cycle: int
    start_fact: str | None = Field(description="The fact it counts from; null: armed before facts were kept")
    start_at: datetime
    due_at: datetime
    due_zone: Zone
    due_text: str
    waits_for: Party
    status: Literal["armed", "paused", "met", "late_done", "cancelled", "superseded"]
    breached_at: datetime | None
    met_at: datetime | None
    is_provisional: bool
    is_backdated: bool


class NotCountedOut(BaseModel):
    """A day within a clock's time that would be worked but for this."""

    date: date
    kind: str
    name: str


class StandingOut(BaseModel):
    """A stretch in which a clock stood still; it still does while `end_at` is null."""

    start_at: datetime
    end_at: datetime | None


class MovedOut(BaseModel):
    """A due time that was moved: when, why, from when to when."""

    at: datetime
    reason: str = Field(description="resumed, calendar, calendar_lifted, policy, class, unit, extended, ...")
    old_due_at: datetime
    new_due_at: datetime
    old_policy: str | None = Field(description="Null: the same version before and after")
    new_policy: str | None
    words: str | None = Field(description="Why, as who asked for another version wrote it")


class DeadlineWhy(DeadlineOut):
    """A clock, and all that makes it due when it is."""

    title: str | None = Field(description="What officers call it; null: its policy is no longer in the data")
    length: int
    unit: LengthUnit | None = Field(description="What the length counts: wd, cd, wh, ch or month")
    source: str | None
    is_confirmed: bool | None = Field(description="Whether somebody has read the article of the source")
    scope: ScopeLevel | None = Field(description="Whose rule it is: the unit's, the agency's, the nation's")
    not_counted: list[NotCountedOut]
    pauses: list[StandingOut]
    changes: list[MovedOut]
    words: list[str] = Field(description="The same for people, in order")


class DeadlinesOut(BaseModel):
    """Every clock that a case ever had, in the order in which they were armed."""

    items: list[DeadlineWhy]


class InspectionOut(BaseModel):
    """An inspection that was ordered: the order, its date, and who inspects."""

    order_number: str
    ordered_on: date
    team: list[str]


class CaseDetail(CaseSummary):
    """A case with its content, for officers."""

    text: str
    event_on: date | None
    identity_kind: str
    is_name_hidden: bool
    is_content_secret: bool
    taken_by: str | None
    backdate_reason: str | None
    recorded_at: datetime
    is_handler_appointed: bool | None = Field(
        description="False: no decree in force appoints the handler for this unit and stream"
    )
    proposed_missing: str | None = Field(description="The facts that a proposed request would ask for")
    proposed: dict[str, str | None] | None = Field(description="What the proposed act would bring")
    parent_id: UUID | None
    accused: list[str] = Field(description="People the case accuses, by planning's person id")
    events: list[EventOut]
    answers: list[AnswerOut]
    withdrawn_drafts: list[WithdrawnDraftOut]
    inspections: list[InspectionOut]
    deadlines: list[DeadlineOut]


class OverdueOut(BaseModel):
    """A breached clock that still runs; `rung` is the last that fired."""

    deadline_id: UUID
    rule: str
    cycle: int
    due_at: datetime
    due_zone: Zone
    due_text: str
    waits_for: Party
    breached_at: datetime
    case_id: UUID
    tracking_id: str
    unit_id: str | None
    unit_name: str | None
    state: State
    rung: str | None


class RetentionDueOut(BaseModel):
    """An ended case that is kept long enough, by which version of which rule since when."""

    case_id: UUID
    tracking_id: str
    kind: Kind
    state: State
    unit_id: str | None
    closed_at: datetime
    policy: str
    due_at: datetime


class NoticeOut(BaseModel):
    """A notice of a fired rung, and whom it goes to today."""

    rule: str
    rung: str
    fact: Literal["reminded", "overdue", "escalated"]
    not_before: datetime
    sent_at: datetime | None
    role: str = Field(description="Whom it goes to")
    aside_from: str | None = Field(description="The role that would have got it, but for the parties")
    subjects: list[str] | None = Field(
        description="Accounts, where known here: of the handler, their superior, or who acts for them"
    )

    @classmethod
    def of(cls, one: Addressed) -> Self:
        """Return a notice as the API tells it."""
        notice, to = one.notice, one.to
        return cls.model_validate(
            {
                "rule": notice.rule_id,
                "rung": notice.rung,
                "fact": notice.fact,
                "not_before": notice.not_before,
                "sent_at": notice.sent_at,
                "role": to.role,
                "aside_from": to.aside_from,
                "subjects": None if to.subjects is None else sorted(to.subjects),
            }
        )


class NoticesOut(BaseModel):
    """What was to be told of the clocks of a case, in the order of the rungs."""

    items: list[NoticeOut]
