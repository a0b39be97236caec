"""Tables of requests about personal data, breaches and reports of the Ombudsman; who asks lies sealed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, Text, Uuid, text
from sqlmodel import Field

from services.complaints.tables import Table, moment, one_of


class DataRequestRow(Table, table=True):
    """What somebody asks for about their data, and what was answered."""

    __tablename__ = "data_request"
    __table_args__ = (
        one_of("wish", "data_request_wish", ("akses", "perbaikan", "penghapusan", "pembatasan")),
        one_of("outcome", "data_request_outcome", ("dikabulkan", "sebagian", "ditolak")),
        Index("data_request_case", "case_id", postgresql_where=text("case_id IS NOT NULL")),
    )

    dossier_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="dossier.id")
    case_id: UUID | None = Field(sa_type=Uuid, foreign_key="case_file.id")
    wish: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    proof: str | None = Field(sa_type=Text)
    outcome: str | None = Field(sa_type=Text)
    ground: str | None = Field(sa_type=Text)
    answer: str | None = Field(sa_type=Text)


class DataBreachRow(Table, table=True):
    """A failure to protect personal data, what was found out, and who was told how."""

    __tablename__ = "data_breach"
    __table_args__ = (CheckConstraint("people_count >= 0", name="data_breach_people"),)

    dossier_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="dossier.id")
    detected_at: datetime = moment()
    summary: str = Field(sa_type=Text)
    data_kinds: str | None = Field(sa_type=Text)
    people_count: int | None = Field(sa_type=BigInteger)
    happened: str | None = Field(sa_type=Text)
    people_told: str | None = Field(sa_type=Text)
    authority_letter: str | None = Field(sa_type=Text)
    authority_told_on: date | None
    measures: str | None = Field(sa_type=Text)


class OmbudsmanReportRow(Table, table=True):
    """A report of the Ombudsman (LHP), and the letter that answered it."""

    __tablename__ = "ombudsman_report"

    dossier_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="dossier.id")
    number: str = Field(sa_type=Text)
    issued_on: date
    received_on: date
    letter_number: str | None = Field(sa_type=Text)
    letter_on: date | None


class CorrectiveActionRow(Table, table=True):
    """A corrective action that the Ombudsman asks for, and what was done about it; None while unnoted."""

    __tablename__ = "corrective_action"

    dossier_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="ombudsman_report.dossier_id")
    number: int = Field(primary_key=True, sa_type=Integer)
    text: str = Field(sa_type=Text)
    is_done: bool | None
    evidence: str | None = Field(sa_type=Text)
    note: str | None = Field(sa_type=Text)
    recorded_at: datetime | None = moment(is_optional=True)


DATA_REQUEST = DataRequestRow.__table__
DATA_BREACH = DataBreachRow.__table__
OMBUDSMAN_REPORT = OmbudsmanReportRow.__table__
CORRECTIVE_ACTION = CorrectiveActionRow.__table__
