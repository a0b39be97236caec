"""Columns for `unnest`, each sent as one array literal.

asyncpg asks of every element of an array whether it is an array itself, through two abstract base classes:
in a batch of thousands of rows that costs more than all other encoding. A literal is one text to it, joined
here and parsed by the server. Source: PostgreSQL documentation, section 8.15.6, array input syntax.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID


class Columns:
    """Named columns with their PostgreSQL types; any number of rows of them travel in one statement.

    Values: bytes for `bytea`, aware datetimes for `timestamptz`, text for `jsonb` and `numeric`, None.
    """

    def __init__(self, **types: str) -> None:
        self.names = tuple(types)
        """Names of the columns, in their order."""
        self._literals = [_LITERALS.get(kind.lower(), _texts) for kind in types.values()]
        arrays = ", ".join(f"cast(cast(:{name} AS text) AS {kind}[])" for name, kind in types.items())
        self.sql = f"unnest({arrays})"
        """A function that yields the rows, to stand in FROM."""

    def insert(self, table: str) -> str:
        """Return the statement that appends rows to a table."""
        return f"INSERT INTO {table} ({', '.join(self.names)}) SELECT * FROM {self.sql}"  # noqa: S608 - own names

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
}
"""How a column of each type is written; all other types take texts."""
