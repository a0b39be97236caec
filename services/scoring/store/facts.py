"""Fact tables: set-based upserts with a version guard, one statement per kind and batch."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Row, TextClause, inspect, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.tables import ComplaintCaseRow, Fact, TallyRow, ThresholdRow
from shared.db.arrays import Columns

Key = tuple[Any, ...]

MOVABLE = (ComplaintCaseRow, TallyRow, ThresholdRow)
"""Facts that may move to another unit or year, whose page changes too."""


@cache
def key_columns(table: type[Fact]) -> tuple[str, ...]:
    """Return the names of a fact's key columns."""
    return tuple(column.name for column in inspect(table).primary_key)


@cache
def key_of(table: type[Fact]) -> Callable[[Mapping[str, Any]], Key]:
    """Return the function that picks a fact's key from its values."""
    names = key_columns(table)
    if len(names) == 1:
        (name,) = names
        return lambda values: (values[name],)
    return itemgetter(*names)


@cache
def _columns(table: type[Fact], *, only_key: bool = False) -> Columns:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    found = inspect(table).primary_key if only_key else inspect(table).local_table.columns
    kinds = {column.name: column.type.compile(dialect).replace("VARCHAR", "text") for column in found}
    return Columns(**kinds)


@cache
def _insert(table: type[Fact]) -> str:
    """One statement for any number of rows; the version guard holds whatever the caller knew."""
    name, keys, columns = inspect(table).local_table.name, key_columns(table), _columns(table)
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns.names if column not in keys)
    return f"""
        {columns.insert(name)}
        ON CONFLICT ({", ".join(keys)}) DO UPDATE SET {changes} WHERE excluded.version > {name}.version
    """


@cache
def _write(table: type[Fact]) -> TextClause:
    return text(_insert(table))


@cache
def _upsert(table: type[Fact]) -> TextClause:
    """Return what was written by `RETURNING old` instead of a join with the target.

    A joined batch keeps the plan of the empty table and slows down as the table fills (PostgreSQL 18's
    `old` needs no join). Source: performance.md section 7, trap 2.
    """
    returned = [f"new.{key} AS {key}" for key in key_columns(table)] + ["old.version AS old_version"]
    if table in MOVABLE:
        returned += ["old.unit_id AS old_unit_id", "old.year AS old_year"]
    return text(f"{_insert(table)} RETURNING {', '.join(returned)}")


@cache
def _known(table: type[Fact]) -> TextClause:
    keys = ", ".join(key_columns(table))
    return text(f"""
        SELECT {keys}, version, payload_hash FROM {inspect(table).local_table.name}
        WHERE ({keys}) IN (SELECT * FROM {_columns(table, only_key=True).sql})
    """)


async def write(session: AsyncSession, table: type[Fact], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write facts of which the caller knows, under a lock, that they are newer; each key at most once."""
    if rows:  # in the order of the index, whose pages are then visited once
        await session.execute(_write(table), _parameters(table, sorted(rows, key=key_of(table))))


async def upsert(
    session: AsyncSession, table: type[Fact], rows: Sequence[dict[str, Any]]
) -> dict[Key, Row[Any]]:
    """Write facts that are newer than what is stored and return those, by key.

    `rows` hold each key at most once. A row of the result has the key columns and `old_version`, None for
    a fact seen for the first time.
    """
    if not rows:
        return {}
    keys = len(key_columns(table))
    result = await session.execute(_upsert(table), _parameters(table, rows))
    return {tuple(row[:keys]): row for row in result}


def _parameters(table: type[Fact], rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    columns = _columns(table)
    return columns.of_columns([[row[name] for row in rows] for name in columns.names])


async def known(
    session: AsyncSession, table: type[Fact], keys: Sequence[Key]
) -> dict[Key, tuple[int, bytes]]:
    """Return version and payload hash of stored facts, by key; no statement when `keys` is empty."""
    if not keys:
        return {}
    found = await session.execute(_known(table), _columns(table, only_key=True).of(keys))
    return {tuple(row[:-2]): (row.version, bytes(row.payload_hash)) for row in found}


_VERSIONS = Columns(units="text", years="int", versions="bigint")
_ANSWERS_BY_VERSION = text(f"""
    SELECT unit_id, year, version, payload_hash FROM answer
    WHERE (unit_id, year, version) IN (SELECT * FROM {_VERSIONS.sql})
""")


async def answers_by_version(
    session: AsyncSession, wanted: Sequence[tuple[str, int, int]]
) -> dict[tuple[str, int, int], bytes]:
    """Return the payload hash of stored answers by unit, year and worksheet version."""
    if not wanted:
        return {}
    result = await session.execute(_ANSWERS_BY_VERSION, _VERSIONS.of(wanted))
    return {(row.unit_id, row.year, row.version): bytes(row.payload_hash) for row in result}


_COUNT_CASES = text("""
    SELECT unit_id, year, stream, counts_as, count(*) AS cases FROM complaint_case
    WHERE (unit_id, year) IN (SELECT * FROM unnest(cast(:units AS text[]), cast(:years AS int[])))
    GROUP BY unit_id, year, stream, counts_as
""")


async def count_cases(
    session: AsyncSession, unit_years: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], dict[tuple[str, str], int]]:
    """Count the cases of each unit and year by stream and `counts_as`, afresh from the facts."""
    if not unit_years:
        return {}
    units, years = zip(*unit_years, strict=True)
    counts: dict[tuple[str, int], dict[tuple[str, str], int]] = {pair: {} for pair in unit_years}
    for row in await session.execute(_COUNT_CASES, {"units": list(units), "years": list(years)}):
        counts[row.unit_id, row.year][row.stream, row.counts_as] = row.cases
    return counts
