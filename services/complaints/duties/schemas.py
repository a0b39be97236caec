"""What is asked and answered about requests about personal data, breaches and reports of the Ombudsman."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from services.complaints.deadlines.domain.policy import PolicyBook
from services.complaints.duties.domain.contents import Outcome, Wish
from services.complaints.matters.schemas import (
    ClockOut,
    DossierOut,
    EventOut,
    Reference,
    Text,
    Words,
    clocks_of,
    due_of,
)
from shared.http.fields import Body, Day, Flag, Moment, UnitId, Whole
from shared.kernel import MAX_BIGINT

MOST_ACTIONS = 50
"""No report asks for more corrective actions."""
People = Annotated[Whole, Field(ge=0, le=MAX_BIGINT, description="How many people, 0 or more")]
Number = Annotated[Whole, Field(ge=1, le=MOST_ACTIONS, description="Number of a corrective action, from 1")]
ReceivedAt = Annotated[
    Moment | None, Field(default=None, description="When it was received, not in the future; default: now")
]


class MyDataRequestIn(Body):
    """What the reporter of a case asks for about their data."""

    wish: Wish
    text: Text


class DataRequestIn(MyDataRequestIn):
    """What anybody asked for in writing; name and contact are kept apart."""

    unit_id: UnitId
    name: Words
    contact: Words
    received_at: ReceivedAt


class ProofIn(Body):
    """Which proof of identity is asked for; the time runs on, and a pause is refused."""

    proof: Text
    is_pausing: Flag = Field(default=False, description="Refused with 409 when true: the law knows no pause")


class AnswerIn(Body):
    """What was decided; `ground` by its id for what is refused, also in part."""

    outcome: Outcome
    ground: Reference | None = None
    text: Text


class BreachIn(Body):
    """A failure to protect personal data; no personal data in the text."""

    unit_id: UnitId
    detected_at: Moment
    summary: Text


class AssessmentIn(Body):
    """What was found out."""

    data_kinds: Text
    people_count: People
    happened: Text


class NoticeIn(Body):
    """How the people concerned were told, and the letter to the authority."""

    people_told: Text
    letter_number: Reference
    letter_on: Day


class MeasuresIn(Body):
    """What was done so that it does not happen again."""

    measures: Text


class FindingsIn(Body):
    """A report of the Ombudsman with its corrective actions."""

    unit_id: UnitId
    number: Reference
    issued_on: Day
    received_on: Day
    actions: Annotated[list[Text], Field(min_length=1, max_length=MOST_ACTIONS)]


class ActionIn(Body):
    """What was done about a corrective action; `evidence` when it was, else `note` says why not."""

    number: Number
    is_done: Flag
    evidence: Reference | None = None
    note: Text | None = None


class LetterIn(Body):
    """The letter that reports to the Ombudsman."""

    letter_number: Reference
    letter_on: Day


class DutySummary(DossierOut):
    """A duty in a list, with the clock that runs out first."""

    unit_id: str
    unit_name: str | None
    opened_at: datetime
    closed_at: datetime | None
    due_rule: str | None
    due_at: datetime | None
    due_text: str | None
    is_overdue: bool


class DutyDetail(DutySummary):
    """What every duty has beside its content."""

    events: list[EventOut]
    deadlines: list[ClockOut]


class RequestOf(BaseModel):
    """What is asked for; `tracking_id` of the own case of whoever asks by a receipt."""

    wish: Wish
    tracking_id: str | None


class DataRequestSummary(DutySummary, RequestOf):
    """A request in a list."""


class DataRequestDetail(DutyDetail, RequestOf):
    """A request whole, but who asks."""

    text: str
    proof: str | None
    outcome: Outcome | None
    ground: str | None
    answer: str | None


class PersonOut(BaseModel):
    """Who asks; nulls for whoever asks by a receipt."""

    name: str | None
    contact: str | None


class BreachSummary(DutySummary):
    """A breach in a list."""

    detected_at: datetime
    summary: str


class BreachDetail(DutyDetail):
    """A breach whole."""

    detected_at: datetime
    summary: str
    data_kinds: str | None
    people_count: int | None
    happened: str | None
    people_told: str | None
    authority_letter: str | None
    authority_told_on: date | None
    measures: str | None


class FindingsSummary(DutySummary):
    """A report in a list."""

    number: str
    issued_on: date
    received_on: date


class ActionOut(BaseModel):
    """A corrective action, and what was noted about it; `is_done` is null while nothing was."""

    number: int
    text: str
    is_done: bool | None
    evidence: str | None
    note: str | None
    recorded_at: datetime | None


class FindingsDetail(DutyDetail):
    """A report whole."""

    number: str
    issued_on: date
    received_on: date
    letter_number: str | None
    letter_on: date | None
    actions: list[ActionOut]


class MyDataRequest(BaseModel):
    """A request as whoever made it by a receipt reads it."""

    id: UUID
    wish: Wish
    text: str
    state: str
    opened_at: datetime
    due_at: datetime | None
    due_text: str | None
    is_overdue: bool
    is_late: bool
    proof: str | None
    outcome: Outcome | None
    ground: str | None
    answer: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any] | RowMapping) -> Self:
        return cls.model_validate(due_of(row))


class MyDataRequests(BaseModel):
    """What the reporter of a case has asked for, the newest first."""

    items: list[MyDataRequest]


def detailed(row: Mapping[str, Any], policies: PolicyBook) -> dict[str, Any]:
    """Return a duty as the API tells it, for the model of its kind."""
    return due_of(row) | {"deadlines": clocks_of(row, policies)}
