"""Fact tables: set-based upserts with a version guard, one statement per kind and batch."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Row, TextClause, inspect, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.tables import ComplaintCaseRow, Fact

Key = tuple[Any, ...]


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
def _columns(table: type[Fact]) -> tuple[tuple[str, str], ...]:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return tuple(
        (column.name, column.type.compile(dialect).replace("VARCHAR", "text"))
        for column in inspect(table).local_table.columns
    )


def _sent_as(kind: str) -> str:
    """Return the type a column travels in: the driver encodes arrays of JSON one by one, texts at once."""
    return "text" if kind == "JSONB" else kind


@cache
def _upsert(table: type[Fact]) -> TextClause:
    """One statement for any number of rows; `RETURNING old` instead of a join with the target.

    A joined batch keeps the plan of the empty table and slows down as the table fills (PostgreSQL 18's
    `old` needs no join). Source: performance.md section 7, trap 2.
    """
    name, keys, columns = inspect(table).local_table.name, key_columns(table), _columns(table)
    arrays = ", ".join(f"cast(:{column} AS {_sent_as(kind)}[])" for column, kind in columns)
    values = ", ".join(f"cast({column} AS {kind})" for column, kind in columns)
    listed = ", ".join(column for column, _ in columns)
    changes = ", ".join(f"{column} = excluded.{column}" for column, _ in columns if column not in keys)
    returned = [f"new.{key} AS {key}" for key in keys] + ["old.version AS old_version"]
    if table is ComplaintCaseRow:  # a case may move to another unit, whose count changes too
        returned += ["old.unit_id AS old_unit_id", "old.year AS old_year", "old.counts_as AS old_counts_as"]
    return text(f"""
        INSERT INTO {name} AS fact ({listed})
        SELECT {values} FROM unnest({arrays}) AS n({listed})
        ON CONFLICT ({", ".join(keys)}) DO UPDATE SET {changes}
        WHERE excluded.version > fact.version
        RETURNING {", ".join(returned)}
    """)


@cache
def _known(table: type[Fact]) -> TextClause:
    name, keys, kinds = inspect(table).local_table.name, key_columns(table), dict(_columns(table))
    arrays = ", ".join(f"cast(:{key} AS {kinds[key]}[])" for key in keys)
    return text(f"""
        SELECT {", ".join(keys)}, version, payload_hash FROM {name}
        WHERE ({", ".join(keys)}) IN (SELECT * FROM unnest({arrays}))
    """)


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
    arrays = {column: [row[column] for row in rows] for column, _ in _columns(table)}
    result = await session.execute(_upsert(table), arrays)
    return {tuple(row[:keys]): row for row in result}


async def known(
    session: AsyncSession, table: type[Fact], keys: Sequence[Key]
) -> dict[Key, tuple[int, bytes]]:
    """Return version and payload hash of stored facts, by key; no statement when `keys` is empty."""
    if not keys:
        return {}
    names = key_columns(table)
    result = await session.execute(
        _known(table),
        {name: list(column) for name, column in zip(names, zip(*keys, strict=True), strict=True)},
    )
    return {tuple(row[: len(names)]): (row.version, bytes(row.payload_hash)) for row in result}


_ANSWERS_BY_VERSION = text("""
    SELECT unit_id, year, version, layer, item_code, payload_hash FROM answer
    WHERE (unit_id, year, version) IN (SELECT * FROM unnest(
        cast(:units AS text[]), cast(:years AS int[]), cast(:versions AS bigint[])))
""")


async def answers_by_version(
    session: AsyncSession, wanted: Sequence[tuple[str, int, int]]
) -> dict[tuple[str, int, int], bytes]:
    """Return the payload hash of stored answers by unit, year and worksheet version."""
    if not wanted:
        return {}
    units, years, versions = zip(*wanted, strict=True)
    result = await session.execute(
        _ANSWERS_BY_VERSION, {"units": list(units), "years": list(years), "versions": list(versions)}
    )
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
