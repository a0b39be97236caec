"""What officers read of cases; in the modules: what they send with acts, and what tells of deadlines."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.complaints.cases.domain.acts import State
from services.complaints.cases.domain.case import Outcome, Stream
from services.complaints.cases.schemas.deadlines import DeadlineOut, Due


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
