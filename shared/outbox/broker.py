"""The broker as the relay sees it: events leave in order, and of each it is known what became of it."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTimestampError,
    InvalidTopicError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NodeNotReadyError,
    NoError,
    PolicyViolationError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedForMessageFormatError,
    for_code,
)
from aiokafka.protocol.metadata import MetadataRequest

from shared.outbox.gate import GatedProducer, InvalidRecordError
from shared.outbox.message import Message
from shared.outbox.requests import MAX_REQUEST, MIB, send
from shared.outbox.right import Right

REQUEST_TIMEOUT_MS = 10_000
START_SECONDS = 15.0
ACK_SECONDS = 30.0
"""After this long without an acknowledgement a batch is given up, so that those that did arrive count."""

_NAME = re.compile(r"[a-zA-Z0-9._-]{1,249}")
_REASONS: dict[type[KafkaError], str] = {
    MessageSizeTooLargeError: "too_large",
    RecordListTooLargeError: "too_large",
    UnknownTopicOrPartitionError: "topic_missing",
    TopicAuthorizationFailedError: "not_authorized",
} | {
    error: f"refused: {error.__name__}"
    for error in (
        InvalidRecordError,
        InvalidTimestampError,
        InvalidTopicError,
        PolicyViolationError,
        UnsupportedForMessageFormatError,
    )
}
"""Errors that an event or its topic provably causes. All others mean that the broker is away for now."""


def refusal(error: Exception) -> str | None:
    """Return the reason when the broker will not take the event, None when it may take it later."""
    if isinstance(error, UnknownTopicOrPartitionError):
        return None  # of a batch under way: the leader may be moving, only a look-up can tell
    return _REASONS.get(type(error))


class Broker:
    """Sends on behalf of the holder of a right; use it as a context manager."""

    def __init__(self, bootstrap: str, client_id: str, right: Right) -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._right = right
        self._producer: GatedProducer | None = None

    async def __aenter__(self) -> Self:
        await self._ready()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._discard()

    async def send(self, messages: Sequence[Message]) -> list[Exception | None]:
        """Send in the given order and return for each what hindered it, None when it was acknowledged.

        What came after a refusal may be hindered by `GateShutError`: it did not leave.
        """
        producer = await self._ready()
        return await self._right.keep_during(send(producer.kafka, messages, seconds=ACK_SECONDS))

    async def topic_faults(self, topics: Iterable[str]) -> dict[str, str]:
        """Return the reason for each topic that takes no events. Raises `KafkaError` when nobody can tell."""
        client = (await self._ready()).kafka.client
        unknown = [topic for topic in topics if client.cluster.partitions_for_topic(topic) is None]
        if not unknown:
            return {}
        faults = {topic: _REASONS[InvalidTopicError] for topic in unknown if not _NAME.fullmatch(topic)}
        asked = [topic for topic in unknown if topic not in faults]
        return faults | await self._right.keep_during(_look_up(client, asked))

    async def _ready(self) -> GatedProducer:
        if self._producer is not None and self._producer.is_shut:
            await self._discard()
        if self._producer is None:
            producer = GatedProducer(self._make(), self._right.is_held)
            try:
                await self._right.keep_during(_start(producer.kafka))
            except BaseException:
                await producer.discard()
                raise
            self._producer = producer
        return self._producer

    async def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.discard()

    def _make(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=self._client_id,
            enable_idempotence=True,
            acks="all",
            compression_type="zstd",
            max_request_size=MAX_REQUEST,
            max_batch_size=MIB // 4,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            linger_ms=0,
        )


async def _start(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(START_SECONDS):
            await producer.start()
    except TimeoutError:
        raise KafkaTimeoutError from None


async def _look_up(client: Any, topics: Sequence[str]) -> dict[str, str]:
    if not topics:
        return {}
    node = client.get_random_node()
    if node is None:
        raise NodeNotReadyError
    answer = await client.send(node, MetadataRequest(list(topics), allow_auto_topic_creation=False))
    faults = {}
    for code, topic, *_ in answer.topics:
        error = for_code(code)
        if error is NoError:
            continue
        if error not in _REASONS:
            raise error
        faults[topic] = _REASONS[error]
    return faults
