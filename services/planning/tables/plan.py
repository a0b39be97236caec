"""Programmes and the activities of their plans."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, Index, Text, UniqueConstraint, Uuid, text
from sqlmodel import Field

from services.planning.tables.base import Table, moment


class ProgrammeRow(Table, table=True):
    __tablename__ = "programme"
    __table_args__ = (
        UniqueConstraint("unit_id", "year", name="programme_unit_year"),
        CheckConstraint("target IN ('WBK', 'WBBM')", name="programme_target"),
    )

    programme_id: UUID = Field(primary_key=True, sa_type=Uuid)
    unit_id: str = Field(sa_type=Text, foreign_key="unit.unit_id")
    year: int
    target: str = Field(sa_type=Text)
    edition: str = Field(sa_type=Text)
    rule_set: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    created_at: datetime = Field(sa_column=moment())
    policies: str | None = Field(sa_type=Text)


class ActivityRow(Table, table=True):
    __tablename__ = "activity"
    __table_args__ = (
        CheckConstraint("state IN ('planned', 'done')", name="activity_state"),
        Index("activity_programme", "programme_id", "activity_id"),
        Index("activity_due", "due_on", postgresql_where=text("state = 'planned'")),
    )

    activity_id: UUID = Field(primary_key=True, sa_type=Uuid)
    programme_id: UUID = Field(sa_type=Uuid, foreign_key="programme.programme_id")
    unit_id: str = Field(sa_type=Text, foreign_key="unit.unit_id")
    indicator_code: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    evidence_kinds: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    due_on: date | None
    state: str = Field(sa_type=Text)
    evidence_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    version: int = Field(sa_type=BigInteger)
    updated_at: datetime = Field(sa_column=moment())


PROGRAMME = ProgrammeRow.__table__
ACTIVITY = ActivityRow.__table__
