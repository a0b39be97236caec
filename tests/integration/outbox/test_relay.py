"""The relay carries every committed event to Kafka, in order, and marks only what is acknowledged."""

from pathlib import Path

import pytest
from sqlalchemy import text

from shared import outbox
from shared.db import Database
from shared.outbox import broker
from tests.support.effects import TOPIC, answered
from tests.support.kafka import create_only, ends, read_from
from tests.support.polling import until
from tests.support.relaying import drained, record, relaying, unpublished
from tests.support.servers import KafkaServer


async def test_events_of_a_key_arrive_in_version_order(db: Database, topics: str) -> None:
    start = await ends(topics, [TOPIC])
    async with relaying(db, topics):
        for version in range(1, 200, 10):
            await record(db, *[answered("order", version + step) for step in range(10)])
        await until(lambda: drained(db))
    records = await read_from(topics, start)
    assert [dict(r.headers)["ce_sequence"] for r in records] == [str(n).encode() for n in range(1, 201)]


async def test_a_rolled_back_command_publishes_nothing(db: Database, topics: str) -> None:
    async def refused_late() -> None:
        async with db.transaction() as session:
            await outbox.record(session, [answered("ghost")], source="zi/test")
            raise LookupError

    start = await ends(topics, [TOPIC])
    async with relaying(db, topics):
        with pytest.raises(LookupError):
            await refused_late()
        await record(db, answered("kept"))
        await until(lambda: drained(db))
    assert [r.key for r in await read_from(topics, start)] == [b"u-kept"]


async def test_a_position_that_commits_late_is_not_skipped(db: Database, topics: str) -> None:
    start = await ends(topics, [TOPIC])
    async with relaying(db, topics):
        async with db.transaction() as slow:
            await outbox.record(slow, [answered("slow")], source="zi/test")
            await record(db, answered("quick"))

            async def quick_is_out() -> bool:
                return len(await read_from(topics, start)) == 1

            await until(quick_is_out)
        await until(lambda: drained(db))
    assert {r.key for r in await read_from(topics, start)} == {b"u-slow", b"u-quick"}


async def test_the_standby_takes_over_when_the_lock_connection_is_cut(
    db: Database, topics: str, postgres_admin_url: str
) -> None:
    start = await ends(topics, [TOPIC])
    async with relaying(db, topics) as first, relaying(db, topics) as second:

        async def one_is_active() -> bool:
            return [first.health().detail, second.health().detail].count("active") == 1

        await until(one_is_active)
        await record(db, answered("before"))
        await until(lambda: drained(db))
        async with db.transaction() as session:
            cut = await session.scalar(
                text(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory'"
                    " AND mode = 'ExclusiveLock'"
                    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
            )
        assert cut == 1
        await record(db, answered("after"))
        await until(lambda: drained(db))
        await until(one_is_active)
    assert [r.key for r in sorted(await read_from(topics, start), key=lambda r: r.timestamp)] == [
        b"u-before",
        b"u-after",
    ]


async def test_commands_are_accepted_while_kafka_is_away_and_leave_when_it_is_back(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "ACK_SECONDS", 2.0)  # it is noticed by a missing acknowledgement
    with KafkaServer(tmp_path) as server:
        await create_only(server.bootstrap, [TOPIC])
        start = await ends(server.bootstrap, [TOPIC])
        async with relaying(db, server.bootstrap) as relay:
            await record(db, answered("one"))
            await until(lambda: drained(db))
            server.kill()
            await record(db, answered("two"))
            assert await unpublished(db) == 1

            async def has_noticed() -> bool:
                return not relay.health().is_ready

            await until(has_noticed)
            async with db.reading() as session:
                assert await session.scalar(text("SELECT count(parked_at) FROM outbox")) == 0
            server.start()
            await until(lambda: drained(db))
        assert {r.key for r in await read_from(server.bootstrap, start)} == {b"u-one", b"u-two"}
