"""Units and agencies."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, text
from sqlmodel import Field

from services.planning.tables.base import Table, moment


class UnitRow(Table, table=True):
    __tablename__ = "unit"
    __table_args__ = (
        CheckConstraint("zone IN ('WIB', 'WITA', 'WIT')", name="unit_zone"),
        CheckConstraint("parent_id <> unit_id", name="unit_parent_other"),
        CheckConstraint("merged_into <> unit_id", name="unit_merged_other"),
        Index("unit_agency", "agency_id", "unit_id"),
        Index("unit_parent", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index("unit_merged", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    )

    unit_id: str = Field(primary_key=True, sa_type=Text)
    agency_id: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    unit_type: str = Field(sa_type=Text)
    echelon: str = Field(sa_type=Text)
    has_service_function: bool
    zone: str = Field(sa_type=Text)
    is_active: bool
    is_demo: bool
    version: int = Field(sa_type=BigInteger)
    updated_at: datetime = Field(sa_column=moment())
    region: str | None = Field(sa_type=Text)
    parent_id: str | None = Field(sa_type=Text, foreign_key="unit.unit_id")
    merged_into: str | None = Field(sa_type=Text, foreign_key="unit.unit_id")


class AgencyRow(Table, table=True):
    """What is known of an agency beside its units; one without a row has no type."""

    __tablename__ = "agency"

    agency_id: str = Field(primary_key=True, sa_type=Text)
    agency_type: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    updated_at: datetime = Field(sa_column=moment())


UNIT = UnitRow.__table__
AGENCY = AgencyRow.__table__
