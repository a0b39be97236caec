"""Messages in the batches of their partitions, handed over in order.

`AIOKafkaProducer.send` costs two coroutines and a future for each event, 7.5 us; a batch filled here costs
2.0 an event, and one future.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    UnknownTopicOrPartitionError,
)
from aiokafka.partitioner import murmur2

from shared.outbox.gate import GateShutError
from shared.outbox.message import Message

MIB = 1_048_576
MAX_REQUEST = 8 * MIB


@dataclass(slots=True)
class _Filled:
    """What goes to one partition in one request; `numbers` are the places of its messages among all."""

    topic: str
    partition: int
    batch: Any
    numbers: list[int] = field(default_factory=list)

    def takes(self, moment: int, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> bool:
        """Take a message, or tell that it is full."""
        return self.batch.append(timestamp=moment, key=key, value=value, headers=headers) is not None


async def send(
    producer: AIOKafkaProducer, messages: Sequence[Message], *, seconds: float
) -> list[Exception | None]:
    """Send in the given order and return for each what hindered it, None when it was acknowledged.

    After `seconds` what is not acknowledged is given up, so that what is counts. The first message that
    is not handed over has the reason, what follows it `GateShutError`: it did not leave.
    """
    filled: list[_Filled] = []
    receipts: list[asyncio.Future[Any]] = []
    try:
        async with asyncio.timeout(seconds):
            hindrance = await _hand_over(producer, messages, filled, receipts)
            await producer.flush()
    except TimeoutError:
        hindrance = KafkaTimeoutError()
    finally:
        for receipt in receipts:
            if not receipt.done():
                receipt.add_done_callback(_take_notice)
    fates: list[Exception | None] = [GateShutError()] * len(messages)
    for one, receipt in zip(filled, receipts, strict=False):
        fate = _fate(receipt)
        for number in one.numbers:
            fates[number] = fate
    if hindrance is not None:
        for number in _not_handed_over(filled, receipts, len(messages)):
            fates[number] = hindrance
    return fates


async def _hand_over(
    producer: AIOKafkaProducer,
    messages: Sequence[Message],
    filled: list[_Filled],
    receipts: list[asyncio.Future[Any]],
) -> Exception | None:
    """Fill batches and hand them to the producer; return what hindered one, which ends it."""
    hindrance: Exception | None = None
    try:
        await _fill(producer, messages, filled)
    except KafkaError as error:
        hindrance = error
    try:
        for one in filled:
            receipt = await _send_batch(producer, one)
            receipts.append(receipt)
    except KafkaError as error:
        hindrance = error
    return hindrance


async def _send_batch(producer: AIOKafkaProducer, one: _Filled) -> asyncio.Future[Any]:
    """Hand a batch over. Raises `KafkaError` when its partition is there no more.

    The producer asserts that it is: the topic may have been made anew since the batch was filled.
    """
    try:
        receipt: asyncio.Future[Any] = await producer.send_batch(
            one.batch, one.topic, partition=one.partition
        )
    except AssertionError:
        raise UnknownTopicOrPartitionError from None
    return receipt


async def _fill(producer: AIOKafkaProducer, messages: Sequence[Message], filled: list[_Filled]) -> None:
    """Fill batches, those of a partition in order. Raises `KafkaError` for a message that fits in none."""
    partitions: dict[str, list[int]] = {}
    last: dict[tuple[str, int], _Filled] = {}
    for number, (_position, topic, key, value, headers, timestamp_ms) in enumerate(messages):
        if topic not in partitions:
            partitions[topic] = sorted(await producer.partitions_for(topic))
        if len(key) + len(value) > MAX_REQUEST:
            raise MessageSizeTooLargeError
        partition = partition_of(key, partitions[topic])
        one = last.get((topic, partition))
        if one is None or not one.takes(timestamp_ms, key, value, headers):
            one = last[topic, partition] = _Filled(topic, partition, producer.create_batch())
            one.takes(timestamp_ms, key, value, headers)  # always as the first
            filled.append(one)
        one.numbers.append(number)


def partition_of(key: bytes, partitions: Sequence[int]) -> int:
    """Return the partition of a key, the same that every Kafka client takes."""
    return partitions[_hash(key) % len(partitions)]


@lru_cache(maxsize=16_384)
def _hash(key: bytes) -> int:
    """Return Kafka's hash of a key: written in Python it costs 3.8 us, and keys come back."""
    value: int = murmur2(key)
    return value & 0x7FFF_FFFF


def _not_handed_over(filled: Sequence[_Filled], receipts: Sequence[object], count: int) -> Sequence[int]:
    """Return the places of what came first of all that was not handed over."""
    if len(receipts) < len(filled):
        return filled[len(receipts)].numbers
    done = sum(len(one.numbers) for one in filled)
    return [done] if done < count else []


def _fate(receipt: asyncio.Future[Any]) -> Exception | None:
    error: Any = receipt.exception() if receipt.done() else KafkaTimeoutError()
    return cast("Exception | None", error)


def _take_notice(receipt: asyncio.Future[Any]) -> None:
    """Look at a late outcome that nobody waits for, or asyncio reports it as forgotten."""
    if not receipt.cancelled():
        receipt.exception()
