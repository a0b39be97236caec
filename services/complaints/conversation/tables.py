"""Tables of messages about cases, and of the files that came with them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint, Uuid, text
from sqlmodel import Field

from services.complaints.tables import Table, moment, one_of

SCANS = ("unscanned", "waiting", "clean", "infected")


class MessageRow(Table, table=True):
    """What one side wrote or brought; `author` null is the reporter, who sees no internal ones."""

    __tablename__ = "message"
    __table_args__ = (
        Index("message_case", "case_id", "id"),
        CheckConstraint("author IS NOT NULL OR NOT is_internal", name="message_internal"),
    )

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    case_id: UUID = Field(sa_type=Uuid, foreign_key="case_file.id")
    author: str | None = Field(sa_type=Text)
    is_internal: bool
    content: str | None = Field(sa_type=Text)
    sent_at: datetime = moment()


class MessageWaitingRow(Table, table=True):
    """A case whose reporter wrote after the office last wrote; its log tells of acts since then."""

    __tablename__ = "message_waiting"
    __table_args__ = (Index("message_waiting_since", "since", "case_id"),)

    case_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="case_file.id")
    since: datetime = moment()


class StoredFileRow(Table, table=True):
    """Bytes in the object store; several attachments may share them."""

    __tablename__ = "stored_file"
    __table_args__ = (
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="stored_file_sha256"),
        one_of("scan", "stored_file_scan", SCANS),
        Index("stored_file_unseen", "sha256", postgresql_where=text("scan IN ('unscanned', 'waiting')")),
    )

    sha256: str = Field(primary_key=True, sa_type=Text)
    size_bytes: int = Field(sa_type=BigInteger)
    media_type: str = Field(sa_type=Text)
    extension: str = Field(sa_type=Text)
    scan: str = Field(sa_type=Text)
    stored_at: datetime = moment(has_default=True)


class AttachmentRow(Table, table=True):
    """A file of a case, by its number there; what its bringer called it is kept nowhere.

    The number is below zero where officers keep the file to themselves.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        UniqueConstraint("case_id", "number", name="attachment_number"),
        Index("attachment_message", "message_id"),
        Index("attachment_file", "sha256", "case_id"),
    )

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    case_id: UUID = Field(sa_type=Uuid, foreign_key="case_file.id")
    message_id: UUID = Field(sa_type=Uuid, foreign_key="message.id")
    number: int
    sha256: str = Field(sa_type=Text, foreign_key="stored_file.sha256")


MESSAGE = MessageRow.__table__
MESSAGE_WAITING = MessageWaitingRow.__table__
STORED_FILE = StoredFileRow.__table__
ATTACHMENT = AttachmentRow.__table__
