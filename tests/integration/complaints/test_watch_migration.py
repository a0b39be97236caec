"""What a database of the release before becomes when it is brought up to date."""

from uuid import uuid4

import asyncpg
from alembic import command

from shared.db.bootstrap import bootstrap
from shared.db.migrate import migrate
from tests.integration.complaints.conftest import wib
from tests.support.database import drop, service_database
from tests.support.migrations import at

CLOCK = """
    INSERT INTO deadline VALUES (gen_random_uuid(), $1, 'u-1', 'pengaduan', $2, 'D1.1', 4, 1,
        $3::timestamptz - interval '5 days', 3, $3, ARRAY[$3], ARRAY[$3], ARRAY['due'], ARRAY['pp'], 0, 0, '',
        0, $3, '{}', 'armed', NULL, NULL, false, true, $4, 1)
"""


async def test_deadlines_are_backdated_by_when_their_case_came_and_none_is_lost(
    postgres_admin_url: str,
) -> None:
    made = service_database(postgres_admin_url, "complaints", f"t_{uuid4().hex[:8]}_before_the_watch")
    await bootstrap(postgres_admin_url, made)
    await at("complaints", made.owner_url, command.upgrade, "complaints_0010")
    owner = await asyncpg.connect(made.owner_url)
    entered, due_before, due_after, acted = (wib(2026, 1, day) for day in (5, 2, 9, 20))
    case_ref = uuid4()
    await owner.execute(CLOCK, case_ref, "D1", due_before, entered)
    await owner.execute(CLOCK, case_ref, "D5", due_after, acted)
    await migrate("complaints", made.owner_url)
    rows = await owner.fetch("SELECT rule, is_backdated FROM deadline ORDER BY rule")
    await owner.close()
    await drop(postgres_admin_url, [made.name])
    assert [tuple(row) for row in rows] == [("D1", True), ("D5", False)]
