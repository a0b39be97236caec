"""The deadline engine on real PostgreSQL: each rung once, in its order, however late."""

from datetime import timedelta

import asyncpg
import pytest

from services.complaints.domain.clocks import event_id
from services.complaints.jobs import DeadlinePoller
from services.complaints.store import now as database_now
from services.complaints.usecases.firing import fire_due
from shared.db.bootstrap import ServiceDatabase
from tests.integration.complaints.conftest import MovedClock, Office, wib
from tests.integration.complaints.engine import breaches, copy_clocks, drain


async def test_nothing_fires_before_its_time(
    office: Office, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await office.submit()  # Monday 5 January; D1 ends with Thursday 8 January
    await clock.set(wib(2026, 1, 9, 0) - timedelta(microseconds=1))
    await drain(poller)
    assert await breaches(office) == 0
    await clock.set(wib(2026, 1, 9, 0))
    await drain(poller)
    assert await breaches(office) == 1


async def test_each_rung_speaks_once_in_its_order(
    office: Office, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await office.submit()
    for half_day in range(2 * 30):
        await clock.set(wib(2026, 1, 5) + timedelta(hours=12 * half_day))
        await drain(poller)
    rungs = [row.rung for row in await office.rows("SELECT rung FROM deadline_fired ORDER BY detected_at")]
    assert rungs == ["p50", "p80", "due", "plus1", "plus3", "plus5", "repeat1", "repeat2"]
    sent = await office.rows("SELECT id, version FROM outbox WHERE type LIKE '%deadline%' ORDER BY position")
    assert [row.version for row in sent] == list(range(1, 10))
    ledger = await office.rows("SELECT event_id, event_key FROM deadline_fired ORDER BY detected_at")
    assert [row.id for row in sent[1:]] == [row.event_id for row in ledger]
    assert all(row.event_id == event_id(row.event_key) for row in ledger)


async def test_after_a_long_outage_the_breach_and_the_highest_rung_speak(
    office: Office, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await office.submit()
    await clock.set(wib(2026, 1, 14))
    await drain(poller)
    assert [r.rung for r in await office.rows("SELECT rung FROM deadline_fired ORDER BY fact DESC")] == [
        "due",
        "plus3",
    ]
    [breach] = await office.rows("SELECT * FROM deadline_fired WHERE fact = 'overdue'")
    assert (breach.due_at, breach.detected_at) == (wib(2026, 1, 9, 0), wib(2026, 1, 14))
    [clock_row] = await office.rows("SELECT breached_at FROM deadline WHERE rule = 'D1'")
    assert clock_row.breached_at == wib(2026, 1, 9, 0)
    owed = await office.rows("SELECT recipient_role, not_before FROM notification ORDER BY recipient_role")
    assert {row.recipient_role for row in owed} == {"complaint_officer", "complaint_supervisor", "inspector"}
    assert all(row.not_before.astimezone(wib(2026, 1, 1).tzinfo).hour == 7 for row in owed)


async def test_a_second_ledger_row_of_a_rung_cannot_exist(
    office: Office, clock: MovedClock, database: ServiceDatabase
) -> None:
    await office.submit(received_at=wib(2025, 12, 1))
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("UPDATE deadline SET next_rung = 0, next_fire_at = rung_at[1]")
    await owner.close()
    with pytest.raises(Exception, match="deadline_fired_pkey"):
        async with office.db.transaction() as session:
            await fire_due(session, await database_now(session))
    assert await breaches(office) == 1


async def test_a_day_of_outage_is_drained_in_batches(
    office: Office, clock: MovedClock, poller: DeadlinePoller, database: ServiceDatabase
) -> None:
    await office.submit()
    await copy_clocks(database, 1200)
    await clock.set(wib(2026, 1, 9, 0))
    await drain(poller)
    assert await breaches(office) == 1201
    [row] = await office.rows("SELECT count(DISTINCT id) FROM outbox WHERE type LIKE '%.overdue.v1'")
    assert row.count == 1201
