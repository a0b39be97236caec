"""Tables of gifts, nil returns, declarations and the map of conflicts; who gave a gift lies apart."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint, Uuid, text
from sqlmodel import Field

from services.complaints.matters.tables import DOSSIER
from services.complaints.tables import Table, moment, one_of


class GratificationRow(Table, table=True):
    """A reported gift, but who gave it; `estimate` in whole rupiah."""

    __tablename__ = "gratification"
    __table_args__ = (
        one_of("direction", "gratification_direction", ("terima", "tolak")),
        one_of("ownership", "gratification_ownership", ("milik_penerima", "milik_negara")),
        CheckConstraint("estimate >= 0", name="gratification_estimate"),
    )

    dossier_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="dossier.id")
    direction: str = Field(sa_type=Text)
    received_on: date
    place: str = Field(sa_type=Text)
    object_kind: str = Field(sa_type=Text)
    estimate: int = Field(sa_type=BigInteger)
    occasion: str = Field(sa_type=Text)
    giver_relation: str = Field(sa_type=Text)
    ownership: str | None = Field(sa_type=Text)
    decision_number: str | None = Field(sa_type=Text)
    handed_over_on: date | None


class NilReturnRow(Table, table=True):
    """A unit's word that it received no gift in a period, from its first to its last day."""

    __tablename__ = "nil_return"
    __table_args__ = (UniqueConstraint("unit_id", "period", name="nil_return_once"),)

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    unit_id: str = Field(sa_type=Text)
    agency_id: str = Field(sa_type=Text)
    period: str = Field(sa_type=Text)
    first_on: date
    last_on: date
    returned_by: str = Field(sa_type=Text)
    returned_at: datetime = moment()
    version: int = Field(sa_type=BigInteger)


class ConflictRow(Table, table=True):
    """A declared conflict of interest, and what was decided about it."""

    __tablename__ = "conflict"

    dossier_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="dossier.id")
    activity: str = Field(sa_type=Text)
    position: str = Field(sa_type=Text)
    conflict_type: str = Field(sa_type=Text)
    decision: str = Field(sa_type=Text)
    concerns_superior: bool
    control: str | None = Field(sa_type=Text)


class MapEntryRow(Table, table=True):
    """A possible conflict of a position in a unit, as of its newest version."""

    __tablename__ = "conflict_map"
    __table_args__ = (
        Index(
            "conflict_map_once",
            "unit_id",
            text("lower(activity)"),
            text("lower(position)"),
            "conflict_type",
            unique=True,
            postgresql_where=text("NOT is_retired"),
        ),
    )

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    unit_id: str = Field(sa_type=Text)
    agency_id: str = Field(sa_type=Text)
    activity: str = Field(sa_type=Text)
    position: str = Field(sa_type=Text)
    conflict_type: str = Field(sa_type=Text)
    control: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    reviewed_on: date
    is_retired: bool


class MapChangeRow(Table, table=True):
    """An entry of the map as each version had it: insert-only."""

    __tablename__ = "conflict_map_change"

    entry_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="conflict_map.id")
    version: int = Field(primary_key=True, sa_type=BigInteger)
    act: str = Field(sa_type=Text)
    activity: str = Field(sa_type=Text)
    position: str = Field(sa_type=Text)
    conflict_type: str = Field(sa_type=Text)
    control: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    at: datetime = moment()


GRATIFICATION = GratificationRow.__table__
NIL_RETURN = NilReturnRow.__table__
CONFLICT = ConflictRow.__table__
CONFLICT_MAP = MapEntryRow.__table__
CONFLICT_MAP_CHANGE = MapChangeRow.__table__
Index(
    "dossier_map_once",
    DOSSIER.c.unit_id,
    DOSSIER.c.period,
    unique=True,
    postgresql_where=text("kind = 'peta_benturan' AND state <> 'DIKOSONGKAN'"),
)
