"""The base of planning's tables, and how rows and domain objects meet."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, ClassVar

import sqlalchemy
from sqlalchemy import Column, DateTime, func
from sqlalchemy.orm import registry
from sqlmodel import SQLModel


class Table(SQLModel, registry=registry()):
    """Base of planning's tables: metadata of their own, apart from every other service's."""

    __table__: ClassVar[sqlalchemy.Table]


def moment() -> Any:
    """Return a column of the moment at which the database takes the row in."""
    return Column(DateTime(timezone=True), nullable=False, server_default=func.now())


def columns_of(kind: type, *tables: sqlalchemy.Table) -> Sequence[Column[Any]]:
    """Return a column for each field of a domain object, from the first of the tables that has it."""
    names = [field.name for field in fields(kind)]
    return [next(table.c[name] for table in tables if name in table.c) for name in names]


def row_of(thing: Any, table: sqlalchemy.Table) -> dict[str, Any]:
    """Return those fields of a domain object that the table has as columns."""
    names = [field.name for field in fields(thing)]
    return {name: getattr(thing, name) for name in names if name in table.c}
