"""Worksheets, every answer written into them, and whose it is."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.planning.tables.base import Table, moment


class WorksheetRow(Table, table=True):
    """Counter and lock of a worksheet; it comes with its programme."""

    __tablename__ = "worksheet"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "year"], ["programme.unit_id", "programme.year"]),
        CheckConstraint("version >= 0", name="worksheet_version"),
    )

    unit_id: str = Field(primary_key=True, sa_type=Text)
    year: int = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)


class AnswerRow(Table, table=True):
    """Every answer ever written; the present one of an item and layer has the highest version.

    The application may insert and read only: earlier versions stay as they were. Kept for good, as the
    record of the assessment: 0.1 GB of present answers a year at national load, five times that in all.
    """

    __tablename__ = "answer"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "year"], ["worksheet.unit_id", "worksheet.year"]),
        UniqueConstraint("unit_id", "year", "version", name="answer_version"),
        CheckConstraint("layer IN ('unit', 'tpi', 'tpn')", name="answer_layer"),
        CheckConstraint("num_nonnulls(letter, index_value, inputs) <= 1", name="answer_one_value"),
    )

    unit_id: str = Field(primary_key=True, sa_type=Text)
    year: int = Field(primary_key=True)
    layer: str = Field(primary_key=True, sa_type=Text)
    item_code: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True, sa_type=BigInteger)
    letter: str | None = Field(sa_type=Text)
    index_value: str | None = Field(sa_type=Text)
    inputs: dict[str, int] | None = Field(sa_column=Column(JSONB))
    note: str | None = Field(sa_type=Text)
    reason: str | None = Field(sa_type=Text)
    evidence_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    origin: str = Field(sa_type=Text)
    cell: str | None = Field(sa_type=Text)
    written_by: str = Field(sa_type=Text)
    written_at: datetime = Field(sa_column=moment())
    writer_id: str | None = Field(sa_type=Text)


class PseudonymRow(Table, table=True):
    """The one secret that pseudonyms of writers are made with; without it nobody can tell whose they are."""

    __tablename__ = "pseudonym"
    __table_args__ = (CheckConstraint("is_only", name="pseudonym_only"),)

    is_only: bool = Field(
        sa_column=Column(Boolean, primary_key=True, nullable=False, server_default=text("true"))
    )
    secret: bytes = Field(sa_type=LargeBinary)


class WorksheetImportRow(Table, table=True):
    """A workbook that was taken over, with its original kept by `sha256`."""

    __tablename__ = "worksheet_import"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "year"], ["worksheet.unit_id", "worksheet.year"]),
        Index("worksheet_import_worksheet", "unit_id", "year"),
    )

    import_id: UUID = Field(primary_key=True, sa_type=Uuid)
    unit_id: str = Field(sa_type=Text)
    year: int
    layer: str = Field(sa_type=Text)
    sha256: str = Field(sa_type=Text, foreign_key="stored_file.sha256")
    version: int = Field(sa_type=BigInteger)
    imported_by: str = Field(sa_type=Text)
    imported_at: datetime = Field(sa_column=moment())


WORKSHEET = WorksheetRow.__table__
ANSWER = AnswerRow.__table__
WORKSHEET_IMPORT = WorksheetImportRow.__table__
