"""Columns for `unnest`, each sent as one array literal.

asyncpg asks of every element of an array whether it is an array itself, through two abstract base classes:
in a batch of thousands of rows that costs more than all other encoding. A literal is one text to it, joined
here and parsed by the server. Source: PostgreSQL documentation, section 8.15.6, array input syntax.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, any_, inspect, literal
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel


def among(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Tell whether a column is one of these values; the statement is the same however many they are."""
    return column == any_(literal(list(values), ARRAY(column.type)))


def key_names(table: type[SQLModel]) -> tuple[str, ...]:
    """Return the names of the columns of a table's primary key."""
    return tuple(column.name for column in inspect(table).primary_key)


class Columns:
    """Named columns with their PostgreSQL types; any number of rows of them travel in one statement.

    Values: bytes for `bytea`, aware datetimes for `timestamptz`, text for `jsonb` and `numeric`, a sequence
    of texts or ids for `text[]` and `uuid[]`, None.
    """

    def __init__(self, **types: str) -> None:
        self.names = tuple(types)
        """Names of the columns, in their order."""
        self.list = ", ".join(self.names)
        """The same, to stand in a statement."""
        kinds = {name: kind.lower() for name, kind in types.items()}
        self._literals = [_LITERALS.get(kind, _texts) for kind in kinds.values()]
        sent = {name: "text" if kind.endswith("[]") else kind for name, kind in kinds.items()}
        arrays = ", ".join(f"cast(cast(:{name} AS text) AS {kind}[])" for name, kind in sent.items())
        self.sql = f"unnest({arrays})"
        """A function that yields the rows, to stand in FROM."""
        if sent != kinds:  # `unnest` takes arrays of arrays apart, so each of them travels as its own text
            cast = ", ".join(
                f"cast({name} AS {kind})" if kind.endswith("[]") else name for name, kind in kinds.items()
            )
            self.sql = f"(SELECT {cast} FROM {self.sql} AS sent({self.list}))"  # noqa: S608 - own names

    @classmethod
    def of_table(cls, table: type[SQLModel], *names: str) -> "Columns":
        """Return the columns of a table with these names, or all, with the types that it gives them."""
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        columns = inspect(table).local_table.columns
        kinds = {column.name: column.type.compile(dialect).replace("VARCHAR", "text") for column in columns}
        return cls(**{name: kinds[name] for name in names or kinds})

    def insert(self, table: str, **computed: str) -> str:
        """Return the statement that appends rows to a table; `computed` adds columns by their expressions."""
        names, values = ", ".join((self.list, *computed)), ", ".join(("*", *computed.values()))
        return f"INSERT INTO {table} ({names}) SELECT {values} FROM {self.sql}"  # noqa: S608 - own names

    def replacing(self, key: Sequence[str], *computed: str) -> str:
        """Return the end of an insertion that replaces rows of the same key; more may follow."""
        changes = (name for name in (*self.names, *computed) if name not in key)
        return (
            f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET "
            f"{', '.join(f'{name} = excluded.{name}' for name in changes)}"
        )

    def of(self, rows: Sequence[Sequence[Any]]) -> dict[str, str]:
        """Return the parameters for rows whose values are in the order of the columns."""
        return self.of_columns(list(zip(*rows, strict=True)) or [()] * len(self.names))

    def of_columns(self, columns: Sequence[Sequence[Any]]) -> dict[str, str]:
        """Return the parameters for columns of equal length, in their order."""
        return {
            name: literal(values)
            for name, literal, values in zip(self.names, self._literals, columns, strict=True)
        }


def _numbers(values: Sequence[Any]) -> str:
    if None in values:
        return _plain(["NULL" if value is None else str(value) for value in values])
    return "{" + str(list(values))[1:-1] + "}"  # Python writes a list of numbers or truths as they are read


def _plain(texts: Iterable[str]) -> str:
    return "{" + ",".join(texts) + "}"


def _uuids(values: Sequence[UUID | None]) -> str:
    return _plain(["NULL" if value is None else value.hex for value in values])


def _times(values: Sequence[date | None]) -> str:
    return _plain(["NULL" if value is None else value.isoformat() for value in values])


def _bytes(values: Sequence[bytes | None]) -> str:
    return _plain(["NULL" if value is None else f'"\\\\x{value.hex()}"' for value in values])


def _texts(values: Sequence[str | None]) -> str:
    if None in values:
        return _plain(["NULL" if value is None else _quoted(value) for value in values])
    joined = '","'.join(values)  # type: ignore[arg-type]  # no None among them
    if not values or "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        return _plain(map(_quoted, values))  # type: ignore[arg-type]
    return '{"' + joined + '"}'


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _arrays(values: Sequence[Sequence[str] | None]) -> str:
    return _texts([None if value is None else _texts(value) for value in values])


def _arrays_of_uuids(values: Sequence[Sequence[UUID] | None]) -> str:
    return _texts([None if value is None else _uuids(value) for value in values])


_LITERALS: Mapping[str, Callable[[Sequence[Any]], str]] = {
    "int": _numbers,
    "integer": _numbers,
    "bigint": _numbers,
    "boolean": _numbers,
    "uuid": _uuids,
    "date": _times,
    "timestamptz": _times,
    "timestamp with time zone": _times,
    "bytea": _bytes,
    "text[]": _arrays,
    "uuid[]": _arrays_of_uuids,
}
"""How a column of each type is written; all other types take texts."""
