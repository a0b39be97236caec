"""Stored files and the evidence made of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, Text, Uuid, text
from sqlmodel import Field

from services.planning.tables.base import Table, moment


class StoredFileRow(Table, table=True):
    """Bytes in the object store; several evidences may share them."""

    __tablename__ = "stored_file"
    __table_args__ = (CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="stored_file_sha256"),)

    sha256: str = Field(primary_key=True, sa_type=Text)
    size_bytes: int = Field(sa_type=BigInteger)
    media_type: str = Field(sa_type=Text)
    stored_at: datetime = Field(sa_column=moment())


class EvidenceRow(Table, table=True):
    """An evidence in its newest revision: a file by its `sha256`, words or an address in `body`.

    `title` is null where a release before wrote it: then the file's name is its title.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        Index("evidence_unit", "unit_id", "evidence_id"),
        CheckConstraint("form IN ('file', 'text', 'address')", name="evidence_form"),
        CheckConstraint("num_nonnulls(sha256, body) = 1", name="evidence_content"),
        CheckConstraint("(form = 'file') = (sha256 IS NOT NULL)", name="evidence_file"),
        CheckConstraint("revision > 0", name="evidence_revision_counts"),
    )

    evidence_id: UUID = Field(primary_key=True, sa_type=Uuid)
    unit_id: str = Field(sa_type=Text, foreign_key="unit.unit_id")
    layer: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    file_name: str = Field(sa_type=Text)
    sha256: str | None = Field(sa_type=Text, foreign_key="stored_file.sha256")
    uploaded_by: str = Field(sa_type=Text)
    uploaded_at: datetime = Field(sa_column=moment())
    title: str | None = Field(sa_type=Text)
    form: str = Field(sa_column=Column(Text, nullable=False, server_default=text("'file'")))
    revision: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=text("1")))
    body: str | None = Field(sa_type=Text)


class EvidenceRevisionRow(Table, table=True):
    """What an evidence was before its newest revision; kept for good."""

    __tablename__ = "evidence_revision"

    evidence_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="evidence.evidence_id")
    revision: int = Field(primary_key=True, sa_type=BigInteger)
    file_name: str = Field(sa_type=Text)
    sha256: str | None = Field(sa_type=Text, foreign_key="stored_file.sha256")
    body: str | None = Field(sa_type=Text)
    uploaded_by: str = Field(sa_type=Text)
    uploaded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


STORED_FILE = StoredFileRow.__table__
EVIDENCE = EvidenceRow.__table__
EVIDENCE_REVISION = EvidenceRevisionRow.__table__
