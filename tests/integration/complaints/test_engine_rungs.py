"""The deadline engine on real PostgreSQL: each rung once, in its order, however late."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import text

from services.complaints.deadlines.domain.schedule import event_id
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.store import canary, firing
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.firing import fire_due
from shared.db.bootstrap import ServiceDatabase
from shared.db.clock import database_now
from shared.db.faults import is_data_fault, is_retriable
from shared.observability.metrics import render
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.engine import breaches, copy_clocks, drain, without


@pytest.fixture
def engine(engine: DeadlineEngine) -> DeadlineEngine:
    """Give a new case one clock alone, that of verification."""
    return without(engine, "D6C.1")


async def test_nothing_fires_before_its_time(filer: Filer, clock: MovedClock, poller: DeadlinePoller) -> None:
    await filer.submit()  # Monday 5 January; D1 ends with Thursday 8 January
    await clock.set(wib(2026, 1, 9, 0) - timedelta(microseconds=1))
    await drain(poller)
    assert await breaches(filer) == 0
    await clock.set(wib(2026, 1, 9, 0))
    await drain(poller)
    assert await breaches(filer) == 1


async def test_each_rung_speaks_once_in_its_order(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await filer.submit()
    for half_day in range(2 * 30):
        await clock.set(wib(2026, 1, 5) + timedelta(hours=12 * half_day))
        await drain(poller)
    rungs = [row.rung for row in await filer.rows("SELECT rung FROM deadline_fired ORDER BY detected_at")]
    assert rungs == ["p50", "p80", "due", "plus1", "plus3", "plus5", "repeat1", "repeat2"]
    sent = await filer.rows("SELECT id, version FROM outbox WHERE type LIKE '%deadline%' ORDER BY position")
    assert [row.version for row in sent] == list(range(1, 10))
    ledger = await filer.rows("SELECT event_id, event_key FROM deadline_fired ORDER BY detected_at")
    assert [row.id for row in sent[1:]] == [row.event_id for row in ledger]
    assert all(row.event_id == event_id(row.event_key) for row in ledger)


async def test_after_a_long_outage_the_breach_and_the_highest_rung_speak(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await filer.submit()
    await clock.set(wib(2026, 1, 14))
    await drain(poller)
    assert [r.rung for r in await filer.rows("SELECT rung FROM deadline_fired ORDER BY fact DESC")] == [
        "due",
        "plus3",
    ]
    [breach] = await filer.rows("SELECT * FROM deadline_fired WHERE fact = 'overdue'")
    assert (breach.due_at, breach.detected_at) == (wib(2026, 1, 9, 0), wib(2026, 1, 14))
    [clock_row] = await filer.rows("SELECT breached_at FROM deadline WHERE rule = 'D1'")
    assert clock_row.breached_at == wib(2026, 1, 9, 0)
    owed = await filer.rows("SELECT recipient_role, not_before FROM notification ORDER BY recipient_role")
    assert {row.recipient_role for row in owed} == {"complaint_officer", "complaint_supervisor", "inspector"}
    assert all(row.not_before.astimezone(wib(2026, 1, 1).tzinfo).hour == 7 for row in owed)


async def test_a_second_ledger_row_of_a_rung_cannot_exist(
    filer: Filer, clock: MovedClock, database: ServiceDatabase
) -> None:
    await filer.submit(received_at=wib(2025, 12, 1))
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("UPDATE deadline SET next_rung = 0, next_fire_at = rung_at[1]")
    await owner.close()
    with pytest.raises(Exception, match="deadline_fired_pkey"):
        async with filer.db.transaction() as session:
            await fire_due(session, filer.engine.policies, await database_now(session))
    assert await breaches(filer) == 1


async def test_a_day_of_outage_is_drained_in_batches(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller, database: ServiceDatabase
) -> None:
    await filer.submit()
    await copy_clocks(database, 1200)
    await clock.set(wib(2026, 1, 9, 0))
    await drain(poller)
    assert await breaches(filer) == 1201
    [row] = await filer.rows("SELECT count(DISTINCT id) FROM outbox WHERE type LIKE '%.overdue.v1'")
    assert row.count == 1201


async def test_a_poller_that_is_behind_claims_two_batches_side_by_side(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller, database: ServiceDatabase
) -> None:
    await filer.submit()
    await copy_clocks(database, 1200)
    await clock.set(wib(2026, 1, 9, 0))
    assert await poller.poll() == 0.0
    assert await breaches(filer) == 500
    await poller.poll()
    assert await breaches(filer) == 1201


async def fail(*_: object) -> float:
    raise ValueError("a fault of this program")


@asynccontextmanager
async def broken(database: ServiceDatabase, count: int, code: str = "22003") -> AsyncIterator[None]:
    """Let the ledger refuse what some clocks fire, as for a value that no column holds."""
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(f"""
        CREATE TABLE broken AS SELECT id FROM deadline ORDER BY md5(id::text) LIMIT {count};
        GRANT SELECT ON broken TO PUBLIC;
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF EXISTS (SELECT FROM broken WHERE id = NEW.deadline_id) THEN
                RAISE EXCEPTION USING ERRCODE = '{code}';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON deadline_fired FOR EACH ROW EXECUTE FUNCTION refuse();
    """)
    try:
        yield
    finally:
        await owner.execute("DROP TRIGGER refuse ON deadline_fired; DROP FUNCTION refuse; DROP TABLE broken")
        await owner.close()


async def test_clocks_that_cannot_be_fired_hold_up_no_other_and_fire_once_when_they_are_mended(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller, database: ServiceDatabase
) -> None:
    await filer.submit()
    await copy_clocks(database, 1200)
    await clock.set(wib(2026, 1, 9, 0))
    async with broken(database, 3):
        polls = 0
        while await poller.poll() == 0.0:
            polls += 1
        assert await breaches(filer) == 1198
        assert "zi_complaints_clocks_put_aside 3.0" in render().decode()
        assert polls <= 3 * 3 * 10, "each culprit is found by halving, and then batches double"
        assert await poller.poll() > 0, "it rests while they are aside"

    await clock.set(wib(2026, 1, 9, 1))
    await drain(poller)
    assert await breaches(filer) == 1201
    assert "zi_complaints_clocks_put_aside 0.0" in render().decode()
    [row] = await filer.rows("SELECT count(DISTINCT id) FROM outbox WHERE type LIKE '%.overdue.v1'")
    assert row.count == 1201


async def test_however_long_it_takes_to_find_the_broken_clocks_the_others_fire(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller, database: ServiceDatabase
) -> None:
    """A minute passes with each poll: those put aside first are due again before the last ones are found."""
    await filer.submit()
    await copy_clocks(database, 150)
    start = wib(2026, 1, 9, 0)
    async with broken(database, 20):
        for minutes in range(300):
            await clock.set(start + timedelta(minutes=minutes))
            await poller.poll()
        assert "zi_complaints_clocks_put_aside 20.0" in render().decode()
        assert await breaches(filer) == 131
    await clock.set(start + timedelta(hours=15))
    await drain(poller)
    assert await breaches(filer) == 151


async def test_batches_are_whole_again_soon_after_a_fault_that_was_no_clocks(
    filer: Filer,
    clock: MovedClock,
    poller: DeadlinePoller,
    database: ServiceDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await filer.submit()
    await copy_clocks(database, 1200)
    await clock.set(wib(2026, 1, 9, 0))

    with monkeypatch.context() as patch:
        patch.setattr(canary, "arm", fail)
        with pytest.raises(ValueError, match="of this program"):
            await drain(poller)
    polls = 1
    while await poller.poll() == 0.0:
        polls += 1
    assert await breaches(filer) == 1201
    assert polls <= 12, "1, 2, 4 ... 500 clocks at once"


@pytest.mark.parametrize("code", ["58030", "42501", "P0001"])
async def test_an_outage_puts_no_clock_aside(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller, database: ServiceDatabase, code: str
) -> None:
    await filer.submit()
    await clock.set(wib(2026, 1, 9, 0))
    async with broken(database, 1, code):
        for _ in range(2):
            with pytest.raises(Exception) as raised:  # noqa: PT011 - which one is the database's affair
                await poller.poll()
            assert is_retriable(raised.value)
        assert "zi_complaints_clocks_put_aside 0.0" in render().decode()
    await drain(poller)
    assert await breaches(filer) == 1


async def test_what_fails_for_every_clock_is_no_fault_of_theirs(
    filer: Filer,
    clock: MovedClock,
    poller: DeadlinePoller,
    database: ServiceDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.complaints.deadlines.jobs.MOST_ASIDE", 5)
    await filer.submit()
    await copy_clocks(database, 20)
    await clock.set(wib(2026, 1, 9, 0))
    async with broken(database, 21):
        with pytest.raises(Exception) as raised:  # noqa: PT011 - which one is the database's affair
            await drain(poller)
    assert is_data_fault(raised.value)
    assert "zi_complaints_clocks_put_aside 5.0" in render().decode()


async def test_a_fault_beside_the_clocks_is_raised(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filer.submit()
    await clock.set(wib(2026, 1, 9, 0))

    monkeypatch.setattr(canary, "arm", fail)
    with pytest.raises(ValueError, match="of this program"):
        await drain(poller)
    assert await breaches(filer) == 0


async def test_a_claim_reads_the_clocks_that_it_takes_and_no_other(
    filer: Filer, clock: MovedClock, database: ServiceDatabase
) -> None:
    await filer.submit()
    await copy_clocks(database, 3000)
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("ANALYZE deadline")
    await owner.close()
    values = {"now": wib(2026, 1, 9, 0), "batch": firing.BATCH, "aside": []}
    async with filer.db.transaction() as session:
        plan = "\n".join(await session.scalars(text(f"EXPLAIN {firing._CLAIM_NEXT.text}"), values))
    assert "deadline_next" in plan
    assert "Seq Scan on deadline" not in plan, plan
