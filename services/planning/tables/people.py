"""People of units by pseudonym; who they are lies in the schema `identity`, under a role of its own."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, Text, Uuid, text
from sqlmodel import Field

from services.planning.tables.base import Table, moment


class PersonRow(Table, table=True):
    """A person by a pseudonym; nobody is ever deleted, who left has a last day."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("superior_id <> person_id", name="person_superior_other"),
        CheckConstraint("active_from <= active_to", name="person_days"),
        CheckConstraint(
            "category IN ('civil_servant', 'contract', 'driver', 'helper', 'guard', 'parking', 'other')",
            name="person_category",
        ),
        Index("person_unit", "unit_id", "person_id"),
        Index("person_superior", "superior_id", postgresql_where=text("superior_id IS NOT NULL")),
    )

    person_id: UUID = Field(primary_key=True, sa_type=Uuid)
    unit_id: str = Field(sa_type=Text, foreign_key="unit.unit_id")
    category: str = Field(sa_type=Text)
    echelon: str | None = Field(sa_type=Text)
    is_leader: bool
    superior_id: UUID | None = Field(sa_type=Uuid, foreign_key="person.person_id")
    active_from: date = Field(sa_type=Date)
    active_to: date | None = Field(sa_type=Date)
    version: int = Field(sa_type=BigInteger)
    updated_at: datetime = Field(sa_column=moment())


class PersonLogInRow(Table, table=True):
    """An account of the issuer; the key says that it belongs to one person."""

    __tablename__ = "person_log_in"
    __table_args__ = (Index("person_log_in_person", "person_id"),)

    subject: str = Field(primary_key=True, sa_type=Text)
    person_id: UUID = Field(sa_type=Uuid, foreign_key="person.person_id")


class SubstitutionRow(Table, table=True):
    """Who acts for a person by decree, from the first to the last day, both included."""

    __tablename__ = "substitution"
    __table_args__ = (
        CheckConstraint("substitute_id <> person_id", name="substitution_other"),
        CheckConstraint("first <= last", name="substitution_days"),
        CheckConstraint("kind IN ('plh', 'leave')", name="substitution_kind"),
        Index("substitution_person", "person_id", "first"),
    )

    substitution_id: UUID = Field(primary_key=True, sa_type=Uuid)
    person_id: UUID = Field(sa_type=Uuid, foreign_key="person.person_id")
    substitute_id: UUID = Field(sa_type=Uuid, foreign_key="person.person_id")
    kind: str = Field(sa_type=Text)
    decree_number: str = Field(sa_type=Text)
    first: date = Field(sa_type=Date)
    last: date = Field(sa_type=Date)


class PersonIdentityRow(Table, table=True):
    """Who a person is."""

    __tablename__ = "person_identity"
    __table_args__ = (Index("person_identity_number", "employee_number"), {"schema": "identity"})

    person_id: UUID = Field(primary_key=True, sa_type=Uuid, foreign_key="person.person_id")
    name: str = Field(sa_type=Text)
    employee_number: str = Field(sa_type=Text)
    position: str | None = Field(sa_type=Text)
    contact: str | None = Field(sa_type=Text)


PERSON = PersonRow.__table__
PERSON_LOG_IN = PersonLogInRow.__table__
SUBSTITUTION = SubstitutionRow.__table__
PERSON_IDENTITY = PersonIdentityRow.__table__
