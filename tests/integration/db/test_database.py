"""What is told apart: a database that is away, and a value that it cannot hold."""

from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.db import Database, on_commit, savepoint
from shared.db.faults import is_away


@pytest.mark.parametrize("number", [2**63, 10**30])
async def test_a_value_no_column_holds_is_no_absence_of_the_database(db: Database, number: int) -> None:
    with pytest.raises(DBAPIError) as refused:
        async with db.reading() as session:
            await session.execute(text("SELECT cast(:number AS bigint)"), {"number": number})
    assert not is_away(refused.value)


async def test_what_a_failed_savepoint_asked_for_after_the_commit_is_not_done(db: Database) -> None:
    done: list[str] = []
    async with db.transaction() as session:
        on_commit(session, lambda: done.append("before"))
        with suppress(RuntimeError):
            async with savepoint(session):
                on_commit(session, lambda: done.append("inside"))
                raise RuntimeError
        on_commit(session, lambda: done.append("after"))
    assert done == ["before", "after"]
