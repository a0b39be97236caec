"""After complaints was restored: no rung fires twice, and what is said again stands above the topic."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import text

from services.complaints import snapshot
from services.complaints.cases.usecases import acts
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared import outbox
from shared.contracts.base import EventData
from shared.contracts.complaints import DeadlineRescheduled
from shared.outbox.snapshot import Behind
from tests.integration.complaints.conftest import OFFICER, Filer, MovedClock, wib
from tests.integration.complaints.engine import drain, without
from tests.integration.complaints.test_case_life import Walk
from tests.support.restoring import differences, fact_of, published, standing

TABLES = (
    "case_file", "case_event", "deadline", "deadline_pause", "deadline_change", "deadline_fired",
    "notification", "work_item", "outbox",
)  # fmt: skip


@pytest.fixture
def engine(engine: DeadlineEngine) -> DeadlineEngine:
    """Give a new case one clock alone, that of verification."""
    return without(engine, "D6C.1")


class Loss:
    """What the topics hold of the time that the restored database does not know, by part of an entity."""

    def __init__(self) -> None:
        self.told: dict[str, list[EventData]] = {}

    async def lift(self, filer: Filer) -> list[EventData]:
        """Lift every entity that was told about, as `zi restore finish` does, and return what is said."""
        said: list[EventData] = []
        async with filer.db.transaction() as session:
            for facts in self.told.values():
                lifted = await snapshot.lift(session, Behind(facts[-1], facts[-1].version, facts))
                assert lifted is not None
                said += lifted
            await outbox.record(session, said, source="zi/complaints")
        return said


@asynccontextmanager
async def lost(owner: asyncpg.Connection) -> AsyncIterator[Loss]:
    """Let the block happen, and then put the tables back as they were before it."""
    for table in TABLES:
        await owner.execute(f"CREATE TEMP TABLE saved_{table} AS SELECT * FROM {table}")
    loss = Loss()
    yield loss
    rows = await owner.fetch(
        "SELECT type, payload FROM outbox WHERE id NOT IN (SELECT id FROM saved_outbox) ORDER BY position"
    )
    for row in rows:
        fact = fact_of(row["type"], row["payload"])
        loss.told.setdefault(fact.part(), []).append(fact)
    names = ", ".join(TABLES)
    await owner.execute(f"TRUNCATE {names} CASCADE")
    for table in TABLES:
        override = "OVERRIDING SYSTEM VALUE" if table in ("deadline_change", "deadline_pause") else ""
        await owner.execute(f"INSERT INTO {table} {override} SELECT * FROM saved_{table}")


async def test_rungs_found_on_the_topic_are_taken_over_and_never_fire_again(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller, owner: asyncpg.Connection
) -> None:
    await filer.submit()
    async with lost(owner) as loss:
        for half_day in range(2 * 5):  # p50, p80, due, plus1
            await clock.set(wib(2026, 1, 5) + timedelta(hours=12 * half_day))
            await drain(poller)
        ledger = await filer.rows("SELECT * FROM deadline_fired ORDER BY detected_at")
        owed = await filer.rows("SELECT event_key, recipient_role FROM notification ORDER BY 1, 2")
        [before] = await filer.rows("SELECT * FROM deadline WHERE kind <> 'canary'")
        assert "due" in {row.rung for row in ledger}
    assert await filer.rows("SELECT * FROM deadline_fired") == []

    assert await loss.lift(filer) == []  # taking them over made the clock what the topic says of it
    assert await filer.rows("SELECT * FROM deadline_fired ORDER BY detected_at") == ledger
    assert await filer.rows("SELECT event_key, recipient_role FROM notification ORDER BY 1, 2") == owed
    assert await filer.rows("SELECT * FROM deadline WHERE kind <> 'canary'") == [before]
    assert await loss.lift(filer) == []

    await drain(poller)
    assert await filer.rows("SELECT * FROM deadline_fired ORDER BY detected_at") == ledger
    await clock.set(wib(2026, 1, 20))
    await drain(poller)
    fired = [row.rung for row in await filer.rows("SELECT rung FROM deadline_fired")]
    assert len(fired) == len(set(fired)) > len(ledger)


async def test_cases_and_clocks_are_said_again_above_the_topic(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller, owner: asyncpg.Connection
) -> None:
    walk = Walk(filer, (await filer.submit()).case)
    async with lost(owner) as loss:
        await walk.act(acts.request_completion, OFFICER, missing="Kapan kejadiannya?")
    loss.told = {part: facts for part, facts in loss.told.items() if facts[0].version > 1}  # the known ones
    said = await loss.lift(filer)
    assert [(type(fact).__name__, fact.version) for fact in said] == [
        ("CaseReceived", 3),
        ("DeadlineRescheduled", 3),
    ]
    assert differences(await published(filer.db), await standing(filer.db, snapshot)) == {}
    [moved] = [fact for fact in said if isinstance(fact, DeadlineRescheduled)]
    assert moved.old_due_at == moved.due_at
    walk.case = (await filer.submit()).case
    await walk.to_work()
    assert differences(await published(filer.db), await standing(filer.db, snapshot)) == {}


async def test_a_breach_found_on_the_topic_ends_a_pause_that_the_database_still_believes_in(
    filer: Filer, clock: MovedClock, poller: DeadlinePoller, owner: asyncpg.Connection
) -> None:
    walk = Walk(filer, (await filer.submit()).case)
    await walk.act(acts.request_completion, OFFICER, missing="Kapan kejadiannya?")
    async with lost(owner) as loss:
        await clock.forward(hours=3)
        await walk.act(acts.complete, OFFICER, note="Kemarin.", is_reporter=False)
        await clock.set(wib(2026, 1, 14))
        await drain(poller)
    await loss.lift(filer)
    rows = await filer.rows("SELECT status, breached_at IS NOT NULL AS late FROM deadline WHERE rule = 'D1'")
    assert [tuple(row) for row in rows] == [("armed", True)]
    await drain(poller)
    await clock.set(wib(2026, 1, 20))
    await drain(poller)
    overdue = await filer.rows("SELECT count(*) FROM deadline_fired WHERE fact = 'overdue' AND rule = 'D1'")
    assert overdue[0][0] == 1
    async with filer.db.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM deadline_pause WHERE end_at IS NULL")) == 0
