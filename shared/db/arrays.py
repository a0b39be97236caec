"""Columns for `unnest`, each sent as one array literal.

asyncpg asks of every element of an array whether it is an array itself, through two abstract base classes:
in a batch of thousands of rows that costs more than all other encoding. A literal is one text to it, joined
here and parsed by the server. Source: PostgreSQL documentation, section 8.15.6, array input syntax.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

_UNQUOTED: Mapping[str, Callable[[Any], str]] = {
    "int": str,
    "integer": str,
    "bigint": str,
    "boolean": str,
    "uuid": str,
    "date": lambda value: value.isoformat(),
    "timestamptz": lambda value: value.isoformat(),
    "timestamp with time zone": lambda value: value.isoformat(),
    "bytea": lambda value: f'"\\\\x{value.hex()}"',
}
"""How values are written whose text needs no quotes; all other types take texts, which are quoted."""


class Columns:
    """Named columns with their PostgreSQL types; any number of rows of them travel in one statement.

    Values: bytes for `bytea`, aware datetimes for `timestamptz`, text for `jsonb` and `numeric`, None.
    """

    def __init__(self, **types: str) -> None:
        self.names = tuple(types)
        """Names of the columns, in their order."""
        self._unquoted = {name: _UNQUOTED.get(kind.lower()) for name, kind in types.items()}
        arrays = ", ".join(f"cast(cast(:{name} AS text) AS {kind}[])" for name, kind in types.items())
        self.sql = f"unnest({arrays})"
        """A function that yields the rows, to stand in FROM."""

    def insert(self, table: str) -> str:
        """Return the statement that appends rows to a table."""
        return f"INSERT INTO {table} ({', '.join(self.names)}) SELECT * FROM {self.sql}"  # noqa: S608 - own names

    def of(self, rows: Sequence[Sequence[Any]]) -> dict[str, str]:
        """Return the parameters for rows whose values are in the order of the columns."""
        return self.of_columns(list(zip(*rows, strict=True)) or [()] * len(self._unquoted))

    def of_columns(self, columns: Sequence[Sequence[Any]]) -> dict[str, str]:
        """Return the parameters for columns of equal length, in their order."""
        return {
            name: _texts(values) if write is None else _plain(values, write)
            for (name, write), values in zip(self._unquoted.items(), columns, strict=True)
        }


def _plain(values: Sequence[Any], write: Callable[[Any], str]) -> str:
    return "{" + ",".join(["NULL" if value is None else write(value) for value in values]) + "}"


def _texts(values: Sequence[str | None]) -> str:
    if None in values:
        return "{" + ",".join(["NULL" if value is None else _quoted(value) for value in values]) + "}"
    joined = '","'.join(values)  # type: ignore[arg-type]  # no None among them
    if not values or "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        return "{" + ",".join(map(_quoted, values)) + "}"  # type: ignore[arg-type]
    return '{"' + joined + '"}'


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
