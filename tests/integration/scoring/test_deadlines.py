"""Deadlines of complaints are kept for the pages: newest first, no recount, nothing for other batches."""

import random
from datetime import timedelta

from sqlalchemy import select, text

from services.scoring import metrics
from services.scoring.store.digest import digest
from services.scoring.tables import DEADLINE
from services.scoring.usecases.measure import measure_gates
from shared.contracts.base import EventData
from shared.contracts.dead_letters import DeadLetterReason
from shared.db import Database
from shared.db.database import count_statements
from shared.kernel import UNASSIGNED_UNIT
from tests.support.database import DatabaseMaker
from tests.support.scoring import (
    AT,
    answered,
    case,
    deadline,
    fold_all,
    programme,
    registered,
)


async def states(db: Database) -> dict[str, tuple[str, str, int]]:
    async with db.reading() as session:
        rows = await session.execute(select(DEADLINE))
        return {row.deadline_id: (row.unit_id, row.state, row.version) for row in rows}


async def test_the_newest_fact_of_a_deadline_stands_whatever_the_order(
    make_database: DatabaseMaker,
) -> None:
    facts: list[EventData] = [
        deadline("u", 1),
        deadline("u", 1, 2, "reminded"),
        deadline("u", 1, 3, "overdue"),
        deadline("v", 1, 4, "resumed", due_at=AT + timedelta(days=9)),
        deadline("u", 2),
        deadline("u", 2, 2, "paused"),
        deadline("u", 3),
        deadline("u", 3, 2, "met"),
        deadline(UNASSIGNED_UNIT, 4),
        deadline(UNASSIGNED_UNIT, 4, 2, "cancelled"),
    ]
    digests = []
    for seed in range(3):
        random.Random(seed).shuffle(facts)
        db = Database((await make_database("scoring")).app_url)
        assert await fold_all(db, [*facts, *facts[:4]], batch=3) == []
        assert await states(db) == {
            "d-1": ("v", "running", 4),
            "d-2": ("u", "paused", 2),
            "d-3": ("u", "ended", 2),
            "d-4": (UNASSIGNED_UNIT, "ended", 2),
        }
        async with db.reading() as session:
            digests.append((await digest(session)).parts["deadline"])
        await db.close()
    assert digests[0] == digests[1] == digests[2]
    assert digests[0][0] == 4


async def test_another_payload_under_a_known_version_is_rejected(scoring_db: Database) -> None:
    await fold_all(scoring_db, [deadline("u", 1)])
    (rejected,) = await fold_all(scoring_db, [deadline("u", 1, rule_id="D5")])
    assert rejected.reason == DeadLetterReason.PAYLOAD_CONFLICT


async def test_a_deadline_moves_its_page_and_recounts_nothing(scoring_db: Database) -> None:
    await fold_all(scoring_db, [registered("u"), programme("u"), answered("u", 1, "A.I.1.i.b", "A")])
    counted = metrics.RECOMPUTED._value.get()
    before = await moved(scoring_db)
    await fold_all(scoring_db, [deadline("u", 1)])
    assert await moved(scoring_db) != before
    assert metrics.RECOMPUTED._value.get() == counted


async def moved(db: Database) -> object:
    async with db.reading() as session:
        return await session.scalar(text("SELECT moved_at FROM standing WHERE unit_id = 'u'"))


async def test_a_batch_without_deadlines_runs_no_statement_for_them(scoring_db: Database) -> None:
    await fold_all(scoring_db, [registered("u"), programme("u")])
    seen = count_statements(scoring_db.engine)
    await fold_all(scoring_db, [answered("u", 1, "A.I.1.i.b", "A"), case("u", 1)])
    assert not [one for one in seen if "deadline" in one]
    alone = [one for one in seen if "standing" in one]
    seen.clear()
    await fold_all(scoring_db, [answered("u", 2, "A.I.1.i.b", "B"), case("u", 1, 2), deadline("u", 1)])
    assert len([one for one in seen if "deadline" in one]) == 2  # what is known, and the writing
    assert len([one for one in seen if "standing" in one]) == len(alone) + 1  # the page has moved
    few = len(seen)
    seen.clear()
    await fold_all(scoring_db, [answered("u", 3, "A.I.1.i.b", "C"), case("u", 1, 3), *many(400)])
    assert len(seen) == few


def many(count: int) -> list[EventData]:
    return [deadline("u", number) for number in range(10, 10 + count)]


async def test_the_gates_of_an_older_release_are_measured_once(scoring_db: Database) -> None:
    await fold_all(scoring_db, [registered("u"), programme("u"), answered("u", 1, "B.I.b", "A")])
    async with scoring_db.transaction() as session:
        kept = await session.scalar(text("SELECT gate_points FROM standing"))
        await session.execute(text("UPDATE standing SET gate_points = '', writes = writes + 1"))
    async with scoring_db.transaction() as session:
        assert await measure_gates(session) == 1
    async with scoring_db.transaction() as session:
        assert await session.scalar(text("SELECT gate_points FROM standing")) == kept
        assert await measure_gates(session) == 0
    assert kept is not None
    assert str(5 * 10**12) in kept.split()
