"""What tables of complaints have in common, and our replica of the units; each subject has its own tables."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, ClassVar

import sqlalchemy
from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, DateTime, Index, LargeBinary, Text, func
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


UNIT = UnitRow.__table__


def columns_of(kind: type, table: sqlalchemy.Table) -> Sequence[Column[Any]]:
    """Return the column of each field of a domain object."""
    return [table.c[field.name] for field in fields(kind)]


def row_of(thing: Any, table: sqlalchemy.Table) -> dict[str, Any]:
    """Return those fields of a domain object that the table has as columns."""
    names = [field.name for field in fields(thing)]
    return {name: getattr(thing, name) for name in names if name in table.c}
