"""Tables of handling units and of whom their decrees appoint."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Text, Uuid
from sqlmodel import Field

from services.complaints.tables import Table, array, moment, one_of


class HandlingUnitRow(Table, table=True):
    """A handling unit by decree; without a number it was carried over, and its decree is still to be entered.

    It serves `unit_ids`, or its whole agency. `ended_on` is the first day without it. `told_version` is the
    newest version that others were told of.
    """

    __tablename__ = "handling_unit"
    __table_args__ = (
        CheckConstraint("is_for_agency = (cardinality(unit_ids) = 0)", name="handling_unit_reach"),
        CheckConstraint("valid_to >= valid_from", name="handling_unit_days"),
        CheckConstraint("num_nonnulls(decree_number, decreed_on) <> 1", name="handling_unit_decree"),
        CheckConstraint(
            "streams <@ ARRAY['masyarakat', 'pelayanan'] AND cardinality(streams) > 0",
            name="handling_unit_streams",
        ),
        Index("handling_unit_agency", "agency_id", "id"),
    )

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    version: int = Field(sa_type=BigInteger)
    agency_id: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    decree_number: str | None = Field(sa_type=Text)
    decreed_on: date | None
    valid_from: date
    valid_to: date | None
    is_for_agency: bool
    unit_ids: list[str] = array(Text)
    streams: list[str] = array(Text)
    ended_on: date | None
    entered_by: str = Field(sa_type=Text)
    entered_at: datetime = moment(has_default=True)
    told_version: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
    told_at: datetime | None = moment(is_optional=True)


class HandlingMemberRow(Table, table=True):
    """An account that is a member of a handling unit now; who was one before stands in the audit trail."""

    __tablename__ = "handling_member"
    __table_args__ = (
        one_of("role", "handling_member_role", ("penanggung_jawab", "ketua", "sekretaris", "anggota")),
        Index("handling_member_subject", "subject"),
    )

    handling_unit_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="handling_unit.id")
    subject: str = Field(primary_key=True, sa_type=Text)
    role: str = Field(sa_type=Text)


HANDLING_UNIT = HandlingUnitRow.__table__
HANDLING_MEMBER = HandlingMemberRow.__table__
