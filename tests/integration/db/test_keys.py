"""No unique key rests on an instant: two acts may fall on one, in one transaction they always do."""

import asyncpg
import pytest

from shared.db.roles import SERVICES
from tests.support.database import DatabaseMaker

COUNTED = {
    "rate_limit_pkey",  # a window of a counter: whoever meets its row adds to it
}
OF_SERVICE = {
    "complaints": {"statistics_day_pkey"},  # a day is counted once, by whichever process comes first
}
NUMBERED = {
    "outbox_pkey",  # the day is there for the partitions; `position` comes from a sequence
}


@pytest.mark.parametrize("service", SERVICES)
async def test_no_unique_key_is_made_of_a_moment(service: str, make_database: DatabaseMaker) -> None:
    owner = await asyncpg.connect((await make_database(service)).owner_url)
    try:
        found = await owner.fetch("""
            SELECT DISTINCT k.relname FROM pg_index i
            JOIN pg_class k ON k.oid = i.indexrelid
            JOIN pg_class t ON t.oid = i.indrelid
            JOIN pg_namespace n ON n.oid = t.relnamespace
            JOIN pg_attribute a ON a.attrelid = k.oid
            WHERE i.indisunique AND n.nspname IN ('public', 'identity') AND NOT t.relispartition
              AND a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype,
                                 'time'::regtype, 'timetz'::regtype)
        """)
    finally:
        await owner.close()
    assert {row["relname"] for row in found} == COUNTED | NUMBERED | OF_SERVICE.get(service, set())
