"""Tables of cases and of the officers who may be named for them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.complaints.tables import Table, array, moment, one_of

FINAL_STATES = ("SELESAI", "DICABUT", "DITOLAK", "DUPLIKAT", "BUKAN_WEWENANG", "DITUTUP_TIDAK_LENGKAP")
STATES = (
    "DITERIMA",
    "MENUNGGU_KELENGKAPAN",
    "DIVERIFIKASI",
    "DIDISPOSISIKAN",
    "DIPROSES",
    "DIPERIKSA",
    "DITANGGAPI",
    "DIBUKA_KEMBALI",
    *FINAL_STATES,
)


class OfficerRow(Table, table=True):
    """Who may be named for a case: a role that somebody holds in a unit, an agency or everywhere.

    Known from the person's own token (`noted_by` null), or from a supervisor's word that no token bore out.
    `place` is the id of the unit or agency, empty for the whole nation.
    """

    __tablename__ = "officer"
    __table_args__ = (
        one_of("level", "officer_level", ("unit", "agency", "national")),
        Index("officer_place", "role", "level", "place"),
    )

    subject: str = Field(primary_key=True, sa_type=Text)
    role: str = Field(primary_key=True, sa_type=Text)
    level: str = Field(primary_key=True, sa_type=Text)
    place: str = Field(primary_key=True, sa_type=Text)
    noted_at: datetime = moment(has_default=True)
    noted_by: str | None = Field(sa_type=Text)


class OfficerRemovalRow(Table, table=True):
    """A post that a supervisor took somebody off: their token does not bring it back, a supervisor does."""

    __tablename__ = "officer_removal"

    subject: str = Field(primary_key=True, sa_type=Text)
    role: str = Field(primary_key=True, sa_type=Text)
    level: str = Field(primary_key=True, sa_type=Text)
    place: str = Field(primary_key=True, sa_type=Text)
    removed_at: datetime = moment(has_default=True)
    removed_by: str = Field(sa_type=Text)


class CaseRow(Table, table=True):
    """A case; who reported it lies in `identity.sealed`, its answer and acts in tables of their own."""

    __tablename__ = "case_file"
    __table_args__ = (
        UniqueConstraint("tracking_id", name="case_file_tracking"),
        one_of("stream", "case_file_stream", ("masyarakat", "pelayanan")),
        one_of("state", "case_file_state", STATES),
        one_of("identity_kind", "case_file_identity", ("named", "confidential", "anonymous")),
        CheckConstraint(
            f"(state IN ({', '.join(map(repr, FINAL_STATES))})) = (closed_at IS NOT NULL)",
            name="case_file_closed",
        ),
        CheckConstraint("(state = 'DUPLIKAT') <= (parent_id IS NOT NULL)", name="case_file_parent"),
        Index("case_file_unit", "unit_id", "id"),
        Index("case_file_duplicate", "parent_id", postgresql_where=text("state = 'DUPLIKAT'")),
        Index("case_file_agency", "agency_id", "id"),
        Index("case_file_received", "received_at"),
        Index(
            "case_file_open",
            "agency_id",
            "unit_id",
            postgresql_include=["id"],
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("case_file_handler", "handler", "closed_at", "id"),
        Index("case_file_ended", "closed_at", "id", postgresql_where=text("closed_at IS NOT NULL")),
        Index("case_file_standing", "kind", "state", "id", postgresql_where=text("state <> 'SELESAI'")),
        Index(
            "case_file_response",
            "kind",
            "received_at",
            "first_follow_up_at",
            postgresql_where=text("first_follow_up_at IS NOT NULL"),
        ),
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
    received_at: datetime = moment()
    file_complete_at: datetime = moment()
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
    first_follow_up_at: datetime | None = moment(is_optional=True)
    closed_at: datetime | None = moment(is_optional=True)
    closed_by: str | None = Field(sa_type=Text)
    outcome: str | None = Field(sa_type=Text)
    is_standard_breach: bool
    parent_id: UUID | None = Field(sa_type=Uuid, foreign_key="case_file.id")
    recorded_at: datetime = moment(has_default=True)


class CasePartyRow(Table, table=True):
    """Somebody whom a case is about, by planning's pseudonym: they and their superiors see nothing of it."""

    __tablename__ = "case_party"
    __table_args__ = (
        one_of("role", "case_party_role", ("accused", "declarant")),
        Index("case_party_person", "person_id"),
    )

    case_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="case_file.id")
    person_id: str = Field(primary_key=True, sa_type=Text)
    role: str = Field(primary_key=True, sa_type=Text)


class ReporterNoticeRow(Table, table=True):
    """Something that a reporter is to be told of, once per `key`: an act, or a message of an officer.

    `passed_at` is when it was queued. `outcome` is what came of it: it left, the receipt alone shows it, or
    it came back (`bounced`); an answer that did is then `to_post`, and `posted` on a day by a letter.
    """

    __tablename__ = "reporter_notice"
    __table_args__ = (
        one_of("outcome", "reporter_notice_outcome", ("sent", "by_receipt", "bounced", "to_post", "posted")),
        CheckConstraint("(outcome = 'posted') = (posted_on IS NOT NULL)", name="reporter_notice_posted"),
        Index("reporter_notice_waiting", "at", postgresql_where=text("passed_at IS NULL")),
        Index(
            "reporter_notice_returned",
            *("outcome", "ended_at", "case_id"),
            postgresql_where=text("fact = 'responded' AND outcome IN ('bounced', 'to_post')"),
        ),
    )

    case_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="case_file.id")
    key: str = Field(primary_key=True, sa_type=Text)
    fact: str = Field(sa_type=Text)
    cycle: int
    at: datetime = moment()
    passed_at: datetime | None = moment(is_optional=True)
    outcome: str | None = Field(sa_type=Text)
    ended_at: datetime | None = moment(is_optional=True)
    posted_on: date | None
    letter: str | None = Field(sa_type=Text)


class CaseEventRow(Table, table=True):
    """One act on a case: insert-only; `is_public` lets the reporter read its note."""

    __tablename__ = "case_event"
    __table_args__ = (
        Index("case_event_silence", "case_id", postgresql_where=text("act = 'close' AND actor = 'engine'")),
        Index(
            "case_event_counted",
            "case_id",
            "act",
            postgresql_where=text(
                "act IN ('confirm_completion', 'confirm_reclassification', 'object', 'reopen')"
            ),
        ),
    )

    case_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="case_file.id")
    version: int = Field(primary_key=True, sa_type=BigInteger)
    act: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    at: datetime = moment()
    note: str | None = Field(sa_type=Text)
    evidence: list[str] = array(Text)
    no_evidence_reason: str | None = Field(sa_type=Text)
    is_public: bool


class AnswerRow(Table, table=True):
    """The answer of a cycle: a draft until somebody else approves it, or a transfer withdraws it."""

    __tablename__ = "answer"

    case_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="case_file.id")
    cycle: int = Field(primary_key=True)
    outcome: str = Field(sa_type=Text)
    content: str = Field(sa_type=Text)
    evidence: list[str] = array(Text)
    no_evidence_reason: str | None = Field(sa_type=Text)
    is_standard_breach: bool | None
    drafted_by: str = Field(sa_type=Text)
    drafted_at: datetime = moment()
    approved_by: str | None = Field(sa_type=Text)
    approved_at: datetime | None = moment(is_optional=True)
    withdrawn_at: datetime | None = moment(is_optional=True)


class WithdrawnDraftRow(Table, table=True):
    """A draft that went no further, at the version that the case had after that: insert-only."""

    __tablename__ = "withdrawn_draft"

    case_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="case_file.id")
    version: int = Field(primary_key=True, sa_type=BigInteger)
    cycle: int
    outcome: str = Field(sa_type=Text)
    content: str = Field(sa_type=Text)
    evidence: list[str] = array(Text)
    no_evidence_reason: str | None = Field(sa_type=Text)
    is_standard_breach: bool | None
    drafted_by: str = Field(sa_type=Text)
    drafted_at: datetime = moment()
    withdrawn_at: datetime = moment()


class ProposalRow(Table, table=True):
    """An act that takes two people: somebody else decides about it at the same version of the case.

    `content` is what the act would bring, by the names of its fields.
    """

    __tablename__ = "proposal"

    case_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="case_file.id")
    version: int = Field(primary_key=True, sa_type=BigInteger)
    act: str = Field(sa_type=Text)
    content: dict[str, Any] = Field(sa_type=JSONB)
    proposed_by: str = Field(sa_type=Text)
    proposed_at: datetime = moment()
    decided_by: str | None = Field(sa_type=Text)
    decided_at: datetime | None = moment(is_optional=True)
    is_confirmed: bool | None


class InspectionRow(Table, table=True):
    """An inspection that was ordered for a case, at the version the case had after it.

    `began_on` is noted in courts alone, once it began.
    """

    __tablename__ = "inspection"

    case_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="case_file.id")
    version: int = Field(primary_key=True, sa_type=BigInteger)
    order_number: str = Field(sa_type=Text)
    ordered_on: date
    team: list[str] = array(Text)
    began_on: date | None


class AppealRow(Table, table=True):
    """The one appeal that a reporter has against the end of a case."""

    __tablename__ = "appeal"

    case_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="case_file.id")
    reason: str = Field(sa_type=Text)
    appealed_at: datetime = moment()
    decision: str | None = Field(sa_type=Text)
    is_upheld: bool | None
    decided_by: str | None = Field(sa_type=Text)
    decided_at: datetime | None = moment(is_optional=True)


OFFICER = OfficerRow.__table__
OFFICER_REMOVAL = OfficerRemovalRow.__table__
CASE = CaseRow.__table__
CASE_PARTY = CasePartyRow.__table__
CASE_EVENT = CaseEventRow.__table__
ANSWER = AnswerRow.__table__
WITHDRAWN_DRAFT = WithdrawnDraftRow.__table__
PROPOSAL = ProposalRow.__table__
INSPECTION = InspectionRow.__table__
APPEAL = AppealRow.__table__
REPORTER_NOTICE = ReporterNoticeRow.__table__
