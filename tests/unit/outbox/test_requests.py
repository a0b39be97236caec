"""Of every message it is known what became of it, and those of a key stay in their order."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NotLeaderForPartitionError,
    UnknownTopicOrPartitionError,
)
from aiokafka.partitioner import DefaultPartitioner

from shared.outbox.gate import GateShutError
from shared.outbox.message import Message
from shared.outbox.requests import MAX_REQUEST, partition_of, send

PARTITIONS = 4


@dataclass
class Builder:
    """Takes three messages."""

    values: list[bytes] = field(default_factory=list)

    def append(self, *, value: bytes, **_other: object) -> object | None:
        if len(self.values) == 3:
            return None
        self.values.append(value)
        return self


class Producer:
    """Answers every batch with what `answers` says of its partition; None is never answered."""

    def __init__(self, *, gone: int | None = None, **answers: Exception | None) -> None:
        self.gone = gone
        self.answers = answers
        self.taken: dict[int, list[bytes]] = {}
        self.away: Exception | None = None
        self.receipts: list[asyncio.Future[Any]] = []

    async def partitions_for(self, topic: str) -> set[int]:
        if topic == "missing":
            raise UnknownTopicOrPartitionError
        return set(range(PARTITIONS))

    def create_batch(self) -> Builder:
        return Builder()

    async def send_batch(self, batch: Builder, _topic: str, *, partition: int) -> asyncio.Future[Any]:
        if self.away is not None and self.receipts:
            raise self.away
        assert partition != self.gone, "as the producer does"
        receipt = asyncio.get_running_loop().create_future()
        self.receipts.append(receipt)
        answer = self.answers.get(f"p{partition}", "taken")
        if isinstance(answer, Exception):
            receipt.set_exception(answer)
        elif answer is not None:
            self.taken.setdefault(partition, []).extend(batch.values)
            receipt.set_result(answer)
        return receipt

    async def flush(self) -> None:
        if self.receipts:
            await asyncio.wait(self.receipts)


def key_of(partition: int) -> bytes:
    """Return a key that goes to this partition."""
    places = range(PARTITIONS)
    return next(key for n in range(99) if partition_of(key := f"k{n}".encode(), places) == partition)


def message(number: int, partition: int, topic: str = "t", size: int = 0) -> Message:
    value = str(number).encode() + b" " * size
    return Message(number, topic, key_of(partition), value, [], 0)


async def fates(producer: Producer, *messages: Message, seconds: float = 30.0) -> list[Exception | None]:
    return await send(cast("AIOKafkaProducer", producer), messages, seconds=seconds)


async def test_a_partition_takes_its_messages_in_order_over_many_batches() -> None:
    producer = Producer()
    sent = [message(number, number % 2) for number in range(20)]
    assert await fates(producer, *sent) == [None] * 20
    assert producer.taken == {
        place: [one.value for one in sent if one.position % 2 == place] for place in (0, 1)
    }


async def test_a_refused_batch_concerns_its_own_messages_alone() -> None:
    refused = NotLeaderForPartitionError()
    got = await fates(Producer(p1=refused), *[message(number, number % 3) for number in range(6)])
    assert got == [None, refused, None, None, refused, None]


async def test_what_follows_a_message_that_fits_nowhere_does_not_leave() -> None:
    for bad, error in (
        (message(2, 0, topic="missing"), UnknownTopicOrPartitionError),
        (message(2, 0, size=MAX_REQUEST), MessageSizeTooLargeError),
    ):
        producer = Producer()
        got = await fates(producer, message(0, 0), message(1, 1), bad, message(3, 1))
        assert got[:2] == [None, None]
        assert [type(one) for one in got[2:]] == [error, GateShutError]
        assert producer.taken == {0: [b"0"], 1: [b"1"]}


async def test_a_batch_that_is_not_handed_over_has_the_reason_and_later_ones_did_not_leave() -> None:
    producer = Producer()
    producer.away = KafkaTimeoutError()
    got = await fates(producer, message(0, 0), message(1, 1), message(2, 0), message(3, 2), message(4, 1))
    assert [got[0], got[2]] == [None, None]
    assert [got[1], got[4]] == [producer.away, producer.away]
    assert isinstance(got[3], GateShutError)


async def test_a_partition_that_is_gone_since_hinders_its_batch() -> None:
    producer = Producer(gone=1)
    got = await fates(producer, message(0, 0), message(1, 1), message(2, 2))
    assert got[0] is None
    assert [type(one) for one in got[1:]] == [UnknownTopicOrPartitionError, GateShutError]


async def test_what_is_acknowledged_counts_though_the_rest_is_given_up() -> None:
    got = await fates(Producer(p1=None), message(0, 0), message(1, 1), seconds=0.05)
    assert got[0] is None
    assert isinstance(got[1], KafkaTimeoutError)


def test_a_key_goes_where_kafkas_own_partitioner_puts_it() -> None:
    theirs = DefaultPartitioner()
    for count in (1, 12, 13):
        places = list(range(count))
        for number in range(500):
            key = f"u-{number}-ä".encode()
            assert partition_of(key, places) == theirs(key, places, places)
