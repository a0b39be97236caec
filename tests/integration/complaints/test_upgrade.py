"""What ran under the release before runs on as it was promised."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from alembic import command

from services.complaints.deadlines.usecases import upkeep
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.jobs import lock
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase, bootstrap
from shared.db.migrate import migrate
from tests.integration.complaints.conftest import wib
from tests.integration.complaints.engine import audited
from tests.support.database import drop, service_database
from tests.support.migrations import at

BEFORE = "complaints_0010"
DEADLINE = """
    INSERT INTO deadline (id, case_ref, unit_id, kind, rule, policy, calendar_version, cycle, start_at,
        length, due_at, rung_at, rung_notify_at, rung_code, rung_to, due_rung, repeat_days, repeat_to,
        next_rung, next_fire_at, passed, status, is_provisional, is_backdated, armed_at, version)
    VALUES ($1, $1, 'u-1', 'pengaduan', 'D1', 'D1.1', 4, 1, $2, 3, $3::timestamptz,
        ARRAY[$3::timestamptz], ARRAY[$3::timestamptz], ARRAY['due'],
        ARRAY['complaint_officer'], 0, 0, '', 0, $3::timestamptz, '{}', 'armed', false, false, $2, 1)
"""
PAUSE = "INSERT INTO deadline_pause (deadline_id, start_at, end_at) VALUES ($1, $2, $3)"


@pytest.fixture
async def before(postgres_admin_url: str) -> AsyncIterator[ServiceDatabase]:
    """A database as the release before left it."""
    made = service_database(postgres_admin_url, "complaints", f"t_{uuid4().hex[:8]}_upgrade")
    await bootstrap(postgres_admin_url, made)
    await at("complaints", made.owner_url, command.upgrade, BEFORE)
    yield made
    await drop(postgres_admin_url, [made.name])


async def test_who_could_be_named_before_is_appointed_without_a_decree_for_90_days(
    before: ServiceDatabase,
) -> None:
    owner = await asyncpg.connect(before.owner_url)
    await owner.execute("""
        INSERT INTO unit VALUES ('u-1', 'a-1', 'Kantor Satu', 'WIB', true, false, 1, ''),
            ('u-2', 'a-1', 'Kantor Dua', 'WITA', false, false, 1, ''),
            ('u-3', 'a-2', 'Kantor Tiga', 'WIB', true, false, 1, '');
        INSERT INTO officer VALUES ('putu', 'case_handler', 'unit', 'u-1'),
            ('sari', 'case_handler', 'unit', 'u-1'), ('sari', 'case_handler', 'unit', 'u-2'),
            ('wati', 'case_handler', 'agency', 'a-1'), ('nasional', 'case_handler', 'national', '');
    """)
    await migrate("complaints", before.owner_url)
    rows = await owner.fetch("""
        SELECT agency_id, unit_ids, array_agg(subject ORDER BY subject) AS subjects
        FROM handling_unit JOIN handling_member ON handling_unit_id = id
        WHERE decree_number IS NULL AND valid_to = valid_from + 90 AND is_for_agency = (unit_ids = '{}')
        GROUP BY id ORDER BY agency_id, unit_ids
    """)
    assert [tuple(row) for row in rows] == [
        ("a-1", [], ["nasional", "wati"]),
        ("a-1", ["u-1"], ["putu", "sari"]),
        ("a-1", ["u-2"], ["sari"]),
        ("a-2", [], ["nasional"]),
    ]
    await owner.close()


async def test_a_pause_that_ended_before_keeps_the_day_it_moved(
    before: ServiceDatabase, engine: DeadlineEngine
) -> None:
    deadline = uuid4()
    due_at = wib(2026, 1, 10, 0)  # 3 days from Monday 5 January, and the night of the 6th had moved one
    owner = await asyncpg.connect(before.owner_url)
    await owner.execute(DEADLINE, deadline, wib(2026, 1, 5), due_at)
    await owner.execute(PAUSE, deadline, wib(2026, 1, 6, 23), wib(2026, 1, 7, 1))
    await owner.close()
    await migrate("complaints", before.owner_url)
    db = Database(before.app_url)
    assert await audited(db, engine) == 0
    async with db.transaction() as session:
        assert await upkeep.follow_calendar(session, engine, lock) == 0
    await db.close()
