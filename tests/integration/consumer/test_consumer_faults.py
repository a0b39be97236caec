"""What no record, no outage and no missing topic does to a consumer: on real Kafka and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Self

import pytest
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from sqlalchemy import text

from shared.consumer import dead_letters, halts
from shared.consumer.batch import apply_batch, fold_safely
from shared.consumer.codec import Received, Rejected
from shared.consumer.consumer import BatchConsumer, RestartError
from shared.consumer.progress import Progress
from shared.contracts.envelope import Event
from shared.db import Database
from shared.kafka.client import Unreadable, _Records
from shared.observability import metrics
from tests.support.consuming import applied, consuming, halted, is_ready, made, rows
from tests.support.effects import TOPIC, answered, fold
from tests.support.kafka import breaking, producing, send
from tests.support.polling import until

GOOD_VALUE = answered("poison").model_dump_json().encode()


def headers(**changes: bytes) -> list[tuple[str, bytes]]:
    good = dict(Event(answered("poison"), "zi/test", datetime.now(UTC)).headers())
    return list((good | changes).items())


class OddName(str):
    """A header name that goes out as these bytes, whatever they are."""

    raw: bytes
    __slots__ = ("raw",)

    def __new__(cls, raw: bytes) -> Self:
        made = super().__new__(cls, raw.hex())
        made.raw = raw
        return made

    def encode(self, *_: str) -> bytes:
        return self.raw


@pytest.fixture
def any_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let producers write odd names: the client's fast writer takes none."""
    for module in ("message_accumulator", "producer"):
        builder = f"aiokafka.producer.{module}.DefaultRecordBatchBuilder"
        monkeypatch.setattr(builder, _DefaultRecordBatchBuilderPy)


ODD: dict[str, tuple[str, dict[str, Any]]] = {
    "a time that UTC cannot hold": ("bad_header", {"headers": headers(ce_time=b"0001-01-01T00:00:00+07:00")}),
    "a header name that is no text": ("bad_header", {"headers": [*headers(), (OddName(b"\xff\xfe"), b"y")]}),
    "a record time before all calendars": ("bad_json", {"value": b"{", "timestamp_ms": -(10**17)}),
}


@pytest.mark.usefixtures("any_names")
@pytest.mark.parametrize("what", ODD)
async def test_what_no_column_or_parser_holds_is_kept_byte_by_byte_and_stops_nothing(
    db: Database, bus: str, what: str
) -> None:
    reason, changes = ODD[what]
    record: dict[str, Any] = {"key": b"u-poison", "value": GOOD_VALUE, "headers": headers(), **changes}
    async with producing(bus) as producer:
        await send(producer, answered("before"))
        await producer.send_and_wait(TOPIC, partition=3, **record)
        await send(producer, answered("after"))
        async with consuming(db, bus):
            await until(lambda: applied(db, "before", "after"))
            await until(lambda: rows(db, "SELECT 1 FROM dead_letter"))
    assert await rows(db, "SELECT reason, state FROM dead_letter") == [(reason, "open")]
    async with db.transaction() as session:
        await session.execute(text("UPDATE dead_letter SET state = 'requested'"))
        wanted = await dead_letters.next_id(session, "scoring", after=0)
        assert wanted is not None
        stored = await dead_letters.lock_requested(session, wanted)
    assert stored is not None
    assert (stored.key, stored.value) == (record["key"], record["value"])
    assert stored.timestamp == changes.get("timestamp_ms", stored.timestamp)
    sent = [(name.encode(), value) for name, value in record["headers"]]
    assert [(name.encode(errors="surrogateescape"), value) for name, value in stored.headers] == sent


def strange(draw: Random) -> dict[str, Any]:
    """Return a good record with anything in some of its parts."""
    record: dict[str, Any] = {"key": b"u-poison", "value": GOOD_VALUE, "headers": headers()}
    for part in draw.sample(["key", "value", "name", "header", "timestamp_ms"], draw.randint(1, 3)):
        anything = draw.choice([None, draw.randbytes(draw.randint(0, 40))])
        if part == "timestamp_ms":
            record[part] = draw.choice([-(10**17), 0, 1, 1_700_000_000_000])
        elif part == "name":
            record["headers"] = [*record["headers"], (OddName(anything or b""), b"x")]
        elif part == "header":
            name = draw.choice(headers())[0]
            record["headers"] = [(n, anything if n == name else v) for n, v in record["headers"]]
        else:
            record[part] = anything
    if record["key"] is None is record["value"]:
        record["key"] = b""  # the client sends nothing that is nothing
    return record


@pytest.mark.usefixtures("any_names")
async def test_any_bytes_in_any_part_of_a_record_stop_no_running_consumer(
    db: Database, bus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Progress, "has_too_many_dead", lambda *_: False)  # the limit has tests of its own
    draw = Random(7)
    before = await rows(db, "SELECT sum(next_offset) FROM watermark")
    async with producing(bus) as producer:
        for number in range(10):
            for _ in range(20):
                await producer.send(TOPIC, partition=draw.randrange(12), **strange(draw))
            await send(producer, answered(f"good{number}"))
    async with consuming(db, bus) as consumer:
        await until(lambda: applied(db, *(f"good{number}" for number in range(10))))

        async def is_done() -> bool:
            return await rows(db, "SELECT sum(next_offset) FROM watermark") == [(before[0][0] + 210,)]

        await until(is_done)
        assert consumer._progress.stalls == 0
    dead = await rows(db, "SELECT DISTINCT reason FROM dead_letter")
    assert {"bad_header", "null_value", "wrong_key"} <= {reason for (reason,) in dead}
    assert not {"fold_failed", "undecodable"} & {reason for (reason,) in dead}
    once = "SELECT count(*), count(DISTINCT (partition, record_offset)) FROM dead_letter"
    assert len(set((await rows(db, once))[0])) == 1


async def test_a_time_beyond_all_calendars_is_applied_when_the_rest_is_true(db: Database, bus: str) -> None:
    async with producing(bus) as producer, consuming(db, bus):
        await producer.send_and_wait(
            TOPIC, GOOD_VALUE, key=b"u-poison", headers=headers(), timestamp_ms=-(10**17)
        )
        await until(lambda: applied(db, "poison"))


async def test_a_batch_that_cannot_be_read_halts_by_name_until_it_is_skipped(
    db: Database, bus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with producing(bus) as producer:
        receipt = await send(producer, answered("lost"))
        await send(producer, answered("lost", version=2))
        await send(producer, answered("found"))
    monkeypatch.setattr(_Records, "__init__", breaking(receipt.offset, b"u-lost"))
    async with consuming(db, bus) as consumer:
        await until(lambda: halted(db, "unreadable"))
        assert consumer.health().is_alive
        assert consumer.health().detail == "unreadable"
        assert metrics.CONSUMER_HALTED.labels("unreadable")._value.get() == 1
        skipped = await halts.skip(db, bus, "scoring", [TOPIC])
        assert skipped == [Unreadable(TOPIC, receipt.partition, receipt.offset, receipt.offset)]
        await until(lambda: applied(db, "lost", "found"))
        await until(lambda: halted(db, None))
    assert await rows(db, "SELECT reason, record_offset, erased_at IS NULL FROM dead_letter") == [
        ("unreadable", receipt.offset, False)
    ]
    (letter,) = (await rows(db, "SELECT id FROM dead_letter"))[0]
    async with db.transaction() as session:
        assert not await dead_letters.request_replay(session, letter), "there are no bytes to replay"
    assert await rows(db, "SELECT version FROM effect WHERE worksheet_id = 'lost'") == [(2,)]


@dataclass
class Folds:
    """The test's fold, counted; `faults` are raised first, one by one."""

    faults: Sequence[str] = ()
    taken: int = 0

    async def __call__(self, session: Any, received: Sequence[Received]) -> Sequence[Rejected]:
        self.taken += 1
        if self.taken <= len(self.faults):
            state = self.faults[self.taken - 1]
            await session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$"))
        return await fold(session, received)


async def test_a_culprit_in_a_large_batch_is_found_in_few_folds_that_count_as_progress(db: Database) -> None:
    records = made("A" * 700 + "?" + "A" * 299)
    folds, steps = Folds(), list[int]()
    async with db.transaction() as session:
        received = [Received.of(one.event, one) for one in records]
        rejected = await fold_safely(session, received, folds, lambda: steps.append(folds.taken))
    assert [(item.reason, item.received.record.offset) for item in rejected] == [("fold_failed", 700)]
    assert folds.taken <= 21
    assert len(steps) >= folds.taken - 1
    assert await rows(db, "SELECT count(*) FROM effect") == [(999,)]


OUTAGES = ("08006", "0A000", "25006", "28000", "40001", "40P01", "42703", "53100", "53200", "54000", "55P03")
LATER_OUTAGES = ("57014", "57P01", "58030", "72000", "F0000", "HV000", "P0001", "XX001")


@pytest.mark.parametrize("states", [OUTAGES, LATER_OUTAGES])
async def test_no_fault_but_of_the_data_buries_a_fact_and_after_it_nothing_is_missing(
    db: Database, bus: str, states: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.consumer.consumer.BACKOFF_SECONDS", (0.01,))
    monkeypatch.setattr("shared.consumer.consumer.RETRY_SECONDS", 0.05)  # it is given back meanwhile, too
    folds, details = Folds(states), set[str]()
    async with producing(bus) as producer:
        await send(producer, answered("kept"))
    before = metrics.CONSUMER_RETRIES._value.get()
    async with consuming(db, bus, fold=folds) as consumer:

        async def is_kept() -> bool:
            health = consumer.health()
            details.add(health.detail)
            assert health.is_alive
            return await applied(db, "kept")

        await until(is_kept)
        await until(lambda: is_ready(consumer))
    assert any("tried again" in detail or "database is away" in detail for detail in details)
    assert metrics.CONSUMER_RETRIES._value.get() >= before + len(states) - 1
    assert await rows(db, "SELECT count(*) FROM dead_letter") == [(0,)]


async def test_a_value_refused_at_the_commit_alone_is_dead_and_its_neighbours_are_not(
    db: Database, bus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []

    async def deferred(session: Any, received: Sequence[Received]) -> Sequence[Rejected]:
        rejected = await fold(session, received)
        if any(item.data.unit_id == "u-late" for item in received):
            late.add(session)
        return rejected

    late: set[Any] = set()
    transaction = db.transaction

    @asynccontextmanager
    async def refusing() -> AsyncIterator[Any]:
        async with transaction() as session:
            yield session
            if session in late:
                taken.append("refused")
                await session.execute(text("SELECT 1/0"))

    monkeypatch.setattr(db, "transaction", refusing)
    async with producing(bus) as producer:
        for worksheet in ("one", "late", "two", "three"):
            await send(producer, answered(worksheet))
    async with consuming(db, bus, fold=deferred):
        await until(lambda: applied(db, "one", "two", "three"))
        await until(lambda: rows(db, "SELECT 1 FROM dead_letter"))
    assert await rows(db, "SELECT reason FROM dead_letter") == [("fold_failed",)]
    assert not await applied(db, "late")
    assert taken


async def test_what_a_topic_read_again_brings_is_not_counted_twice_as_dead(db: Database) -> None:
    records = made("!" * 10)
    async with db.transaction() as session:
        await session.execute(
            text("INSERT INTO watermark (consumer, topic, partition, next_offset, cluster_id)"
                 " VALUES ('scoring', :topic, 0, 0, 'c')"), {"topic": TOPIC},
        )  # fmt: skip
        first = await apply_batch(session, records, fold, consumer="scoring", source="zi/scoring")
        await session.execute(text("UPDATE watermark SET next_offset = 0"))
        again = await apply_batch(session, records, fold, consumer="scoring", source="zi/scoring")
    assert (sum(first.fates), sum(again.fates)) == (10, 0)
    progress = Progress()
    assert not progress.has_too_many_dead(list(again.fates) * 100)


async def test_a_consumer_that_gave_up_runs_again(
    db: Database, bus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer = BatchConsumer(db, bus, service="scoring", topics=[TOPIC], fold=fold)
    monkeypatch.setattr("shared.consumer.consumer.BACKOFF_SECONDS", (0.01,))

    async def stall() -> None:
        raise RestartError

    with monkeypatch.context() as patched:
        patched.setattr(consumer, "_consume", stall)
        with pytest.raises(RestartError):
            await consumer.run()
    assert not consumer.health().is_ready
    task = asyncio.create_task(consumer.run())
    try:
        await until(lambda: is_ready(consumer))
        assert consumer._progress.stalls == 0
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
