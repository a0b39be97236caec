"""What PortalRB is let in with, what it pulled, and what people say of it there."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, LargeBinary, Text, Uuid, text
from sqlmodel import Field

from services.planning.tables.base import Table, moment


class PortalTokenRow(Table, table=True):
    """A token of one agency for the portal's routes; `hash` is the SHA-256 of its whole text.

    `expires_on` is its last day, in Jakarta.
    """

    __tablename__ = "portal_token"
    __table_args__ = (
        Index("portal_token_agency", "agency_id", "token_id"),
        CheckConstraint("num_nonnulls(revoked_at, revoked_by) IN (0, 2)", name="portal_token_revoked"),
    )

    token_id: UUID = Field(primary_key=True, sa_type=Uuid)
    agency_id: str = Field(sa_type=Text)
    client: str = Field(sa_type=Text)
    hash: bytes = Field(sa_type=LargeBinary)
    expires_on: date
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_column=moment())
    revoked_by: str | None = Field(sa_type=Text)
    revoked_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    last_used_on: date | None
    version: int = Field(sa_type=BigInteger)


class PortalPullRow(Table, table=True):
    """A pull made with a known token; the application may insert and read only.

    `unit_id` is what was asked for where it has the form of an id; the package is the one that answered.
    """

    __tablename__ = "portal_pull"
    __table_args__ = (
        CheckConstraint("route IN ('unit-wbk', 'unit-wbbm', 'jawaban-unit')", name="portal_pull_route"),
        CheckConstraint("num_nonnulls(nomination_id, version) IN (0, 2)", name="portal_pull_package"),
        Index("portal_pull_agency", "agency_id", "pull_id"),
        Index(
            "portal_pull_served",
            "nomination_id",
            "unit_id",
            "pulled_at",
            postgresql_where=text("status = 200 AND route = 'jawaban-unit'"),
        ),
    )

    pull_id: UUID = Field(primary_key=True, sa_type=Uuid)
    token_id: UUID = Field(sa_type=Uuid, foreign_key="portal_token.token_id")
    agency_id: str = Field(sa_type=Text)
    route: str = Field(sa_type=Text)
    unit_id: str | None = Field(sa_type=Text)
    nomination_id: UUID | None = Field(sa_type=Uuid, foreign_key="nomination.nomination_id")
    version: int | None = Field(sa_type=BigInteger)
    status: int
    pulled_at: datetime = Field(sa_column=moment())


class PortalReviewRow(Table, table=True):
    """What a person said of a unit's review in the portal; the application may insert and read only.

    `number` counts what was said of the unit, `pulls` the pulls of it that were seen then, `version` is that
    of the package.
    """

    __tablename__ = "portal_review"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'sesuai')", name="portal_review_state"),
        CheckConstraint("number > 0", name="portal_review_counts"),
    )

    nomination_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="nomination.nomination_id")
    unit_id: str = Field(primary_key=True, sa_type=Text)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    version: int = Field(sa_type=BigInteger)
    pulls: int = Field(sa_type=BigInteger)
    state: str = Field(sa_type=Text)
    said_by: str = Field(sa_type=Text)
    said_at: datetime = Field(sa_column=moment())


PORTAL_TOKEN = PortalTokenRow.__table__
PORTAL_PULL = PortalPullRow.__table__
PORTAL_REVIEW = PortalReviewRow.__table__
