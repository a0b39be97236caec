"""Tables of what has deadlines and is no case: how it stands, and what was done to it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, Uuid, text
from sqlmodel import Field

from services.complaints.tables import Table, moment


class DossierRow(Table, table=True):
    """One matter of any kind without its content; each kind has a table of that.

    `period` is the part of a year, or the year, that it counts in. `is_late`: an act that others were told of
    came after its clock. `version` counts acts, `told_version` those that others were told of; the other
    `told_*` are what the last event said, and when.
    """

    __tablename__ = "dossier"
    __table_args__ = (
        Index("dossier_open", "kind", "unit_id", postgresql_where=text("closed_at IS NULL")),
        Index("dossier_closed", "kind", "closed_at", "id", postgresql_where=text("closed_at IS NOT NULL")),
        Index("dossier_period", "kind", "unit_id", "period"),
        Index("dossier_own", "opened_by", "kind"),
    )

    id: UUID = Field(primary_key=True, sa_type=Uuid)
    kind: str = Field(sa_type=Text)
    unit_id: str = Field(sa_type=Text)
    agency_id: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    period: str = Field(sa_type=Text)
    is_late: bool
    opened_by: str = Field(sa_type=Text)
    opened_at: datetime = moment()
    closed_at: datetime | None = moment(is_optional=True)
    version: int = Field(sa_type=BigInteger)
    told_fact: str | None = Field(sa_type=Text)
    told_version: int = Field(sa_type=BigInteger)
    told_at: datetime | None = moment(is_optional=True)


class DossierEventRow(Table, table=True):
    """One act on a matter: insert-only."""

    __tablename__ = "dossier_event"

    dossier_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="dossier.id")
    version: int = Field(primary_key=True, sa_type=BigInteger)
    act: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    at: datetime = moment()
    note: str | None = Field(sa_type=Text)


DOSSIER = DossierRow.__table__
DOSSIER_EVENT = DossierEventRow.__table__
