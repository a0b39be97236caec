"""Official texts of the LKE."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKeyConstraint, Text
from sqlmodel import Field

from services.planning.tables.base import Table


class WordingLoadRow(Table, table=True):
    """One loading of an edition's official texts from a workbook; the newest version counts."""

    __tablename__ = "wording_load"
    __table_args__ = (
        CheckConstraint("version > 0", name="wording_load_version"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="wording_load_sha256"),
    )

    edition: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True, sa_type=BigInteger)
    sha256: str = Field(sa_type=Text)
    loaded_by: str = Field(sa_type=Text)
    loaded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class WordingRow(Table, table=True):
    """The official texts of an item as one loading brought them; kept for good, some 0.1 MB a loading."""

    __tablename__ = "wording"
    __table_args__ = (
        ForeignKeyConstraint(["edition", "version"], ["wording_load.edition", "wording_load.version"]),
    )

    edition: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True, sa_type=BigInteger)
    item_code: str = Field(primary_key=True, sa_type=Text)
    question: str = Field(sa_type=Text)
    criteria: str = Field(sa_type=Text)


WORDING_LOAD = WordingLoadRow.__table__
WORDING = WordingRow.__table__
