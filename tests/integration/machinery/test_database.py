"""What is told apart: a database that is away, and a value that it cannot hold."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.db import Database
from shared.db.database import is_away


@pytest.mark.parametrize("number", [2**63, 10**30])
async def test_a_value_no_column_holds_is_no_absence_of_the_database(db: Database, number: int) -> None:
    with pytest.raises(DBAPIError) as refused:
        async with db.reading() as session:
            await session.execute(text("SELECT cast(:number AS bigint)"), {"number": number})
    assert not is_away(refused.value)
