"""What reporters send and receive, and who enters a report for one; no field that is not needed."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from services.complaints.cases.domain.acts import Kind, State
from services.complaints.cases.domain.case import Outcome, Stream
from services.complaints.cases.schemas.acts import CompleteIn
from services.complaints.cases.schemas.deadlines import Due
from services.complaints.cases.schemas.fields import Reason, Text
from services.complaints.intake.data import intake_rules
from shared.http.fields import Body, Day, Flag, Moment, UnitId, Whole
from shared.http.text import FreeText

_RULES = intake_rules()
ReportText = Annotated[str, FreeText(_RULES.text_min, _RULES.text_max)]
PersonText = Annotated[str, FreeText(1, 200)]
MOST_CYCLES = 100_000
AnswerRead = Annotated[
    Whole | None,
    Field(
        ge=1,
        le=MOST_CYCLES,
        description="`cycle` of the answer as it was read: refused (`proposal_changed`) when another one came"
        " since. Without it the newest is meant",
    ),
]


class ReportIn(Body):
    """A report. Name the unit, or only the agency when the unit is not known."""

    unit_id: UnitId | None = None
    agency_id: UnitId | None = None
    text: ReportText = Field(description="What happened, 20-5,000 characters that a reader sees")
    kind: Kind = Field(
        default="pengaduan", description="A request for information (permintaan_informasi) needs a name"
    )
    stream: Stream = Field(default="masyarakat", description="Provisional until the case is verified")
    event_on: Day | None = Field(default=None, description="When it happened, not in the future")
    name: PersonText | None = None
    contact: PersonText | None = Field(default=None, description="Telephone or e-mail")
    is_name_hidden: Flag = Field(default=False, description="Hide the name from the unit (anonim)")
    is_content_secret: Flag = Field(default=False, description="Hide the content from the public (rahasia)")
    privacy_notice: Annotated[str, Field(max_length=20, description="Version of the privacy notice shown")]

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.unit_id is None) == (self.agency_id is None):
            raise ValueError("Sebutkan tepat satu: unit atau instansi.")
        return self


class EntryIn(ReportIn):
    """A report that an officer takes."""

    channel: Annotated[str, Field(max_length=20, description="loket, surat, telepon, ...")]
    received_at: Moment | None = Field(
        default=None, description="Not before 2000, not in the future; default now"
    )
    backdate_reason: Reason | None = Field(
        default=None, description="Required when received more than one working day ago"
    )


class ReceivedOut(BaseModel):
    """A new case. The receipt is shown here and never again."""

    id: UUID
    version: int
    tracking_id: str
    receipt: str
    state: State


class AcceptIn(Body):
    """Which answer the reporter accepts."""

    answer: AnswerRead = None


class ObjectIn(AcceptIn):
    """What the reporter objects to in the answer."""

    reason: Text


class PleaIn(Body):
    """Why the ended case should be looked at once more."""

    reason: Text


class MyCompleteIn(CompleteIn):
    """What was missing, from the reporter."""

    question: Whole | None = Field(
        default=None,
        ge=1,
        le=MOST_CYCLES,
        description="`question` of the case as it was read: refused (`proposal_changed`) when the office asks"
        " for something else by now. Without it the facts answer whatever is asked",
    )


class PublicCase(Due):
    """What anybody may know of a case that is not secret."""

    tracking_id: str
    state: State
    received_at: datetime
    closed_at: datetime | None


class UnitOut(BaseModel):
    """A unit that a report may be about."""

    unit_id: str
    name: str
    agency_id: str


class ReceiptIn(Body):
    """A receipt as typed: spaces, dashes and case do not matter."""

    receipt: Annotated[str, Field(max_length=60)]


class ReceiptSession(BaseModel):
    """Send `token` as `X-Receipt-Session`."""

    token: str
    expires_in_minutes: int


class MyEvent(BaseModel):
    """One act as its reporter may know it."""

    act: str
    state: State
    at: datetime
    note: str | None


class MyAnswer(BaseModel):
    """An approved answer."""

    cycle: int = Field(
        description="Which answer it is; send it as `answer` with what the reporter says of it"
    )
    outcome: Outcome
    content: str
    approved_at: datetime


class MyCaseState(BaseModel):
    """The reporter's case after an own act: no officer's account, and nothing that is the office's own."""

    id: UUID
    version: int
    state: State
    closed_at: datetime | None
    closed_by: str | None


class MyCase(Due):
    """What the reporter sees."""

    id: UUID
    tracking_id: str
    version: int
    state: State
    unit_name: str | None
    text: str
    event_on: date | None
    received_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    kind: Kind
    may: list[str] = Field(description="What the reporter may do now, e.g. complete, object, reopen, appeal")
    question: int | None = Field(description="Which request for facts waits for the reporter; null: none")
    identity_opened: int = Field(description="How often the name and contact were opened")
    events: list[MyEvent]
    answers: list[MyAnswer]
