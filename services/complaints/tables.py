"""What tables of complaints have in common, and our replicas of units and people; subjects have their own."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Any, ClassVar

import sqlalchemy
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    LargeBinary,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Table(SQLModel, registry=registry()):
    """Base of the service's tables: metadata of their own, apart from every other service's."""

    __table__: ClassVar[sqlalchemy.Table]


def moment(*, is_optional: bool = False, has_default: bool = False) -> Any:
    default = func.now() if has_default else None
    return Field(sa_column=Column(DateTime(timezone=True), nullable=is_optional, server_default=default))


def array(kind: Any) -> Any:
    return Field(sa_column=Column(ARRAY(kind), nullable=False))


def one_of(column: str, name: str, values: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=name)


class UnitRow(Table, table=True):
    """Our replica of planning's register."""

    __tablename__ = "unit"
    __table_args__ = (
        one_of("zone", "unit_zone", ("WIB", "WITA", "WIT")),
        Index("unit_agency", "agency_id", "unit_id"),
    )

    unit_id: str = Field(primary_key=True, sa_type=Text)
    agency_id: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    zone: str = Field(sa_type=Text)
    is_active: bool
    is_demo: bool
    version: int = Field(sa_type=BigInteger)
    payload_hash: bytes = Field(sa_type=LargeBinary)


class PersonRow(Table, table=True):
    """Our replica of planning's people, by pseudonym; `substitutes` as they were told."""

    __tablename__ = "person"
    __table_args__ = (
        Index(
            "person_substitutes",
            "substitutes",
            postgresql_using="gin",
            postgresql_ops={"substitutes": "jsonb_path_ops"},
        ),
        Index("person_superior", "superior_id", postgresql_where=text("superior_id IS NOT NULL")),
    )

    person_id: str = Field(primary_key=True, sa_type=Text)
    unit_id: str = Field(sa_type=Text)
    superior_id: str | None = Field(sa_type=Text)
    subjects: list[str] = array(Text)
    is_leader: bool
    active_from: date
    active_to: date | None
    substitutes: list[dict[str, str]] = Field(sa_column=Column(JSONB, nullable=False))
    version: int = Field(sa_type=BigInteger)
    payload_hash: bytes = Field(sa_type=LargeBinary)


class PersonLogInRow(Table, table=True):
    """An account of a person of our replica, kept with its row: a look-up in arrays would read them all.

    For a moment two may have it, while it goes from one to the other: their facts come in any order.
    """

    __tablename__ = "person_log_in"
    __table_args__ = (Index("person_log_in_person", "person_id"),)

    subject: str = Field(primary_key=True, sa_type=Text)
    person_id: str = Field(primary_key=True, sa_type=Text, foreign_key="person.person_id")


UNIT = UnitRow.__table__
PERSON_LOG_IN = PersonLogInRow.__table__
PERSON = PersonRow.__table__


def columns_of(kind: type, table: sqlalchemy.Table) -> Sequence[Column[Any]]:
    """Return the column of each field of a domain object."""
    return [table.c[field.name] for field in fields(kind)]


def row_of(thing: Any, table: sqlalchemy.Table) -> dict[str, Any]:
    """Return those fields of a domain object that the table has as columns."""
    names = [field.name for field in fields(thing)]
    return {name: getattr(thing, name) for name in names if name in table.c}
