"""Planning's tables. The first migration creates them; a test holds both in step."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Table(SQLModel, registry=registry()):
    """Base of planning's tables: metadata of their own, apart from every other service's."""

    __table__: ClassVar[sqlalchemy.Table]


def _now() -> Any:
    return Column(DateTime(timezone=True), nullable=False, server_default=func.now())


class UnitRow(Table, table=True):
    __tablename__ = "unit"
    __table_args__ = (
        CheckConstraint("zone IN ('WIB', 'WITA', 'WIT')", name="unit_zone"),
        CheckConstraint("parent_id <> unit_id", name="unit_parent_other"),
        CheckConstraint("merged_into <> unit_id", name="unit_merged_other"),
        Index("unit_agency", "agency_id", "unit_id"),
        Index("unit_parent", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index("unit_merged", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    )

    unit_id: str = Field(primary_key=True, sa_type=Text)
    agency_id: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    unit_type: str = Field(sa_type=Text)
    echelon: str = Field(sa_type=Text)
    has_service_function: bool
    zone: str = Field(sa_type=Text)
    is_active: bool
    is_demo: bool
    version: int = Field(sa_type=BigInteger)
    updated_at: datetime = Field(sa_column=_now())
    region: str | None = Field(sa_type=Text)
    parent_id: str | None = Field(sa_type=Text, foreign_key="unit.unit_id")
    merged_into: str | None = Field(sa_type=Text, foreign_key="unit.unit_id")


class ProgrammeRow(Table, table=True):
    __tablename__ = "programme"
    __table_args__ = (
        UniqueConstraint("unit_id", "year", name="programme_unit_year"),
        CheckConstraint("target IN ('WBK', 'WBBM')", name="programme_target"),
    )

    programme_id: UUID = Field(primary_key=True, sa_type=Uuid)
    unit_id: str = Field(sa_type=Text, foreign_key="unit.unit_id")
    year: int
    target: str = Field(sa_type=Text)
    edition: str = Field(sa_type=Text)
    rule_set: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    created_at: datetime = Field(sa_column=_now())
    policies: str | None = Field(sa_type=Text)


class ActivityRow(Table, table=True):
    __tablename__ = "activity"
    __table_args__ = (
        CheckConstraint("state IN ('planned', 'done')", name="activity_state"),
        Index("activity_programme", "programme_id", "activity_id"),
        Index("activity_due", "due_on", postgresql_where=text("state = 'planned'")),
    )

    activity_id: UUID = Field(primary_key=True, sa_type=Uuid)
    programme_id: UUID = Field(sa_type=Uuid, foreign_key="programme.programme_id")
    unit_id: str = Field(sa_type=Text, foreign_key="unit.unit_id")
    indicator_code: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    evidence_kinds: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    due_on: date | None
    state: str = Field(sa_type=Text)
    evidence_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    version: int = Field(sa_type=BigInteger)
    updated_at: datetime = Field(sa_column=_now())


class StoredFileRow(Table, table=True):
    """Bytes in the object store; several evidences may share them."""

    __tablename__ = "stored_file"
    __table_args__ = (CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="stored_file_sha256"),)

    sha256: str = Field(primary_key=True, sa_type=Text)
    size_bytes: int = Field(sa_type=BigInteger)
    media_type: str = Field(sa_type=Text)
    stored_at: datetime = Field(sa_column=_now())


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
    uploaded_at: datetime = Field(sa_column=_now())
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
    written_at: datetime = Field(sa_column=_now())
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
    imported_at: datetime = Field(sa_column=_now())


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


class AgencyRow(Table, table=True):
    """What is known of an agency beside its units; one without a row has no type."""

    __tablename__ = "agency"

    agency_id: str = Field(primary_key=True, sa_type=Text)
    agency_type: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    updated_at: datetime = Field(sa_column=_now())


class StageRow(Table, table=True):
    """Where the assessment of a unit and year stands; without a row it is being filled for the first time."""

    __tablename__ = "stage"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "year"], ["worksheet.unit_id", "worksheet.year"]),
        CheckConstraint("round > 0 AND tpi_round > 0", name="stage_rounds"),
        CheckConstraint("objection IN ('none', 'raised', 'answered')", name="stage_objection"),
        CheckConstraint("version > 0", name="stage_version"),
        Index("stage_year", "year", "stage", "unit_id"),
    )

    unit_id: str = Field(primary_key=True, sa_type=Text)
    year: int = Field(primary_key=True)
    stage: str = Field(sa_type=Text)
    round: int
    tpi_round: int
    is_nominated: bool
    objection: str = Field(sa_type=Text)
    is_awarded: bool | None
    is_carried_over: bool
    act: str | None = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    moved_at: datetime = Field(sa_column=_now())


class StageMoveRow(Table, table=True):
    """Every act on an assessment: who did it for which side, and why. Kept for good, never changed."""

    __tablename__ = "stage_move"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "year"], ["stage.unit_id", "stage.year"]),
        CheckConstraint("side IN ('unit', 'review', 'agency')", name="stage_move_side"),
        Index("stage_move_hand", "unit_id", "moved_by"),
    )

    unit_id: str = Field(primary_key=True, sa_type=Text)
    year: int = Field(primary_key=True)
    version: int = Field(primary_key=True, sa_type=BigInteger)
    act: str = Field(sa_type=Text)
    side: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    target: str = Field(sa_type=Text)
    round: int
    reason: str | None = Field(sa_type=Text)
    moved_by: str = Field(sa_type=Text)
    moved_at: datetime = Field(sa_column=_now())


class StageRoundRow(Table, table=True):
    """A layer as it was handed in: all answers up to the worksheet's version `cut`. Never changed."""

    __tablename__ = "stage_round"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "year"], ["worksheet.unit_id", "worksheet.year"]),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="stage_round_sha256"),
    )

    unit_id: str = Field(primary_key=True, sa_type=Text)
    year: int = Field(primary_key=True)
    layer: str = Field(primary_key=True, sa_type=Text)
    round: int = Field(primary_key=True)
    cut: int = Field(sa_type=BigInteger)
    revisions: dict[str, int] = Field(sa_column=Column(JSONB, nullable=False))
    sha256: str = Field(sa_type=Text)
    frozen_by: str = Field(sa_type=Text)
    frozen_at: datetime = Field(sa_column=_now())


class StageWindowRow(Table, table=True):
    """The first and last day of a stage in a year, for one agency or for all that have none of their own."""

    __tablename__ = "stage_window"
    __table_args__ = (
        UniqueConstraint(
            "year",
            "window",
            "agency_id",
            name="stage_window_once",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("num_nonnulls(opens_on, closes_on) > 0", name="stage_window_days"),
        CheckConstraint("opens_on <= closes_on", name="stage_window_order"),
    )

    window_id: UUID = Field(primary_key=True, sa_type=Uuid)
    year: int
    window: str = Field(sa_type=Text)
    agency_id: str | None = Field(sa_type=Text)
    opens_on: date | None
    closes_on: date | None
    reason: str | None = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    announced_at: datetime = Field(sa_column=_now())


class AssessorTeamRow(Table, table=True):
    """Assessors who work together; of an agency for the TPI layer, of none for the national one."""

    __tablename__ = "assessor_team"
    __table_args__ = (
        CheckConstraint("(layer = 'tpi') = (agency_id IS NOT NULL)", name="assessor_team_layer"),
    )

    team_id: str = Field(primary_key=True, sa_type=Text)
    layer: str = Field(sa_type=Text)
    agency_id: str | None = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    created_at: datetime = Field(sa_column=_now())


class AssessorRow(Table, table=True):
    """A person of a team by the issuer's pseudonym; `unit_id` is where they work, if in a unit of ours."""

    __tablename__ = "assessor"
    __table_args__ = (
        UniqueConstraint("team_id", "subject", name="assessor_once"),
        Index("assessor_subject", "subject"),
    )

    assessor_id: UUID = Field(primary_key=True, sa_type=Uuid)
    team_id: str = Field(sa_type=Text, foreign_key="assessor_team.team_id")
    subject: str = Field(sa_type=Text)
    organisation: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    unit_id: str | None = Field(sa_type=Text, foreign_key="unit.unit_id")
    is_active: bool
    version: int = Field(sa_type=BigInteger)
    updated_at: datetime = Field(sa_column=_now())


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
    uploaded_at: datetime = Field(sa_column=_now())


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
    told_at: datetime = Field(sa_column=_now())


class PredicateRow(Table, table=True):
    """A predicate that a unit was awarded, and its revocation."""

    __tablename__ = "predicate"
    __table_args__ = (
        UniqueConstraint("unit_id", "predicate", "decree_number", name="predicate_decree"),
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
    version: int = Field(sa_type=BigInteger)
    recorded_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_column=_now())


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
    updated_at: datetime = Field(sa_column=_now())


class AssignmentRow(Table, table=True):
    """A unit of a year in the hands of a team."""

    __tablename__ = "assignment"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "year"], ["worksheet.unit_id", "worksheet.year"]),
        Index("assignment_team", "team_id", "year"),
    )

    unit_id: str = Field(primary_key=True, sa_type=Text)
    year: int = Field(primary_key=True)
    layer: str = Field(primary_key=True, sa_type=Text)
    team_id: str = Field(sa_type=Text, foreign_key="assessor_team.team_id")
    version: int = Field(sa_type=BigInteger)
    assigned_at: datetime = Field(sa_column=_now())


class AssignmentShareRow(Table, table=True):
    """An assessor's part of a unit: areas 1-6 (none: all) and minutes planned."""

    __tablename__ = "assignment_share"
    __table_args__ = (
        ForeignKeyConstraint(
            ["unit_id", "year", "layer"], ["assignment.unit_id", "assignment.year", "assignment.layer"]
        ),
        CheckConstraint("minutes >= 0", name="assignment_share_minutes"),
        Index("assignment_share_assessor", "assessor_id", "year"),
    )

    unit_id: str = Field(primary_key=True, sa_type=Text)
    year: int = Field(primary_key=True)
    layer: str = Field(primary_key=True, sa_type=Text)
    assessor_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="assessor.assessor_id")
    areas: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    minutes: int


class FindingRow(Table, table=True):
    """A note of an assessor that wants the unit's answer."""

    __tablename__ = "finding"
    __table_args__ = (
        ForeignKeyConstraint(["unit_id", "year"], ["worksheet.unit_id", "worksheet.year"]),
        CheckConstraint("state IN ('open', 'answered')", name="finding_state"),
        CheckConstraint("(state = 'answered') = (answer IS NOT NULL)", name="finding_answer"),
        Index("finding_worksheet", "unit_id", "year", "finding_id"),
    )

    finding_id: UUID = Field(primary_key=True, sa_type=Uuid)
    unit_id: str = Field(sa_type=Text)
    year: int
    item_code: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    answer: str | None = Field(sa_type=Text)
    raised_by: str = Field(sa_type=Text)
    answered_by: str | None = Field(sa_type=Text)
    open_count: int
    version: int = Field(sa_type=BigInteger)
    changed_at: datetime = Field(sa_column=_now())


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
    updated_at: datetime = Field(sa_column=_now())


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


UNIT = UnitRow.__table__
PROGRAMME = ProgrammeRow.__table__
ACTIVITY = ActivityRow.__table__
STORED_FILE = StoredFileRow.__table__
EVIDENCE = EvidenceRow.__table__
EVIDENCE_REVISION = EvidenceRevisionRow.__table__
WORKSHEET = WorksheetRow.__table__
ANSWER = AnswerRow.__table__
WORKSHEET_IMPORT = WorksheetImportRow.__table__
WORDING_LOAD = WordingLoadRow.__table__
WORDING = WordingRow.__table__
AGENCY = AgencyRow.__table__
STAGE = StageRow.__table__
STAGE_MOVE = StageMoveRow.__table__
STAGE_ROUND = StageRoundRow.__table__
STAGE_WINDOW = StageWindowRow.__table__
ASSESSOR_TEAM = AssessorTeamRow.__table__
ASSESSOR = AssessorRow.__table__
ASSIGNMENT = AssignmentRow.__table__
ASSIGNMENT_SHARE = AssignmentShareRow.__table__
FINDING = FindingRow.__table__
AGENCY_DOCUMENT = AgencyDocumentRow.__table__
PRECONDITION = PreconditionRow.__table__
PREDICATE = PredicateRow.__table__
NOMINATION = NominationRow.__table__
CANDIDACY = CandidacyRow.__table__
PACKAGE = PackageRow.__table__
PACKAGE_PART = PackagePartRow.__table__


def columns_of(kind: type, *tables: sqlalchemy.Table) -> Sequence[Column[Any]]:
    """Return a column for each field of a domain object, from the first of the tables that has it."""
    names = [field.name for field in fields(kind)]
    return [next(table.c[name] for table in tables if name in table.c) for name in names]


def row_of(thing: Any, table: sqlalchemy.Table) -> dict[str, Any]:
    """Return those fields of a domain object that the table has as columns."""
    names = [field.name for field in fields(thing)]
    return {name: getattr(thing, name) for name in names if name in table.c}
