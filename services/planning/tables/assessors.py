"""Teams of assessors and the units that they have."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlmodel import Field

from services.planning.tables.base import Table, moment


class AssessorTeamRow(Table, table=True):
    """Assessors who work together; of an agency for the TPI layer, of none for the national one."""

    __tablename__ = "assessor_team"
    __table_args__ = (
        CheckConstraint("(layer = 'tpi') = (agency_id IS NOT NULL)", name="assessor_team_layer"),
    )

    team_id: str = Field(primary_key=True, sa_type=Text)
    layer: str = Field(sa_type=Text)
    agency_id: str | None = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    created_at: datetime = Field(sa_column=moment())


class AssessorRow(Table, table=True):
    """A person of a team by the issuer's pseudonym; `unit_id` is where they work, if in a unit of ours."""

    __tablename__ = "assessor"
    __table_args__ = (
        UniqueConstraint("team_id", "subject", name="assessor_once"),
        Index("assessor_subject", "subject"),
    )

    assessor_id: UUID = Field(primary_key=True, sa_type=Uuid)
    team_id: str = Field(sa_type=Text, foreign_key="assessor_team.team_id")
    subject: str = Field(sa_type=Text)
    organisation: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    unit_id: str | None = Field(sa_type=Text, foreign_key="unit.unit_id")
    is_active: bool
    version: int = Field(sa_type=BigInteger)
    updated_at: datetime = Field(sa_column=moment())


class AssignmentRow(Table, table=True):
    """A unit of a year in the hands of a team."""

    __tablename__ = "assignment"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "year"], ["worksheet.unit_id", "worksheet.year"]),
        Index("assignment_team", "team_id", "year"),
    )

    unit_id: str = Field(primary_key=True, sa_type=Text)
    year: int = Field(primary_key=True)
    layer: str = Field(primary_key=True, sa_type=Text)
    team_id: str = Field(sa_type=Text, foreign_key="assessor_team.team_id")
    version: int = Field(sa_type=BigInteger)
    assigned_at: datetime = Field(sa_column=moment())


class AssignmentShareRow(Table, table=True):
    """An assessor's part of a unit: areas 1-6 (none: all) and minutes planned."""

    __tablename__ = "assignment_share"
    __table_args__ = (
        ForeignKeyConstraint(
            ["unit_id", "year", "layer"], ["assignment.unit_id", "assignment.year", "assignment.layer"]
        ),
        CheckConstraint("minutes >= 0", name="assignment_share_minutes"),
        Index("assignment_share_assessor", "assessor_id", "year"),
    )

    unit_id: str = Field(primary_key=True, sa_type=Text)
    year: int = Field(primary_key=True)
    layer: str = Field(primary_key=True, sa_type=Text)
    assessor_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="assessor.assessor_id")
    areas: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    minutes: int


ASSESSOR_TEAM = AssessorTeamRow.__table__
ASSESSOR = AssessorRow.__table__
ASSIGNMENT = AssignmentRow.__table__
ASSIGNMENT_SHARE = AssignmentShareRow.__table__
