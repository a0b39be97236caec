"""Tables of sealed identities, of who opened one, and of custodians.

The application has no right on those of the schema `identity`: functions of the owner write, give and erase
what is sealed there.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlmodel import Field

from services.complaints.tables import Table, moment, one_of


class CaseKeyRow(Table, table=True):
    """The key of a case or another matter, wrapped by that version of the wrapping key.

    `way` is which way leads to the contact that it seals, None where there is none.
    """

    __tablename__ = "case_key"
    __table_args__ = (
        CheckConstraint("version > 0", name="case_key_version"),
        one_of("way", "case_key_way", ("mail", "whatsapp", "other")),
        Index("case_key_wrapped_by", "wrapped_by", "ref"),
        {"schema": "identity"},
    )

    ref: UUID = Field(primary_key=True, sa_type=Uuid)
    version: int
    wrapped_by: int
    wrapped: str = Field(sa_type=Text)
    way: str | None = Field(sa_type=Text)
    recorded_at: datetime = moment(has_default=True)


class SealedRow(Table, table=True):
    """One field of an identity, sealed under the key of what it belongs to."""

    __tablename__ = "sealed"
    __table_args__ = ({"schema": "identity"},)

    ref: UUID = Field(
        sa_column=Column(
            Uuid, ForeignKey("identity.case_key.ref", ondelete="CASCADE"), primary_key=True, nullable=False
        )
    )
    field: str = Field(primary_key=True, sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)


class ReporterRow(Table, table=True):
    """Who reported, in plain text, as the release before wrote it; what stands here is moved under a key."""

    __tablename__ = "reporter"
    __table_args__ = ({"schema": "identity"},)

    case_id: UUID = Field(primary_key=True, sa_type=Uuid)
    name: str | None = Field(sa_type=Text)
    contact: str | None = Field(sa_type=Text)
    recorded_at: datetime = moment(has_default=True)


class GiverRow(Table, table=True):
    """Who gave a gift, in plain text, as the release before wrote it."""

    __tablename__ = "giver"
    __table_args__ = ({"schema": "identity"},)

    dossier_id: UUID = Field(primary_key=True, sa_type=Uuid)
    name: str = Field(sa_type=Text)
    recorded_at: datetime = moment(has_default=True)


class IdentityReadRow(Table, table=True):
    """Somebody opened an identity: insert-only, each row hashed with the one before it."""

    __tablename__ = "identity_read"
    __table_args__ = (Index("identity_read_ref", "ref", "position"),)

    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = moment()
    reader: str = Field(sa_type=Text)
    roles: str = Field(sa_type=Text)
    entity: str = Field(sa_type=Text)
    ref: UUID = Field(sa_type=Uuid)
    agency_id: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    hash: bytes = Field(sa_type=LargeBinary)


class CustodianRow(Table, table=True):
    """Somebody to whom identities are sealed; both days are included."""

    __tablename__ = "custodian"
    __table_args__ = (
        CheckConstraint("length(public_key) = 32", name="custodian_key_length"),
        UniqueConstraint("agency_id", "public_key", name="custodian_key"),
    )

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    agency_id: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    public_key: bytes = Field(sa_type=LargeBinary)
    valid_from: date
    valid_to: date | None
    entered_by: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)


REPORTER = ReporterRow.__table__
GIVER = GiverRow.__table__
IDENTITY_READ = IdentityReadRow.__table__
CUSTODIAN = CustodianRow.__table__
