"""What is sent as an array literal arrives as it was: every type, NULL, quotes, backslashes, nothing."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from shared.db import Database
from shared.db.arrays import Columns
from tests.support.database import DatabaseMaker

MOMENT = datetime(2026, 3, 1, 12, 30, 0, 123456, tzinfo=UTC)

CASES: list[tuple[str, list[Any]]] = [
    ("text", ["a", "", "NULL", 'say "no"', "back\\slash", "a,b", "{x}", " padded ", "line\nbreak", "é"]),
    ("text", [None, "a", None]),
    ("text", [None]),
    ("text", []),
    ("int", [1, -2, None]),
    ("bigint", [2**62, 0]),
    ("boolean", [True, False]),
    ("boolean", [None, True]),
    ("uuid", [UUID(int=7), None]),
    ("date", [date(2026, 3, 1), None]),
    ("timestamptz", [MOMENT, None]),
    ("bytea", [b"", b"\x00\xff\\", None]),
]


@pytest.fixture(scope="module")
async def db(make_database: DatabaseMaker) -> Any:
    database = Database((await make_database("scoring")).app_url)
    yield database
    await database.close()


@pytest.mark.parametrize(("kind", "values"), CASES)
async def test_a_column_arrives_as_it_was(db: Database, kind: str, values: list[Any]) -> None:
    columns = Columns(value=kind)
    statement = text(f"SELECT * FROM {columns.sql} WITH ORDINALITY AS t(value, place) ORDER BY place")
    async with db.reading() as session:
        rows = await session.execute(statement, columns.of([(value,) for value in values]))
        assert [row.value for row in rows] == values


async def test_json_and_numbers_travel_as_text(db: Database) -> None:
    columns = Columns(detail="jsonb", points="numeric")
    statement = text(
        f"SELECT detail->>'a' AS a, cast(points AS text) AS points FROM {columns.sql} AS t(detail, points)"
    )
    async with db.reading() as session:
        row = (await session.execute(statement, columns.of([('{"a": "\\"x\\""}', "1.500")]))).one()
    assert tuple(row) == ('"x"', "1.500")


async def test_a_column_of_arrays_arrives_row_by_row(db: Database) -> None:
    values = [["a", 'say "no"', "back\\slash", "a,b"], [], None, ["NULL"]]
    columns = Columns(number="int", names="text[]")
    statement = text(f"SELECT names FROM {columns.sql} AS t ORDER BY number")
    async with db.reading() as session:
        rows = await session.execute(statement, columns.of(list(enumerate(values))))
        assert [row.names for row in rows] == values


async def test_a_column_of_arrays_of_ids_arrives_row_by_row(db: Database) -> None:
    values = [[UUID(int=1), UUID(int=2)], [], None, [UUID(int=3)]]
    columns = Columns(number="int", ids="uuid[]")
    statement = text(f"SELECT ids FROM {columns.sql} AS t(number, ids) ORDER BY number")
    async with db.reading() as session:
        rows = await session.scalars(statement, columns.of(list(enumerate(values))))
        assert rows.all() == values
