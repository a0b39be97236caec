"""The audit of due times: in small steps whose place is kept, one replica at a time, round after round."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import event, text

from services.complaints.deadlines.usecases import audit
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.jobs import AUDIT_REST_SECONDS, Audit, Figures
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.engine import copy_clocks, without

CLOCKS = 12


@pytest.fixture
def engine(engine: DeadlineEngine) -> DeadlineEngine:
    """Give a new case one clock alone, that of verification."""
    return without(engine, "D6C.1")


@pytest.fixture(autouse=True)
def _few_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "STEP", 5)


async def wrong(database: ServiceDatabase) -> None:
    """Make clocks of which all but the first have a due time that no count gives."""
    await copy_clocks(database, CLOCKS - 1, wib(2026, 1, 30))


async def seen(filer: Filer) -> list[UUID]:
    rows = await filer.rows("SELECT id FROM deadline WHERE kind <> 'canary' ORDER BY id")
    return [row.id for row in rows]


async def round_(filer: Filer) -> tuple[UUID | None, int, int | None]:
    [row] = await filer.rows("SELECT place, differ, last_differ FROM due_audit")
    return tuple(row)


async def test_a_restart_goes_on_where_the_audit_stopped(
    filer: Filer, clock: MovedClock, db: Database, database: ServiceDatabase
) -> None:
    await filer.submit()
    await wrong(database)
    ids = await seen(filer)
    rests = [await Audit(db, filer.engine).step() for _ in range(2)]  # each a process of its own
    assert AUDIT_REST_SECONDS not in rests
    place, differ, last = await round_(filer)
    assert (place, last) == (ids[9], None)
    assert differ in (9, 10)
    assert await Audit(db, filer.engine).step() == AUDIT_REST_SECONDS
    assert await round_(filer) == (None, CLOCKS - 1, CLOCKS - 1)


async def test_mismatches_are_told_of_the_last_complete_round_with_its_time(
    filer: Filer, clock: MovedClock, db: Database, database: ServiceDatabase
) -> None:
    await filer.submit()
    await wrong(database)
    figures = Figures(db, filer.engine)
    await Audit(db, filer.engine).step()
    await figures.look()
    assert REGISTRY.get_sample_value("zi_complaints_due_audit_mismatches") is None
    assert REGISTRY.get_sample_value("zi_complaints_due_audit_completed_timestamp_seconds") is None
    while await Audit(db, filer.engine).step() != AUDIT_REST_SECONDS:
        pass
    await figures.look()
    assert REGISTRY.get_sample_value("zi_complaints_due_audit_mismatches") == CLOCKS - 1
    ended = REGISTRY.get_sample_value("zi_complaints_due_audit_completed_timestamp_seconds")
    assert ended == clock.now().timestamp()


async def test_several_replicas_do_no_step_twice(
    filer: Filer, clock: MovedClock, db: Database, database: ServiceDatabase
) -> None:
    await filer.submit()
    await wrong(database)
    async with db.transaction() as session:
        assert await audit.step(session, filer.engine) is True
        assert await Audit(db, filer.engine).step() == AUDIT_REST_SECONDS  # somebody is at it
    await asyncio.gather(*(Audit(db, filer.engine).step() for _ in range(4)), return_exceptions=True)
    while await Audit(db, filer.engine).step() != AUDIT_REST_SECONDS:
        pass
    assert (await round_(filer))[2] == CLOCKS - 1


async def test_a_step_asks_the_same_few_questions_however_many_pauses_its_clocks_had(
    filer: Filer, clock: MovedClock, db: Database, database: ServiceDatabase
) -> None:
    await filer.submit()
    await copy_clocks(database, 4)
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(
        "INSERT INTO deadline_pause (deadline_id, start_at, end_at)"
        " SELECT id, zi_now(), zi_now() FROM deadline, generate_series(1, 3)"
    )
    await owner.close()
    statements: list[str] = []

    def note(*told: object) -> None:
        statements.append(str(told[2]))

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    await Audit(db, filer.engine).step()
    event.remove(db.engine.sync_engine, "before_cursor_execute", note)
    assert len(await round_(filer)) == 3
    assert 0 < len(statements) <= 12


@pytest.mark.parametrize(("finds", "hours"), [(False, 24), (True, 1)])
async def test_the_next_round_begins_a_day_after_the_last_or_an_hour_when_that_found_something(
    filer: Filer, clock: MovedClock, db: Database, database: ServiceDatabase, finds: bool, hours: int
) -> None:
    await filer.submit()
    if finds:
        await copy_clocks(database, 1, wib(2026, 1, 30))
    job = Audit(db, filer.engine)
    assert await job.step() == AUDIT_REST_SECONDS
    [first] = await filer.rows("SELECT began_at FROM due_audit")
    await clock.forward(hours=hours, minutes=-1)
    await job.step()
    assert await filer.rows("SELECT began_at FROM due_audit") == [first]
    await clock.forward(minutes=1)
    await job.step()
    [second] = await filer.rows("SELECT began_at FROM due_audit")
    assert second.began_at == clock.now()


async def test_a_deadline_that_an_act_moves_beside_a_step_is_no_mismatch(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    """Deadlines and their pauses are read in one snapshot."""
    await filer.submit()
    async with db.transaction() as session:
        await audit.step(session, filer.engine)
        [level] = await session.scalars(text("SHOW transaction_isolation"))
    assert level == "repeatable read"
