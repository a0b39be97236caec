"""Effects exactly once, bad records set aside one by one, halts by name: on real Kafka and PostgreSQL."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from sqlalchemy import text

from shared.consumer import dead_letters, halts
from shared.consumer.codec import Rejected
from shared.contracts.dead_letters import DeadLetterReason
from shared.contracts.envelope import Event
from shared.db import Database, DatabaseAwayError
from tests.support.consuming import applied, consuming, halted, rows
from tests.support.effects import TOPIC, answered, fold
from tests.support.kafka import producing, send
from tests.support.polling import until


async def caught_up(db: Database, bus: str) -> bool:
    standings = await halts.status(db, bus, "scoring", [TOPIC])
    return all(place.lag == 0 and place.halted is None for place in standings)


def headers(**changes: bytes | None) -> list[tuple[str, Any]]:
    good = dict(Event(answered("poison"), "zi/test", datetime.now(UTC)).headers())
    merged: dict[str, Any] = {**good, **changes}
    return [(name, value) for name, value in merged.items() if value != b"drop"]


GOOD_VALUE = answered("poison").model_dump_json().encode()
POISON: dict[str, dict[str, Any]] = {
    "bad_utf8": {"value": b'{"unit_id": "\xff\xfe"}'},
    "bad_json": {"value": b"{"},
    "wrong_schema": {"value": json.dumps({"unit_id": "u-poison", "version": 0}).encode()},
    "unknown_type": {"headers": headers(ce_type=b"com.example.thing.v1")},
    "unknown_version": {"headers": headers(ce_type=b"id.zi.planning.worksheet.answered.v2")},
    "too_large": {"value": b'"' + b"x" * 1_010_000 + b'"'},
    "null_value": {"value": None},
    "null_key": {"key": None},
    "no_headers": {"headers": []},
    "bad_header": {"headers": headers(traceparent=b"\xff\xff")},
    "wrong_topic": {"headers": headers(ce_type=b"id.zi.planning.unit.registered.v1")},
    "wrong_key": {"key": b"someone-else"},
    "invalid_answer": {"value": answered("poison", letter="!").model_dump_json().encode()},
    "fold_failed": {"value": answered("poison", letter="?").model_dump_json().encode()},
}


@pytest.mark.parametrize("reason", POISON)
async def test_a_poison_record_is_dead_lettered_once_and_stops_nothing(
    db: Database, bus: str, reason: str
) -> None:
    record = {"key": b"u-poison", "value": GOOD_VALUE, "headers": headers(), **POISON[reason]}
    if reason == "wrong_topic":
        record["value"] = json.dumps(
            {
                "unit_id": "u-poison",
                "version": 1,
                "agency_id": "a",
                "name": "n",
                "unit_type": "t",
                "echelon": "II",
                "has_service_function": True,
                "zone": "WIB",
            }
        ).encode()
    async with producing(bus) as producer:
        await send(producer, answered("before"))
        receipt = await producer.send_and_wait(TOPIC, partition=3, **record)
        await send(producer, answered("after"))
        async with consuming(db, bus):
            await until(lambda: applied(db, "before", "after"))
            await until(lambda: has_dead(db, receipt))
    dead = await rows(db, "SELECT reason, topic, partition, record_offset, state FROM dead_letter")
    assert dead == [(reason, TOPIC, 3, receipt.offset, "open")]
    notices = await rows(db, "SELECT topic, record_key, convert_from(payload, 'utf8') FROM outbox")
    assert [(topic, key) for topic, key, _ in notices] == [(f"{TOPIC}.dlq", "scoring")]
    assert "u-poison" not in notices[0][2]


async def has_dead(db: Database, receipt: Any) -> bool:
    found = await rows(db, f"SELECT 1 FROM dead_letter WHERE record_offset = {receipt.offset}")
    return bool(found)


async def test_a_null_header_does_not_stop_the_partition(db: Database, bus: str) -> None:
    async with producing(bus) as producer:
        await producer.send_and_wait(
            TOPIC, key=b"u-x", value=GOOD_VALUE, headers=headers(ce_id=None), partition=3
        )
        await producer.send_and_wait(TOPIC, key=b"u-poison", value=GOOD_VALUE, headers=headers(), partition=3)
        async with consuming(db, bus):
            await until(lambda: applied(db, "poison"))
    assert await rows(db, "SELECT reason FROM dead_letter") == [("bad_header",)]


async def test_a_value_no_column_holds_is_dead_and_its_neighbours_are_not(db: Database, bus: str) -> None:
    async with producing(bus) as producer, consuming(db, bus):
        await send(producer, answered("before", letter="A"))
        await send(producer, answered("too-large").model_copy(update={"version": 2**63}))
        await send(producer, answered("after", letter="B"))
        await until(lambda: caught_up(db, bus))
    assert await rows(db, "SELECT worksheet_id FROM effect ORDER BY 1") == [("after",), ("before",)]
    assert await rows(db, "SELECT reason FROM dead_letter") == [("wrong_schema",)]


async def test_redelivered_records_have_one_effect(db: Database, bus: str) -> None:
    async with producing(bus) as producer:
        for number in range(50):
            await send(producer, answered(f"w{number}"))
    async with consuming(db, bus):
        await until(lambda: applied(db, *(f"w{n}" for n in range(50))))
    # Kafka forgets the commits: everything is delivered again.
    async with AIOKafkaConsumer(
        bootstrap_servers=bus, group_id="zi-scoring", enable_auto_commit=False
    ) as rewinder:
        places = [TopicPartition(TOPIC, number) for number in range(12)]
        rewinder.assign(places)
        await rewinder.commit(dict.fromkeys(places, 0))
    async with producing(bus) as producer:
        await send(producer, answered("last"))
        async with consuming(db, bus):
            await until(lambda: applied(db, "last"))
    assert await rows(db, "SELECT max(applied), count(*) FROM effect") == [(1, 51)]


async def test_a_lost_database_connection_delays_but_loses_nothing(
    db: Database, bus: str, postgres_admin_url: str
) -> None:
    async def are_applied() -> bool:
        with suppress(DatabaseAwayError):  # the pool may still hold connections that were cut
            return await applied(db, *(f"c{n}" for n in range(200)))
        return False

    admin = await asyncpg.connect(postgres_admin_url)
    async with producing(bus) as producer, consuming(db, bus):
        for number in range(200):
            await send(producer, answered(f"c{number}"))
            if number % 40 == 20:
                await admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
                    db.engine.url.database,
                )
        await until(are_applied)
    await admin.close()
    assert await rows(db, "SELECT max(applied), count(*) FROM effect") == [(1, 200)]
    assert await rows(db, "SELECT count(*) FROM dead_letter") == [(0,)]


async def test_a_consumer_that_never_ran_has_an_empty_status(db: Database, topics: str) -> None:
    assert await halts.status(db, topics, "scoring") == []


async def test_missing_records_halt_by_name(db: Database, bus: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Read again from its start, the topic holds the poison of every other test.
    monkeypatch.setattr("shared.consumer.progress.MAX_DEAD_SHARE", 1.0)
    async with producing(bus) as producer:
        receipt = await send(producer, answered("lost"))
        await send(producer, answered("lost", version=2))
    async with db.transaction() as session:
        await session.execute(
            text("UPDATE watermark SET next_offset = :next WHERE partition = :p"),
            {"next": receipt.offset, "p": receipt.partition},
        )
    admin = AIOKafkaAdminClient(bootstrap_servers=bus)
    await admin.start()
    await admin.delete_records(
        {TopicPartition(TOPIC, receipt.partition): RecordsToDelete(before_offset=receipt.offset + 1)}
    )
    await admin.close()
    async with consuming(db, bus):
        await until(lambda: halted(db, "gap"))
        assert await rows(db, "SELECT * FROM effect") == []
        await halts.rebase(db, bus, "scoring", [TOPIC])
        await until(lambda: applied(db, "lost"))


async def test_a_log_that_went_back_halts_by_name_and_resumes_on_command(db: Database, bus: str) -> None:
    async with db.transaction() as session:
        await session.execute(text("UPDATE watermark SET next_offset = next_offset + 1000"))
    async with consuming(db, bus) as consumer:
        await until(lambda: halted(db, "log_went_back"))
        assert not consumer.health().is_ready
        assert consumer.health().is_alive
        async with db.transaction() as session:
            await session.execute(text("UPDATE watermark SET next_offset = next_offset - 1000"))
        await halts.resume(db, "scoring")
        async with producing(bus) as producer:
            await send(producer, answered("again"))
        await until(lambda: applied(db, "again"))


async def test_another_record_before_the_watermark_halts_by_name(db: Database, bus: str) -> None:
    async with producing(bus) as producer:
        receipt = await send(producer, answered("mine"))
    async with db.transaction() as session:
        await session.execute(
            text("UPDATE watermark SET next_offset = :next, fingerprint = '\\x00' WHERE partition = :p"),
            {"next": receipt.offset + 1, "p": receipt.partition},
        )
    async with consuming(db, bus):
        await until(lambda: halted(db, "log_went_back"))
    assert await rows(db, "SELECT * FROM effect") == []


async def test_kafka_ahead_of_a_restored_database_halts_by_name(db: Database, bus: str) -> None:
    async with producing(bus) as producer:
        receipt = await send(producer, answered("known"))
        async with consuming(db, bus):
            await until(lambda: applied(db, "known"))
    async with db.transaction() as session:  # the backup knows nothing of the record
        await session.execute(
            text("UPDATE watermark SET next_offset = :next, fingerprint = NULL WHERE partition = :p"),
            {"next": receipt.offset, "p": receipt.partition},
        )
    async with consuming(db, bus):
        await until(lambda: halted(db, "offset_ahead"))
        await halts.rewind(db, bus, "scoring")
        await until(lambda: caught_up(db, bus))
    # The fact is already there in this invented restore: read again, it changes nothing.
    assert await rows(db, "SELECT applied FROM effect") == [(1,)]


async def test_too_many_dead_letters_halt_instead_of_burying_the_world(db: Database, bus: str) -> None:
    async with producing(bus) as producer:
        for number in range(120):
            await send(producer, answered(f"x{number}", letter="!"))
    async with consuming(db, bus, max_records=10) as consumer:
        await until(lambda: halted(db, "dead_letters"))
        assert not consumer.health().is_ready
    dead = (await rows(db, "SELECT count(*) FROM dead_letter"))[0][0]
    assert 0 < dead <= 100


async def test_a_lifted_halt_lets_the_batch_that_caused_it_pass(db: Database, bus: str) -> None:
    async with producing(bus) as producer:
        for number in range(120):
            await send(producer, answered(f"x{number}", letter="!"))
    async with consuming(db, bus, max_records=500):
        await until(lambda: halted(db, "dead_letters"))
        assert await rows(db, "SELECT count(*) FROM dead_letter") == [(0,)]
        await halts.resume(db, "scoring")
        await until(lambda: caught_up(db, bus))
    assert await rows(db, "SELECT count(*) FROM dead_letter") == [(120,)]


async def test_a_replayed_dead_letter_ends_as_if_nothing_had_failed(db: Database, bus: str) -> None:
    is_fixed = False

    async def mended(session: Any, received: Any) -> Any:
        return (
            await fold(session, received)
            if is_fixed
            else [Rejected(r, DeadLetterReason.INVALID_ANSWER) for r in received]
        )

    async with producing(bus) as producer, consuming(db, bus, fold=mended):
        await send(producer, answered("late", letter="B"))
        await until(lambda: rows(db, "SELECT 1 FROM dead_letter WHERE state = 'open'"))
        for attempt in (2, 3):
            await request_replay(db)
            again = f"SELECT 1 FROM dead_letter WHERE state = 'open' AND attempts = {attempt}"
            await until(partial(rows, db, again))
        is_fixed = True
        await request_replay(db)
        await until(lambda: rows(db, "SELECT 1 FROM dead_letter WHERE state = 'replayed'"))
    assert await rows(db, "SELECT worksheet_id, letter, applied FROM effect") == [("late", "B", 1)]


async def request_replay(db: Database) -> None:
    async with db.transaction() as session:
        (one,) = await session.scalars(text("SELECT id FROM dead_letter WHERE state = 'open'"))
        assert await dead_letters.request_replay(session, one)


async def test_a_discarded_dead_letter_keeps_its_reason_and_is_not_replayed(db: Database, bus: str) -> None:
    async with producing(bus) as producer, consuming(db, bus):
        await send(producer, answered("never", letter="!"))
        await until(lambda: rows(db, "SELECT 1 FROM dead_letter"))
    async with db.transaction() as session:
        (listed,) = await dead_letters.listing(session, state="open")
        assert await dead_letters.discard(session, listed["id"], "typing error, sent again")
        assert not await dead_letters.discard(session, listed["id"], "twice")
        assert not await dead_letters.request_replay(session, listed["id"])
        shown = await dead_letters.show(session, listed["id"])
    assert shown is not None
    assert (shown["state"], shown["state_reason"]) == ("discarded", "typing error, sent again")
    assert b'"never"' in shown["value"]


async def test_two_workers_share_the_partitions_and_double_nothing(db: Database, bus: str) -> None:
    async with producing(bus) as producer, consuming(db, bus):
        for number in range(100):
            await send(producer, answered(f"s{number}"))
        async with consuming(db, bus):
            for number in range(100, 200):
                await send(producer, answered(f"s{number}"))
            await until(lambda: applied(db, *(f"s{n}" for n in range(200))))
    assert await rows(db, "SELECT max(applied), count(*) FROM effect") == [(1, 200)]
