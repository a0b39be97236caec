"""Where assessments stand, how they came there, and what assessors found."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.planning.tables.base import Table, moment


class StageRow(Table, table=True):
    """Where the assessment of a unit and year stands; without a row it is being filled for the first time."""

    __tablename__ = "stage"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "year"], ["worksheet.unit_id", "worksheet.year"]),
        CheckConstraint("round > 0 AND tpi_round > 0", name="stage_rounds"),
        CheckConstraint("objection IN ('none', 'raised', 'answered')", name="stage_objection"),
        CheckConstraint("version > 0", name="stage_version"),
        Index("stage_year", "year", "stage", "unit_id"),
    )

    unit_id: str = Field(primary_key=True, sa_type=Text)
    year: int = Field(primary_key=True)
    stage: str = Field(sa_type=Text)
    round: int
    tpi_round: int
    is_nominated: bool
    objection: str = Field(sa_type=Text)
    is_awarded: bool | None
    is_carried_over: bool
    act: str | None = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    moved_at: datetime = Field(sa_column=moment())


class StageMoveRow(Table, table=True):
    """Every act on an assessment: who did it for which side, and why. Kept for good, never changed."""

    __tablename__ = "stage_move"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "year"], ["stage.unit_id", "stage.year"]),
        CheckConstraint("side IN ('unit', 'review', 'agency')", name="stage_move_side"),
        Index("stage_move_hand", "unit_id", "moved_by"),
    )

    unit_id: str = Field(primary_key=True, sa_type=Text)
    year: int = Field(primary_key=True)
    version: int = Field(primary_key=True, sa_type=BigInteger)
    act: str = Field(sa_type=Text)
    side: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    target: str = Field(sa_type=Text)
    round: int
    reason: str | None = Field(sa_type=Text)
    moved_by: str = Field(sa_type=Text)
    moved_at: datetime = Field(sa_column=moment())


class StageRoundRow(Table, table=True):
    """A layer as it was handed in: all answers up to the worksheet's version `cut`. Never changed."""

    __tablename__ = "stage_round"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "year"], ["worksheet.unit_id", "worksheet.year"]),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="stage_round_sha256"),
    )

    unit_id: str = Field(primary_key=True, sa_type=Text)
    year: int = Field(primary_key=True)
    layer: str = Field(primary_key=True, sa_type=Text)
    round: int = Field(primary_key=True)
    cut: int = Field(sa_type=BigInteger)
    revisions: dict[str, int] = Field(sa_column=Column(JSONB, nullable=False))
    sha256: str = Field(sa_type=Text)
    frozen_by: str = Field(sa_type=Text)
    frozen_at: datetime = Field(sa_column=moment())


class StageWindowRow(Table, table=True):
    """The first and last day of a stage in a year, for one agency or for all that have none of their own."""

    __tablename__ = "stage_window"
    __table_args__ = (
        UniqueConstraint(
            "year",
            "window",
            "agency_id",
            name="stage_window_once",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("num_nonnulls(opens_on, closes_on) > 0", name="stage_window_days"),
        CheckConstraint("opens_on <= closes_on", name="stage_window_order"),
    )

    window_id: UUID = Field(primary_key=True, sa_type=Uuid)
    year: int
    window: str = Field(sa_type=Text)
    agency_id: str | None = Field(sa_type=Text)
    opens_on: date | None
    closes_on: date | None
    reason: str | None = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    announced_at: datetime = Field(sa_column=moment())


class FindingRow(Table, table=True):
    """A note of an assessor that wants the unit's answer."""

    __tablename__ = "finding"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "year"], ["worksheet.unit_id", "worksheet.year"]),
        CheckConstraint("state IN ('open', 'answered')", name="finding_state"),
        CheckConstraint("(state = 'answered') = (answer IS NOT NULL)", name="finding_answer"),
        Index("finding_worksheet", "unit_id", "year", "finding_id"),
    )

    finding_id: UUID = Field(primary_key=True, sa_type=Uuid)
    unit_id: str = Field(sa_type=Text)
    year: int
    item_code: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    answer: str | None = Field(sa_type=Text)
    raised_by: str = Field(sa_type=Text)
    answered_by: str | None = Field(sa_type=Text)
    open_count: int
    version: int = Field(sa_type=BigInteger)
    changed_at: datetime = Field(sa_column=moment())


STAGE = StageRow.__table__
STAGE_MOVE = StageMoveRow.__table__
STAGE_ROUND = StageRoundRow.__table__
STAGE_WINDOW = StageWindowRow.__table__
FINDING = FindingRow.__table__
