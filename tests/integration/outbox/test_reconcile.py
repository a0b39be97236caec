"""What the outbox says was published is on the topic, or is brought there again."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.producer import message_accumulator
from aiokafka.producer import producer as producer_module
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.base import EventData
from shared.contracts.envelope import Event
from shared.contracts.planning import UnitRegistered, WorksheetAnswered
from shared.contracts.topics import produced_by
from shared.db import Database
from shared.outbox import reconcile as reconciling
from shared.outbox import snapshot as snapshots
from shared.outbox.reconcile import reconcile
from shared.outbox.snapshot import State, snapshot, snapshot_id
from shared.outbox.topics import Published, existing, records
from tests.support.effects import answered
from tests.support.kafka import create_only, producing, send
from tests.support.polling import until
from tests.support.relaying import drained, record, relaying
from tests.support.scoring import registered
from tests.support.servers import KafkaServer


async def test_an_event_the_broker_lost_is_published_again(db: Database, topics: str) -> None:
    async with relaying(db, topics):
        await record(db, answered("kept"))
        await until(lambda: drained(db))
    await record(db, answered("lost"))
    async with db.transaction() as session:  # acknowledged, then gone with the broker's tail
        await session.execute(text("UPDATE outbox SET published_at = now()"))
        lost = await session.scalar(text("SELECT id FROM outbox ORDER BY position DESC LIMIT 1"))

    first = await reconcile(db, topics, "planning", Tables().states)
    assert (first.checked, first.missing, first.altered) == (2, [lost], [])
    assert first.is_republished
    async with relaying(db, topics):
        await until(lambda: drained(db))
    assert (await reconcile(db, topics, "planning", Tables().states)).is_clean


async def test_what_waits_behind_the_pointer_is_not_missed(db: Database, topics: str) -> None:
    async with relaying(db, topics):
        await record(db, answered("kept"))
        await until(lambda: drained(db))
    await record(db, answered("waits"))
    found = await reconcile(db, topics, "planning", Tables(answered("kept"), answered("waits")).states)
    assert (found.checked, found.is_clean) == (1, True)
    said = await snapshot(db, topics, "planning", Tables(answered("waits")).states)
    assert (said.absent, said.republished, said.emitted) == (1, 0, 0)


async def test_a_ghost_is_reported_and_left_to_people(db: Database, topics: str) -> None:
    async with relaying(db, topics):
        await record(db, answered("known"))
        await until(lambda: drained(db))
    async with producing(topics) as producer:
        await send(producer, answered("ghost"))
    result = await reconcile(db, topics, "planning", Tables().states)
    assert len(result.ghosts) == 1
    assert not result.is_republished


async def test_altered_bytes_of_a_known_event_are_reported(db: Database, topics: str) -> None:
    async with relaying(db, topics):
        await record(db, answered("true"))
        await until(lambda: drained(db))
    async with db.transaction() as session:
        changed = answered("true", letter="B").model_dump_json().encode()
        await session.execute(text("UPDATE outbox SET payload = :p"), {"p": changed})
    result = await reconcile(db, topics, "planning", Tables().states)
    assert len(result.altered) == 1
    assert WorksheetAnswered.model_validate_json(changed).letter == "B"


class Tables:
    """A service whose tables hold these facts."""

    def __init__(self, *facts: EventData) -> None:
        self.facts = facts

    async def states(self, session: AsyncSession) -> AsyncIterator[State]:
        for fact in self.facts:
            yield State(fact, datetime(2026, 3, 2, tzinfo=UTC))


def unit(unit_id: str, version: int = 1) -> UnitRegistered:
    return registered(unit_id, version)


async def forget_outbox(db: Database) -> None:
    """Let the outbox be as after its window: the rows are gone."""
    async with db.transaction() as session:
        await session.execute(text("DELETE FROM outbox"))


async def test_states_that_the_topics_lack_are_missed_and_said_again_once(db: Database, topics: str) -> None:
    """The register's topic is compacted and the outbox forgets: only the tables still know."""
    old, newer = unit("lost-1"), unit("lost-2", 3)
    tables = Tables(old, newer, answered("lost-3"))
    async with relaying(db, topics):
        await record(db, unit("lost-2", 2))
        await until(lambda: drained(db))
    await forget_outbox(db)
    found = await reconcile(db, topics, "planning", tables.states)
    assert found.missing_states == {UnitRegistered.topic: 2, WorksheetAnswered.topic: 1}
    assert not found.is_clean

    rehearsed = await snapshot(db, topics, "planning", tables.states, dry_run=True)
    assert (rehearsed.absent, rehearsed.emitted) == (3, 0)
    said = await snapshot(db, topics, "planning", tables.states)
    assert (said.states, said.emitted, said.republished) == (3, 3, 0)
    waiting = await snapshot(db, topics, "planning", tables.states)
    assert (waiting.absent, waiting.emitted, waiting.republished) == (3, 0, 0)
    async with relaying(db, topics):
        await until(lambda: drained(db))
    assert (await reconcile(db, topics, "planning", tables.states)).missing_states == {}
    again = await snapshot(db, topics, "planning", tables.states)
    assert (again.absent, again.emitted) == (0, 0)
    everything = await snapshot(db, topics, "planning", tables.states, everything=True)
    assert (everything.absent, everything.emitted, everything.republished) == (3, 0, 3)
    async with db.reading() as session:
        ids = set(await session.scalars(text("SELECT id FROM outbox")))
    assert ids == {snapshot_id(fact) for fact in tables.facts}


async def test_a_lost_state_that_the_outbox_still_knows_comes_back_as_itself(
    db: Database, topics: str
) -> None:
    await record(db, unit("kept-1"))
    async with db.transaction() as session:
        await session.execute(text("UPDATE outbox SET published_at = now()"))
        known = await session.scalar(text("SELECT id FROM outbox"))
    tables = Tables(unit("kept-1"))
    found = await reconcile(db, topics, "planning", tables.states, republish=False)
    assert (found.missing, found.missing_states) == ([known], {UnitRegistered.topic: 1})
    said = await snapshot(db, topics, "planning", tables.states)
    assert (said.republished, said.emitted) == (1, 0)


@pytest.mark.parametrize("everything", [False, True])
async def test_a_newer_version_on_the_topic_is_never_talked_over(
    everything: bool, db: Database, topics: str
) -> None:
    async with producing(topics) as producer:
        await send(producer, unit("ahead-1", 5))
    tables = Tables(unit("ahead-1", 4))
    said = await snapshot(db, topics, "planning", tables.states, everything=everything)
    assert (said.ahead, said.absent) == (1, 0)


async def test_what_is_told_while_the_topics_are_read_is_no_sign_of_a_restored_database(
    db: Database, topics: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def meanwhile() -> None:
        async with relaying(db, topics):
            await record(db, unit("busy-1", 2))
            await until(lambda: drained(db))

    while_read(monkeypatch, snapshots, meanwhile)
    said = await snapshot(db, topics, "planning", Tables(unit("busy-1", 1)).states)
    assert (said.ahead, said.absent) == (0, 0)


async def test_an_old_state_is_not_said_behind_a_newer_one_on_a_compacted_topic(
    db: Database, topics: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    while_read(monkeypatch, snapshots, lambda: record(db, unit("late-1", 2), answered("late-2", 2)))
    tables = Tables(unit("late-1", 1), answered("late-2", 1))
    said = await snapshot(db, topics, "planning", tables.states)
    assert (said.absent, said.emitted) == (2, 1)
    async with db.reading() as session:
        rows = await session.execute(text("SELECT aggregateid, version FROM outbox ORDER BY position"))
        assert [tuple(row) for row in rows] == [("late-1", 2), ("late-2", 2), ("late-2", 1)]


async def test_an_old_event_is_not_sent_again_behind_a_newer_one_on_a_compacted_topic(
    db: Database, topics: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await record(db, unit("late-3", 1), unit("late-4", 1))
    async with db.transaction() as session:
        await session.execute(text("UPDATE outbox SET published_at = now()"))
    while_read(monkeypatch, reconciling, lambda: record(db, unit("late-3", 2)))
    tables = Tables(unit("late-3", 1), unit("late-4", 1))
    assert (await reconcile(db, topics, "planning", tables.states)).is_republished
    async with db.reading() as session:
        query = "SELECT aggregateid, version FROM outbox WHERE published_at IS NULL ORDER BY position"
        waiting = await session.execute(text(query))
        assert [tuple(row) for row in waiting] == [("late-4", 1), ("late-3", 2)]


def while_read(patch: pytest.MonkeyPatch, module: ModuleType, work: Callable[[], Awaitable[None]]) -> None:
    """Let `work` happen after the picture of the tables and before the topics are read."""

    async def later(bootstrap: str, places: Sequence[TopicPartition]) -> AsyncIterator[Published]:
        await work()
        async for found in records(bootstrap, places):
            yield found

    patch.setattr(module, "records", later)


class BadName(str):
    """A name of a header that is no text on the wire."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        return b"\xff\xfe"


async def test_no_record_stops_the_comparison(tmp_path: Path, db: Database) -> None:
    """Poison in every part, added partitions and a missing topic, on a broker of their own."""
    with KafkaServer(tmp_path) as server:
        await create_only(server.bootstrap, [entry.name for entry in produced_by("planning")])
        async with producing(server.bootstrap) as producer:
            await send(producer, unit("before"))
            for headers in (
                [("ce_id", b"\xff")],
                [("ce_id", b"1"), ("ce_type", b"\xff")],
                [("ce_id", None)],
                [],
            ):
                for value in (None, b"\xff", b"{", b"{}"):
                    await producer.send_and_wait(UnitRegistered.topic, value, key=b"before", headers=headers)
            with (
                patch.object(message_accumulator, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy),
                patch.object(producer_module, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy),
            ):
                for _ in range(3):
                    bad = [(BadName("bad"), b"")]
                    await producer.send_and_wait(UnitRegistered.topic, b"{}", key=b"before", headers=bad)
            await send(producer, unit("before", 2))
        admin = AIOKafkaAdminClient(bootstrap_servers=server.bootstrap)
        await admin.start()
        await admin.create_partitions({UnitRegistered.topic: NewPartitions(total_count=14)})
        await admin.delete_topics([WorksheetAnswered.topic])
        await admin.close()
        await until(lambda: has_no_worksheets(server.bootstrap))
        tables = Tables(unit("before", 2), unit("behind"))
        async with producing(server.bootstrap) as producer:
            data = unit("behind").model_dump_json().encode()
            headers = Event(unit("behind"), "zi/test", datetime.now(UTC)).headers()
            await until(lambda: has_partitions(server.bootstrap, 14))
            await producer.send_and_wait(
                UnitRegistered.topic, data, key=b"behind", partition=13, headers=headers
            )
        found = await reconcile(db, server.bootstrap, "planning", tables.states)
        assert (found.missing_topics, found.missing_states) == ([WorksheetAnswered.topic], {})
        assert not found.is_clean
        said = await snapshot(db, server.bootstrap, "planning", tables.states)
        assert (said.missing_topics, said.states) == ([WorksheetAnswered.topic], 0)


async def has_no_worksheets(bootstrap: str) -> bool:
    return not await existing(bootstrap, [WorksheetAnswered.topic])


async def has_partitions(bootstrap: str, count: int) -> bool:
    return len(await existing(bootstrap, [UnitRegistered.topic])) == count
