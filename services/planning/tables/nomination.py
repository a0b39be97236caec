"""What agencies propose: preconditions, predicates, proposals and their packages."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
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


class AgencyDocumentRow(Table, table=True):
    """A paper of an agency: letter, SPTJM, decree, declaration, or another proof of what it tells."""

    __tablename__ = "agency_document"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('letter', 'sptjm', 'decree', 'declaration', 'proof')", name="agency_document_kind"
        ),
        Index("agency_document_agency", "agency_id", "document_id"),
    )

    document_id: UUID = Field(primary_key=True, sa_type=Uuid)
    agency_id: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    file_name: str = Field(sa_type=Text)
    sha256: str = Field(sa_type=Text, foreign_key="stored_file.sha256")
    number: str | None = Field(sa_type=Text)
    dated_on: date | None
    signatory: str | None = Field(sa_type=Text)
    uploaded_by: str = Field(sa_type=Text)
    uploaded_at: datetime = Field(sa_column=moment())


class PreconditionRow(Table, table=True):
    """Everything ever told of a precondition; what counts has the highest version of its code.

    `version` counts what was told of an agency or unit in a year. The application may insert and read only.
    """

    __tablename__ = "precondition"
    __table_args__ = (
        CheckConstraint("subject IN ('agency', 'unit')", name="precondition_subject"),
        CheckConstraint("version > 1", name="precondition_counts"),
    )

    subject: str = Field(primary_key=True, sa_type=Text)
    subject_id: str = Field(primary_key=True, sa_type=Text)
    year: int = Field(primary_key=True)
    version: int = Field(primary_key=True, sa_type=BigInteger)
    code: str = Field(sa_type=Text)
    value: str | None = Field(sa_type=Text)
    document_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    told_by: str = Field(sa_type=Text)
    told_at: datetime = Field(sa_column=moment())


class PredicateRow(Table, table=True):
    """A predicate that a unit was awarded, and its revocation."""

    __tablename__ = "predicate"
    __table_args__ = (
        UniqueConstraint("unit_id", "predicate", "decree_number", name="predicate_decree"),
        Index("predicate_of_assessment", "unit_id", "assessed_year", unique=True),
        CheckConstraint("predicate IN ('WBK', 'WBBM')", name="predicate_name"),
        CheckConstraint("giver IN ('tpn', 'mandiri')", name="predicate_giver"),
        CheckConstraint(
            "num_nonnulls(revoked_number, revoked_on, revoked_signatory, revoked_because) IN (0, 4)",
            name="predicate_revoked",
        ),
    )

    predicate_id: UUID = Field(primary_key=True, sa_type=Uuid)
    unit_id: str = Field(sa_type=Text, foreign_key="unit.unit_id")
    predicate: str = Field(sa_type=Text)
    giver: str = Field(sa_type=Text)
    decree_number: str = Field(sa_type=Text)
    decree_on: date
    decree_signatory: str = Field(sa_type=Text)
    decree_document_id: UUID | None = Field(sa_type=Uuid, foreign_key="agency_document.document_id")
    revoked_number: str | None = Field(sa_type=Text)
    revoked_on: date | None
    revoked_signatory: str | None = Field(sa_type=Text)
    revoked_document_id: UUID | None = Field(sa_type=Uuid, foreign_key="agency_document.document_id")
    revoked_because: str | None = Field(sa_type=Text)
    assessed_year: int | None
    version: int = Field(sa_type=BigInteger)
    recorded_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_column=moment())


class NominationRow(Table, table=True):
    """An agency's proposal of a year; `kawasan` lists name and integration score of its groups."""

    __tablename__ = "nomination"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'submitted', 'frozen', 'withdrawn')", name="nomination_state"),
        CheckConstraint("package_version >= 0", name="nomination_packages"),
        Index(
            "nomination_one_a_year",
            "agency_id",
            "year",
            unique=True,
            postgresql_where=text("state <> 'withdrawn'"),
        ),
    )

    nomination_id: UUID = Field(primary_key=True, sa_type=Uuid)
    agency_id: str = Field(sa_type=Text)
    year: int
    state: str = Field(sa_type=Text)
    kawasan: list[dict[str, str | None]] = Field(sa_column=Column(JSONB, nullable=False))
    letter_id: UUID | None = Field(sa_type=Uuid, foreign_key="agency_document.document_id")
    sptjm_id: UUID | None = Field(sa_type=Uuid, foreign_key="agency_document.document_id")
    package_version: int = Field(sa_type=BigInteger)
    version: int = Field(sa_type=BigInteger)
    updated_at: datetime = Field(sa_column=moment())


class CandidacyRow(Table, table=True):
    """A unit's place in a proposal, as it was published last; one that was left out stays as withdrawn."""

    __tablename__ = "candidacy"
    __table_args__ = (
        UniqueConstraint("nomination_id", "unit_id", name="candidacy_unit"),
        CheckConstraint("category IN ('WBK', 'WBK-AFIRMASI', 'WBBM')", name="candidacy_category"),
        CheckConstraint("state IN ('proposed', 'submitted', 'frozen', 'withdrawn')", name="candidacy_state"),
        Index("candidacy_of_unit", "unit_id"),
    )

    candidacy_id: UUID = Field(primary_key=True, sa_type=Uuid)
    nomination_id: UUID = Field(sa_type=Uuid, foreign_key="nomination.nomination_id")
    unit_id: str = Field(sa_type=Text, foreign_key="unit.unit_id")
    place: int
    category: str = Field(sa_type=Text)
    kawasan: str | None = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    package_version: int = Field(sa_type=BigInteger)
    version: int = Field(sa_type=BigInteger)
    updated_at: datetime = Field(sa_column=moment())


class PackageRow(Table, table=True):
    """A frozen package; the application may insert and read only."""

    __tablename__ = "nomination_package"

    nomination_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="nomination.nomination_id")
    version: int = Field(primary_key=True, sa_type=BigInteger)
    sha256: str = Field(sa_type=Text)
    manifest: bytes = Field(sa_type=LargeBinary)
    reason: str | None = Field(sa_type=Text)
    frozen_by: str = Field(sa_type=Text)
    frozen_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class PackagePartRow(Table, table=True):
    """The bytes of one part of a package; the application may insert and read only."""

    __tablename__ = "nomination_part"
    __table_args__ = (
        ForeignKeyConstraint(
            ["nomination_id", "version"], ["nomination_package.nomination_id", "nomination_package.version"]
        ),
    )

    nomination_id: UUID = Field(primary_key=True, sa_type=Uuid)
    version: int = Field(primary_key=True, sa_type=BigInteger)
    name: str = Field(primary_key=True, sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)


AGENCY_DOCUMENT = AgencyDocumentRow.__table__
PRECONDITION = PreconditionRow.__table__
PREDICATE = PredicateRow.__table__
NOMINATION = NominationRow.__table__
CANDIDACY = CandidacyRow.__table__
PACKAGE = PackageRow.__table__
PACKAGE_PART = PackagePartRow.__table__
