"""Tables of receipts and the sessions they open."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint, Uuid
from sqlmodel import Field

from services.complaints.tables import Table, moment


class ReceiptRow(Table, table=True):
    """The reporter's secret code as a keyed hash for look-up and an Argon2id verifier; never itself."""

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("lookup", name="receipt_lookup"),)

    case_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="case_file.id")
    lookup: bytes = Field(sa_type=LargeBinary)
    verifier: str = Field(sa_type=Text)


class ReceiptSessionRow(Table, table=True):
    """A reporter who has shown the receipt."""

    __tablename__ = "receipt_session"
    __table_args__ = (Index("receipt_session_age", "expires_at"),)

    id_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    case_id: UUID = Field(sa_type=Uuid, foreign_key="case_file.id")
    expires_at: datetime = moment()


RECEIPT = ReceiptRow.__table__
RECEIPT_SESSION = ReceiptSessionRow.__table__
