"""Tables of what planning hears from other services, and of the facts that submissions kept."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.planning.tables import Table


def _moment(*, has_default: bool = False) -> Any:
    default = func.now() if has_default else None
    return Column(DateTime(timezone=True), nullable=False, server_default=default)


class LiveCaseRow(Table, table=True):
    """How the LKE counts a complaint case, as complaints told it last; its unit may not be known yet."""

    __tablename__ = "live_case"
    __table_args__ = (Index("live_case_unit_year", "unit_id", "period_year"),)

    case_id: str = Field(primary_key=True, sa_type=Text)
    unit_id: str = Field(sa_type=Text)
    period_year: int
    stream: str = Field(sa_type=Text)
    counts_as: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    told_at: datetime = Field(sa_column=_moment())
    payload_hash: bytes = Field(sa_type=LargeBinary)


class LiveCampaignRow(Table, table=True):
    """A survey campaign by regime and period, with how many answers stand behind its released figures."""

    __tablename__ = "live_campaign"
    __table_args__ = (Index("live_campaign_unit_year", "unit_id", "year"),)

    campaign_id: str = Field(primary_key=True, sa_type=Text)
    unit_id: str = Field(sa_type=Text)
    year: int
    regime: str = Field(sa_type=Text)
    period: str = Field(sa_type=Text)
    released_n: int
    version: int = Field(sa_type=BigInteger)
    told_at: datetime = Field(sa_column=_moment())
    payload_hash: bytes = Field(sa_type=LargeBinary)


class LiveEvaluationRow(Table, table=True):
    """That the handling of a unit's stream was evaluated for a period, as complaints told it last."""

    __tablename__ = "live_evaluation"
    __table_args__ = (Index("live_evaluation_unit", "unit_id"),)

    handling_id: str = Field(primary_key=True, sa_type=Text)
    unit_id: str = Field(sa_type=Text)
    stream: str = Field(sa_type=Text)
    period: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    told_at: datetime = Field(sa_column=_moment())
    payload_hash: bytes = Field(sa_type=LargeBinary)


class LiveReviewRow(Table, table=True):
    """That the whole map of conflicts of a unit was looked at in a year; declarations are not kept."""

    __tablename__ = "live_review"
    __table_args__ = (Index("live_review_unit", "unit_id"),)

    coi_id: str = Field(primary_key=True, sa_type=Text)
    unit_id: str = Field(sa_type=Text)
    period: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    told_at: datetime = Field(sa_column=_moment())
    payload_hash: bytes = Field(sa_type=LargeBinary)


class LiveDesignationRow(Table, table=True):
    """Whom a handling unit serves by its decree, and when; `ended_on` is the first day without it."""

    __tablename__ = "live_designation"
    __table_args__ = (Index("live_designation_agency", "agency_id"),)

    designation_id: str = Field(primary_key=True, sa_type=Text)
    agency_id: str = Field(sa_type=Text)
    is_for_agency: bool
    unit_ids: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    streams: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    has_decree: bool
    valid_from: date
    valid_to: date | None
    ended_on: date | None
    version: int = Field(sa_type=BigInteger)
    told_at: datetime = Field(sa_column=_moment())
    payload_hash: bytes = Field(sa_type=LargeBinary)


class FrozenFactRow(Table, table=True):
    """A fact that became a unit's answer at a submission; `versions` by entity, for good.

    `worksheet_version` is the worksheet's counter before the answer was written.
    """

    __tablename__ = "frozen_fact"
    __table_args__ = (ForeignKeyConstraint(["unit_id", "year"], ["worksheet.unit_id", "worksheet.year"]),)

    unit_id: str = Field(primary_key=True, sa_type=Text)
    year: int = Field(primary_key=True)
    worksheet_version: int = Field(primary_key=True, sa_type=BigInteger)
    item_code: str = Field(primary_key=True, sa_type=Text)
    versions: dict[str, int] = Field(sa_column=Column(JSONB, nullable=False))
    told_at: datetime = Field(sa_column=_moment())
    frozen_by: str = Field(sa_type=Text)
    frozen_at: datetime = Field(sa_column=_moment(has_default=True))


LIVE_CASE = LiveCaseRow.__table__
LIVE_CAMPAIGN = LiveCampaignRow.__table__
LIVE_EVALUATION = LiveEvaluationRow.__table__
LIVE_REVIEW = LiveReviewRow.__table__
LIVE_DESIGNATION = LiveDesignationRow.__table__
FROZEN_FACT = FrozenFactRow.__table__
