"""A row that the broker will not take waits with its key; all others leave once and in order."""

import os
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest
from sqlalchemy import text

from shared.db import Database
from shared.kernel import new_id
from shared.outbox import parking
from shared.outbox import relay as relay_module
from shared.outbox.backlog import Backlog
from shared.outbox.parking import Parking
from shared.outbox.right import contending
from shared.process.probes import Health
from tests.support.effects import TOPIC, answered
from tests.support.kafka import ends, read_from
from tests.support.polling import until
from tests.support.relaying import drained, record, relaying, unpublished

MIB = 1_048_576
TOPIC_AUTHORIZATION_FAILED = 29


@pytest.fixture(autouse=True)
def _probe_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "PROBE_SECONDS", 0.2)


async def write(db: Database, key: str, *values: bytes, topic: str = TOPIC, headers: Any = None) -> None:
    """Write rows by SQL, as no service of ours would."""
    usual = [["ce_time", datetime.now(UTC).isoformat()]]
    async with db.transaction() as session:
        for value in values:
            await session.execute(
                text("""
                    INSERT INTO outbox (id, aggregatetype, aggregateid, type, version, topic, record_key,
                                        headers, payload)
                    VALUES (:id, 'test', :key, 'test', 1, :topic, :key, cast(:headers AS jsonb), :value)
                """),
                {
                    "id": new_id(),
                    "key": key,
                    "topic": topic,
                    "headers": orjson.dumps(usual if headers is None else headers).decode(),
                    "value": value,
                },
            )


async def parked(db: Database) -> list[tuple[str, str]]:
    """Return key and reason of all that is put aside, in order."""
    async with db.reading() as session:
        return [(row["key"], row["reason"]) for row in (await parking.listing(session)).rows]


async def settled(db: Database, waiting: int) -> bool:
    """Tell whether nothing waits for the relay but what is put aside."""
    return len(await parked(db)) == waiting == await unpublished(db)


async def values(bootstrap: str, start: Any, key: str | None = None) -> list[bytes]:
    return [r.value for r in await read_from(bootstrap, start) if key is None or r.key == key.encode()]


async def release(db: Database, position: int | None) -> int:
    async with db.transaction() as session:
        return await parking.release(session, position)


async def make_topic(bootstrap: str, name: str, **configs: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1, topic_configs=configs)])
    await admin.close()


async def allow_large(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    large = {"max.message.bytes": str(4 * MIB)}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, large)])
    await admin.close()


def fresh_topic() -> str:
    return f"zi.test.{new_id().hex}.v1"


def numbered(prefix: str, first: int, count: int) -> list[bytes]:
    return [f"{prefix}{number}".encode() for number in range(first, first + count)]


async def test_a_row_too_large_for_the_broker_holds_up_its_own_key_only(db: Database, topics: str) -> None:
    topic, large = fresh_topic(), os.urandom(2 * MIB)
    await make_topic(topics, topic)
    start = {TopicPartition(topic, 0): 0}
    await write(db, "a", b"a1", topic=topic)
    await write(db, "a", large, b"a3", topic=topic)
    await write(db, "b", *numbered("b", 1, 300), topic=topic)
    async with relaying(db, topics) as relay:
        await until(lambda: settled(db, 2))
        await write(db, "a", b"a4", topic=topic)
        await write(db, "b", *numbered("b", 301, 10), topic=topic)
        await until(lambda: settled(db, 3))
        assert await parked(db) == [("a", "too_large"), ("a", "behind"), ("a", "behind")]
        assert relay.health().is_ready
        assert await values(topics, start, "a") == [b"a1"]
        assert await values(topics, start, "b") == numbered("b", 1, 310)

        await allow_large(topics, topic)
        async with db.reading() as session:
            behind = (await parking.listing(session)).rows[1]["position"]
        assert await release(db, behind) == 3
        await until(lambda: drained(db))
    assert await values(topics, start, "a") == [b"a1", large, b"a3", b"a4"]


async def test_nothing_overtakes_a_refused_row_of_its_key(db: Database, topics: str) -> None:
    """The broker knows nothing of a producer whose first batch it refused, and would take its second."""
    topic = fresh_topic()
    await make_topic(topics, topic)
    await write(db, "a", os.urandom(2 * MIB), b"a2", topic=topic)
    async with relaying(db, topics):
        await until(lambda: settled(db, 2))
    assert await values(topics, {TopicPartition(topic, 0): 0}) == []


async def test_one_refused_row_among_many_of_its_batch_is_found(db: Database, topics: str) -> None:
    topic = fresh_topic()
    await make_topic(topics, topic)
    start = {TopicPartition(topic, 0): 0}
    await write(db, "a", *numbered("a", 1, 20), topic=topic)
    future = (datetime.now(UTC) + timedelta(days=400)).isoformat()
    await write(db, "b", b"late", topic=topic, headers=[["ce_time", future]])
    await write(db, "a", *numbered("a", 21, 20), topic=topic)
    await write(db, "b", b"after", topic=topic)
    async with relaying(db, topics):
        await until(lambda: settled(db, 2))
    assert await parked(db) == [("b", "refused: InvalidTimestampError"), ("b", "behind")]
    assert await values(topics, start) == numbered("a", 1, 40)


async def test_a_missing_topic_stops_its_own_events_only_and_heals_by_itself(
    db: Database, topics: str
) -> None:
    missing = fresh_topic()
    start = await ends(topics, [TOPIC])
    await write(db, "k", b"1", b"2", topic=missing)
    await write(db, "l", b"1", topic=missing)
    await record(db, answered("other"))
    async with relaying(db, topics):
        await until(lambda: settled(db, 3))
        await write(db, "k", b"3", topic=missing)
        await write(db, "m", b"1", topic=missing)
        await record(db, answered("other", 2))
        await until(lambda: settled(db, 5))
        assert {reason for _, reason in await parked(db)} == {"topic_missing", "behind"}
        assert len(await read_from(topics, start)) == 2

        await make_topic(topics, missing)
        await until(lambda: drained(db))
    records = await read_from(topics, {TopicPartition(missing, 0): 0})
    assert [(r.key, r.value) for r in records if r.key == b"k"] == [(b"k", b"1"), (b"k", b"2"), (b"k", b"3")]
    assert len(records) == 5


async def test_a_topic_without_the_right_to_write_waits_until_the_right_is_there(
    db: Database, topics: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic, is_allowed = fresh_topic(), False
    await make_topic(topics, topic)
    send = AIOKafkaClient.send

    async def guarded(client: Any, node: Any, request: Any, **options: Any) -> Any:
        """Answer as a broker with access lists does."""
        names = [name for name, _ in request._topics] if isinstance(request, ProduceRequest) else []
        if is_allowed or topic not in names:
            return await send(client, node, request, **options)
        assert names == [topic], "the test sends one topic at a time"
        return SimpleNamespace(API_VERSION=7, topics=[(topic, [(0, TOPIC_AUTHORIZATION_FAILED, -1, -1, -1)])])

    monkeypatch.setattr(AIOKafkaClient, "send", guarded)
    await write(db, "k", b"1", b"2", topic=topic)
    async with relaying(db, topics):
        await until(lambda: settled(db, 2))
        assert await parked(db) == [("k", "not_authorized"), ("k", "behind")]
        start = await ends(topics, [TOPIC])
        await write(db, "l", b"1", topic=topic)
        await record(db, answered("other"))
        await until(lambda: settled(db, 3))
        assert len(await read_from(topics, start)) == 1
        is_allowed = True
        await until(lambda: drained(db))
    records = await read_from(topics, {TopicPartition(topic, 0): 0})
    assert sorted((r.key, r.value) for r in records) == [(b"k", b"1"), (b"k", b"2"), (b"l", b"1")]


@pytest.mark.parametrize(
    "headers",
    [
        {"ce_time": "2026-01-01T00:00:00Z"},
        [],
        [["ce_time", "yesterday"]],
        [["ce_time", None]],
        [["ce_time", "0001-01-01T00:00:00+07:00"], "x"],
        [["ce_time", "2026-01-01T00:00:00Z"], ["x", 1]],
        [["ce_time", "2026-01-01T00:00:00Z"], [1, "x"]],
        [["ce_time", "2026-01-01T00:00:00Z"], [None, "x"]],
        7,
        "text",
        [1],
    ],
)
async def test_a_row_with_broken_content_is_put_aside(db: Database, topics: str, headers: Any) -> None:
    await write(db, "broken", b"1", headers=headers)
    await record(db, answered("whole"))
    async with relaying(db, topics):
        await until(lambda: settled(db, 1))
    assert await parked(db) == [("broken", "malformed")]


async def test_a_row_whose_key_alone_is_too_large_is_put_aside(db: Database, topics: str) -> None:
    await write(db, os.urandom(MIB).hex(), b"1")
    await record(db, answered("whole"))
    async with relaying(db, topics):
        await until(lambda: settled(db, 1))
    assert [reason for _, reason in await parked(db)] == ["too_large"]


async def test_a_topic_name_that_no_broker_can_have_is_put_aside(db: Database, topics: str) -> None:
    await write(db, "k", b"1", topic="no such/topic " + "x" * 300)
    await record(db, answered("whole"))
    async with relaying(db, topics):
        await until(lambda: settled(db, 1))
    assert await parked(db) == [("k", "refused: InvalidTopicError")]


async def test_a_released_row_that_is_refused_again_waits_again(db: Database, topics: str) -> None:
    await write(db, "k", b"1", b"2", headers=[])
    async with relaying(db, topics):
        await until(lambda: settled(db, 2))
        assert await release(db, None) == 2
        await until(lambda: settled(db, 2))
    async with db.reading() as session:
        row = (
            await session.execute(text("SELECT actor, operation, entity, changes->>'rows' FROM audit"))
        ).one()
    assert tuple(row) == ("system", "release_outbox_rows", "outbox", "2")


async def test_rows_left_behind_nothing_are_handed_back(db: Database, topics: str) -> None:
    start = await ends(topics, [TOPIC])
    await record(db, answered("k", 1), answered("k", 2))
    async with db.transaction() as session:
        await session.execute(text("UPDATE outbox SET parked_at = now() WHERE version = 1"))
    async with relaying(db, topics):
        await until(lambda: drained(db))
    assert [dict(r.headers)["ce_sequence"] for r in await read_from(topics, start)] == [b"1", b"2"]


async def test_what_waited_for_a_topic_is_handed_back_some_at_a_time_and_in_order(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = fresh_topic()
    for key in ("k", "l"):
        await write(db, key, *numbered("v", 1, 3), topic=topic)
    async with db.transaction() as session:
        await session.execute(
            text("""
                UPDATE outbox SET parked_at = now(),
                    parked_reason = CASE WHEN payload = convert_to('v1', 'UTF8') THEN 'topic_missing' END
            """)
        )
    monkeypatch.setattr(parking, "AT_ONCE", 2)
    monkeypatch.setattr(
        parking, "_RELEASE_SOME", text(parking._RELEASE_SOME.text.replace("LIMIT 2000", "LIMIT 2"))
    )
    async with contending(db) as right:
        assert await right.take()
        place = Parking(right)
        await place.next_rows()
        await place.release_some()
        assert len(await parked(db)) == 6, "the topic is closed"

        place.open(topic)
        await place.release_some()
        batch, rows = await place.next_rows()
        assert [row.payload for row in rows] == [b"v1", b"v2"]
        await write(db, rows[0].record_key, b"v4", topic=topic)
        batch, rows = await place.next_rows()
        batch.sort(rows)
        assert [one.value for one in batch.messages] == [b"v1", b"v2"], "v3 is still aside, so v4 waits"
        for _ in range(3):
            await place.release_some()
        assert await parked(db) == []


async def test_a_topic_that_heals_is_not_asked_with_the_same_row_again(db: Database, topics: str) -> None:
    missing = fresh_topic()
    await write(db, "k", *numbered("v", 1, 50), topic=missing)
    async with relaying(db, topics):
        await until(lambda: settled(db, 50))
        await make_topic(topics, missing)
        await until(lambda: drained(db))
    records = await read_from(topics, {TopicPartition(missing, 0): 0})
    assert [record.value for record in records] == numbered("v", 1, 50)


async def test_probes_name_what_is_parked_and_stay_ready(db: Database) -> None:
    await record(db, answered("k", 1), answered("k", 2))
    async with db.transaction() as session:
        await session.execute(
            text("UPDATE outbox SET parked_at = now(), parked_reason = 'too_large' WHERE version = 1")
        )
        await session.execute(text("UPDATE outbox SET parked_at = now() WHERE version = 2"))
    backlog = Backlog(db)
    await backlog.measure()
    health = Health()
    health.add_workers([backlog])
    report = await health.report("relay")
    assert report.ok
    assert report.checks == {"outbox-backlog": f"ok, parked: 1 of {TOPIC} (behind), 1 of {TOPIC} (too_large)"}
