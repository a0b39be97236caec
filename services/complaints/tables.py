"""Tables of complaints. The first migration creates them; a test holds both in step."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy
from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

STATES = (
    "DITERIMA",
    "MENUNGGU_KELENGKAPAN",
    "DIVERIFIKASI",
    "DIDISPOSISIKAN",
    "DIPROSES",
    "DITANGGAPI",
    "SELESAI",
    "DICABUT",
)


class Table(SQLModel, registry=registry()):
    """Base of the service's tables: metadata of their own, apart from every other service's."""

    __table__: ClassVar[sqlalchemy.Table]


def _moment(*, is_optional: bool = False, has_default: bool = False) -> Any:
    default = func.now() if has_default else None
    return Field(sa_column=Column(DateTime(timezone=True), nullable=is_optional, server_default=default))


def _array(kind: Any) -> Any:
    return Field(sa_column=Column(ARRAY(kind), nullable=False))


def _one_of(column: str, name: str, values: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=name)


class UnitRow(Table, table=True):
    """Our replica of planning's register."""

    __tablename__ = "unit"
    __table_args__ = (
        _one_of("zone", "unit_zone", ("WIB", "WITA", "WIT")),
        Index("unit_agency", "agency_id", "unit_id"),
    )

    unit_id: str = Field(primary_key=True, sa_type=Text)
    agency_id: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    zone: str = Field(sa_type=Text)
    is_active: bool
    is_demo: bool
    version: int = Field(sa_type=BigInteger)
    payload_hash: bytes = Field(sa_type=LargeBinary)


class OfficerRow(Table, table=True):
    """Who may be named for a case: a role that somebody holds in a unit, an agency or everywhere.

    Known from the person's own token (`noted_by` null), or from a supervisor's word that no token bore out.
    `place` is the id of the unit or agency, empty for the whole nation.
    """

    __tablename__ = "officer"
    __table_args__ = (
        _one_of("level", "officer_level", ("unit", "agency", "national")),
        Index("officer_place", "role", "level", "place"),
    )

    subject: str = Field(primary_key=True, sa_type=Text)
    role: str = Field(primary_key=True, sa_type=Text)
    level: str = Field(primary_key=True, sa_type=Text)
    place: str = Field(primary_key=True, sa_type=Text)
    noted_at: datetime = _moment(has_default=True)
    noted_by: str | None = Field(sa_type=Text)


class OfficerRemovalRow(Table, table=True):
    """A post that a supervisor took somebody off: their token does not bring it back, a supervisor does."""

    __tablename__ = "officer_removal"

    subject: str = Field(primary_key=True, sa_type=Text)
    role: str = Field(primary_key=True, sa_type=Text)
    level: str = Field(primary_key=True, sa_type=Text)
    place: str = Field(primary_key=True, sa_type=Text)
    removed_at: datetime = _moment(has_default=True)
    removed_by: str = Field(sa_type=Text)


class CaseRow(Table, table=True):
    """A case; who reported it lies in `identity.reporter`, its answer and acts in tables of their own."""

    __tablename__ = "case_file"
    __table_args__ = (
        UniqueConstraint("tracking_id", name="case_file_tracking"),
        _one_of("stream", "case_file_stream", ("masyarakat", "pelayanan")),
        _one_of("state", "case_file_state", STATES),
        _one_of("identity_kind", "case_file_identity", ("named", "confidential", "anonymous")),
        CheckConstraint(
            "(state IN ('SELESAI', 'DICABUT')) = (closed_at IS NOT NULL)", name="case_file_closed"
        ),
        Index("case_file_unit", "unit_id", "id"),
        Index("case_file_agency", "agency_id", "id"),
        Index("case_file_open", "kind", "id", postgresql_where=text("state <> 'SELESAI'")),
    )

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    tracking_id: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    unit_id: str | None = Field(sa_type=Text)
    agency_id: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    stream: str = Field(sa_type=Text)
    case_class: str | None = Field(sa_type=Text)
    channel_kind: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    state_before: str | None = Field(sa_type=Text)
    cycle: int
    received_at: datetime = _moment()
    file_complete_at: datetime = _moment()
    period_year: int
    is_backdated: bool
    backdate_reason: str | None = Field(sa_type=Text)
    taken_by: str | None = Field(sa_type=Text)
    event_on: date | None
    content: str = Field(sa_type=Text)
    is_name_hidden: bool
    is_content_secret: bool
    identity_kind: str = Field(sa_type=Text)
    privacy_notice: str = Field(sa_type=Text)
    handler: str | None = Field(sa_type=Text)
    first_follow_up_at: datetime | None = _moment(is_optional=True)
    closed_at: datetime | None = _moment(is_optional=True)
    closed_by: str | None = Field(sa_type=Text)
    outcome: str | None = Field(sa_type=Text)
    is_standard_breach: bool
    recorded_at: datetime = _moment(has_default=True)


class CaseEventRow(Table, table=True):
    """One act on a case: insert-only; `is_public` lets the reporter read its note."""

    __tablename__ = "case_event"

    case_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="case_file.id")
    version: int = Field(primary_key=True, sa_type=BigInteger)
    act: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    at: datetime = _moment()
    note: str | None = Field(sa_type=Text)
    evidence: list[str] = _array(Text)
    no_evidence_reason: str | None = Field(sa_type=Text)
    is_public: bool


class AnswerRow(Table, table=True):
    """The answer of a cycle: a draft until somebody else approves it."""

    __tablename__ = "answer"

    case_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="case_file.id")
    cycle: int = Field(primary_key=True)
    outcome: str = Field(sa_type=Text)
    content: str = Field(sa_type=Text)
    evidence: list[str] = _array(Text)
    no_evidence_reason: str | None = Field(sa_type=Text)
    is_standard_breach: bool | None
    drafted_by: str = Field(sa_type=Text)
    drafted_at: datetime = _moment()
    approved_by: str | None = Field(sa_type=Text)
    approved_at: datetime | None = _moment(is_optional=True)


class CompletionProposalRow(Table, table=True):
    """A request for facts that came late: somebody else confirms it at the same version of the case."""

    __tablename__ = "completion_proposal"

    case_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="case_file.id")
    version: int = Field(primary_key=True, sa_type=BigInteger)
    missing: str = Field(sa_type=Text)
    proposed_by: str = Field(sa_type=Text)
    proposed_at: datetime = _moment()
    confirmed_by: str | None = Field(sa_type=Text)
    confirmed_at: datetime | None = _moment(is_optional=True)


class ReceiptRow(Table, table=True):
    """The reporter's secret code as a keyed hash for look-up and an Argon2id verifier; never itself."""

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("lookup", name="receipt_lookup"),)

    case_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="case_file.id")
    lookup: bytes = Field(sa_type=LargeBinary)
    verifier: str = Field(sa_type=Text)


class ReceiptSessionRow(Table, table=True):
    """A reporter who has shown the receipt."""

    __tablename__ = "receipt_session"
    __table_args__ = (Index("receipt_session_age", "expires_at"),)

    id_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    case_id: UUID = Field(sa_type=Uuid, foreign_key="case_file.id")
    expires_at: datetime = _moment()


class DeadlineRow(Table, table=True):
    """A deadline with its precomputed instants. The rung arrays run in parallel.

    `due_rung` is the index of the breach in them, from 0; `next_rung` how many rungs have passed, beyond the
    arrays the repeats; `passed` the codes of rungs that passed before the arrays were last computed.
    `told_calendar` is the calendar that the event of `told_version` named, when a newer one changed nothing.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        UniqueConstraint("case_ref", "rule", "cycle", name="deadline_once"),
        _one_of(
            "status",
            "deadline_status",
            ("armed", "paused", "met", "late_done", "cancelled", "superseded"),
        ),
        CheckConstraint("status = 'armed' OR next_fire_at IS NULL", name="deadline_rests"),
        CheckConstraint(
            "cardinality(rung_at) = cardinality(rung_code) AND cardinality(rung_at) = cardinality(rung_to)"
            " AND cardinality(rung_at) = cardinality(rung_notify_at) AND rung_at[due_rung + 1] = due_at",
            name="deadline_rungs",
        ),
        Index("deadline_next", "next_fire_at", "id", postgresql_where=text("next_fire_at IS NOT NULL")),
        Index("deadline_canary", "due_at", postgresql_where=text("kind = 'canary'")),
        Index(
            "deadline_late",
            "due_at",
            "id",
            postgresql_where=text("status = 'armed' AND breached_at IS NOT NULL"),
        ),
    )

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    case_ref: UUID = Field(sa_type=Uuid)
    unit_id: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    rule: str = Field(sa_type=Text)
    policy: str = Field(sa_type=Text)
    calendar_version: int
    cycle: int
    start_at: datetime = _moment()
    length: int
    due_at: datetime = _moment()
    rung_at: list[datetime] = _array(DateTime(timezone=True))
    rung_notify_at: list[datetime] = _array(DateTime(timezone=True))
    rung_code: list[str] = _array(Text)
    rung_to: list[str] = _array(Text)
    due_rung: int
    repeat_days: int
    repeat_to: str = Field(sa_type=Text)
    next_rung: int
    next_fire_at: datetime | None = _moment(is_optional=True)
    passed: list[str] = _array(Text)
    status: str = Field(sa_type=Text)
    breached_at: datetime | None = _moment(is_optional=True)
    met_at: datetime | None = _moment(is_optional=True)
    is_provisional: bool
    is_backdated: bool
    armed_at: datetime = _moment()
    version: int = Field(sa_type=BigInteger)
    told_version: int | None = Field(sa_type=BigInteger)
    told_calendar: int | None


class DeadlinePauseRow(Table, table=True):
    """A stretch in which a deadline stands or stood still; two may begin at one instant."""

    __tablename__ = "deadline_pause"
    __table_args__ = (
        CheckConstraint("end_at >= start_at", name="deadline_pause_order"),
        Index("deadline_pause_clock", "deadline_id", "id"),
        Index("deadline_pause_running", "deadline_id", unique=True, postgresql_where=text("end_at IS NULL")),
    )

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    deadline_id: UUID = Field(sa_type=Uuid, foreign_key="deadline.id")
    start_at: datetime = _moment()
    end_at: datetime | None = _moment(is_optional=True)


class DeadlineChangeRow(Table, table=True):
    """Ledger of moved due times: insert-only."""

    __tablename__ = "deadline_change"
    __table_args__ = (Index("deadline_change_clock", "deadline_id", "id"),)

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    deadline_id: UUID = Field(sa_type=Uuid, foreign_key="deadline.id")
    at: datetime = _moment()
    reason: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    old_due_at: datetime = _moment()
    new_due_at: datetime = _moment()
    old_calendar_version: int
    new_calendar_version: int


class CalendarConfirmationRow(Table, table=True):
    """A person has read the decree behind a calendar version: insert-only."""

    __tablename__ = "calendar_confirmation"

    calendar_version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    year: int
    decree: str = Field(sa_type=Text)
    confirmed_by: str = Field(sa_type=Text)
    confirmed_at: datetime = _moment()


class DeadlineFiredRow(Table, table=True):
    """Ledger of fired rungs, one row per event: insert-only and kept, as outbox partitions are dropped."""

    __tablename__ = "deadline_fired"
    __table_args__ = (
        UniqueConstraint("event_id", name="deadline_fired_event"),
        _one_of("fact", "deadline_fired_fact", ("reminded", "overdue", "escalated")),
        Index("deadline_fired_breach", "kind", "rule", postgresql_where=text("fact = 'overdue'")),
        Index("deadline_fired_clock", "deadline_id"),
    )

    event_key: str = Field(primary_key=True, sa_type=Text)
    event_id: UUID = Field(sa_type=Uuid)
    deadline_id: UUID = Field(sa_type=Uuid)
    kind: str = Field(sa_type=Text)
    rule: str = Field(sa_type=Text)
    rung: str = Field(sa_type=Text)
    fact: str = Field(sa_type=Text)
    due_at: datetime = _moment()
    detected_at: datetime = _moment()


class NotificationRow(Table, table=True):
    """A message that a role is owed for a fired rung, not before the unit opens."""

    __tablename__ = "notification"
    __table_args__ = (Index("notification_open", "not_before", postgresql_where=text("sent_at IS NULL")),)

    event_key: str = Field(primary_key=True, sa_type=Text, foreign_key="deadline_fired.event_key")
    recipient_role: str = Field(primary_key=True, sa_type=Text)
    case_ref: UUID = Field(sa_type=Uuid)
    unit_id: str = Field(sa_type=Text)
    not_before: datetime = _moment()
    sent_at: datetime | None = _moment(is_optional=True)


class WorkItemRow(Table, table=True):
    """Something the engine owes a case: done once, re-checked under the case's lock.

    `attempts` that failed put it aside until `next_try_at`.
    """

    __tablename__ = "work_item"
    __table_args__ = (
        _one_of("kind", "work_item_kind", ("close_by_silence", "resume_after_silence")),
        Index("work_item_open", "next_try_at", "deadline_id", postgresql_where=text("done_at IS NULL")),
    )

    deadline_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="deadline.id")
    kind: str = Field(primary_key=True, sa_type=Text)
    case_ref: UUID = Field(sa_type=Uuid)
    created_at: datetime = _moment()
    attempts: int = Field(sa_column_kwargs={"server_default": text("0")})
    next_try_at: datetime = _moment()
    done_at: datetime | None = _moment(is_optional=True)
    result: str | None = Field(sa_type=Text)


class ReporterRow(Table, table=True):
    """Who reported, for the identity role alone."""

    __tablename__ = "reporter"
    __table_args__ = ({"schema": "identity"},)

    case_id: UUID = Field(primary_key=True, sa_type=Uuid)
    name: str | None = Field(sa_type=Text)
    contact: str | None = Field(sa_type=Text)
    recorded_at: datetime = _moment(has_default=True)


UNIT = UnitRow.__table__
OFFICER = OfficerRow.__table__
OFFICER_REMOVAL = OfficerRemovalRow.__table__
CASE = CaseRow.__table__
CASE_EVENT = CaseEventRow.__table__
ANSWER = AnswerRow.__table__
COMPLETION_PROPOSAL = CompletionProposalRow.__table__
RECEIPT = ReceiptRow.__table__
RECEIPT_SESSION = ReceiptSessionRow.__table__
DEADLINE = DeadlineRow.__table__
DEADLINE_PAUSE = DeadlinePauseRow.__table__
DEADLINE_CHANGE = DeadlineChangeRow.__table__
DEADLINE_FIRED = DeadlineFiredRow.__table__
WORK_ITEM = WorkItemRow.__table__
REPORTER = ReporterRow.__table__


def columns_of(kind: type, table: sqlalchemy.Table) -> Sequence[Column[Any]]:
    """Return the column of each field of a domain object."""
    return [table.c[field.name] for field in fields(kind)]


def row_of(thing: Any, table: sqlalchemy.Table) -> dict[str, Any]:
    """Return those fields of a domain object that the table has as columns."""
    names = [field.name for field in fields(thing)]
    return {name: getattr(thing, name) for name in names if name in table.c}
