"""Tables of evaluations, of what others were told of handling, and of the nights that were counted."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.complaints.tables import Table, array, moment, one_of


class HandlingEvaluationRow(Table, table=True):
    """An evaluation with the figures it was made of: insert-only; the highest version holds."""

    __tablename__ = "handling_evaluation"
    __table_args__ = (
        UniqueConstraint("unit_id", "stream", "period", "version", name="handling_evaluation_version"),
        one_of("stream", "handling_evaluation_stream", ("masyarakat", "pelayanan", "benturan_kepentingan")),
        Index("handling_evaluation_at", "evaluated_at", "id"),
    )

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    unit_id: str = Field(sa_type=Text)
    agency_id: str = Field(sa_type=Text)
    stream: str = Field(sa_type=Text)
    period: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    conclusion: str = Field(sa_type=Text)
    findings: str = Field(sa_type=Text)
    follow_up: str = Field(sa_type=Text)
    evidence: list[str] = array(Text)
    figures: dict[str, Any] | None = Field(sa_type=JSONB)
    evaluated_by: str = Field(sa_type=Text)
    evaluated_at: datetime = moment()


class HandlingToldRow(Table, table=True):
    """What the last event said of an evaluation or a count; `content` is the event without its version."""

    __tablename__ = "handling_told"
    __table_args__ = (
        one_of("fact", "handling_told_fact", ("evaluated", "recorded")),
        Index(
            "handling_told_period",
            text("(content ->> 'period')"),
            postgresql_where=text("fact = 'recorded'"),
        ),
    )

    entity_id: str = Field(primary_key=True, sa_type=Text)
    fact: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    content: dict[str, Any] = Field(sa_type=JSONB)
    at: datetime = moment()


class StatisticsDayRow(Table, table=True):
    """A day of which the nightly count was done: once, whichever process does it."""

    __tablename__ = "statistics_day"

    day: date = Field(primary_key=True)
    recorded_at: datetime = moment()


EVALUATION = HandlingEvaluationRow.__table__
HANDLING_TOLD = HandlingToldRow.__table__
STATISTICS_DAY = StatisticsDayRow.__table__
