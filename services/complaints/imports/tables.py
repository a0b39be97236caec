"""Tables of imports: the file's rows until they are taken in, and what another system says of a case."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.complaints.tables import Table, array, moment, one_of

STATUSES = ("mapping", "checked", "running", "done")


class CaseImportRow(Table, table=True):
    """One file that is looked at or taken in; `actor` is who let it run, as the audit names them."""

    __tablename__ = "case_import"
    __table_args__ = (
        one_of("status", "case_import_status", STATUSES),
        Index("case_import_running", "started_at", postgresql_where=text("status = 'running'")),
        Index("case_import_waiting", "created_at", postgresql_where=text("status IN ('mapping', 'checked')")),
        Index("case_import_agency", "agency_id", "source", "finished_at"),
    )

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    agency_id: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    sha256: str = Field(sa_type=Text)
    declared: dict[str, Any] = Field(sa_type=JSONB)
    head: list[str] = array(Text)
    columns: dict[str, int] = Field(sa_type=JSONB)
    encoding: str = Field(sa_type=Text)
    delimiter: str = Field(sa_type=Text)
    is_encoding_found: bool
    row_count: int
    planned: dict[str, int] = Field(sa_type=JSONB)
    counted: dict[str, int] = Field(sa_type=JSONB)
    actor: dict[str, Any] = Field(sa_type=JSONB)
    created_at: datetime = moment()
    started_at: datetime | None = moment(is_optional=True)
    finished_at: datetime | None = moment(is_optional=True)


class CaseImportLineRow(Table, table=True):
    """One row of a file: `sealed` are its cells until it is taken in; `faults` why it is not."""

    __tablename__ = "case_import_line"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["case_import.id"], ondelete="CASCADE"),
        Index("case_import_line_waiting", "import_id", "number", postgresql_where=text("effect IS NULL")),
    )

    import_id: UUID = Field(primary_key=True, sa_type=Uuid)
    number: int = Field(primary_key=True)
    sealed: bytes | None = Field(sa_type=LargeBinary)
    external_ref: str | None = Field(sa_type=Text)
    planned: str | None = Field(sa_type=Text)
    effect: str | None = Field(sa_type=Text)
    faults: list[dict[str, str]] = Field(sa_type=JSONB)
    case_id: UUID | None = Field(sa_type=Uuid)


class CaseSourceRow(Table, table=True):
    """Where an imported case comes from, and the newest that its system told of it, as told."""

    __tablename__ = "case_source"
    __table_args__ = (
        UniqueConstraint("source", "external_ref", name="case_source_reference"),
        Index("case_source_period", "agency_id", "source", "forwarded_at"),
    )

    case_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="case_file.id")
    source: str = Field(sa_type=Text)
    external_ref: str = Field(sa_type=Text)
    agency_id: str = Field(sa_type=Text)
    forwarded_at: datetime = moment()
    source_updated_at: datetime = moment()
    is_source_closed: bool
    foreign_state: str | None = Field(sa_type=Text)
    foreign_class: str | None = Field(sa_type=Text)


CASE_IMPORT = CaseImportRow.__table__
CASE_IMPORT_LINE = CaseImportLineRow.__table__
CASE_SOURCE = CaseSourceRow.__table__
