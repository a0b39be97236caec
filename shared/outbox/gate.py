"""A gate in front of the broker: no event leaves without the right to relay, none overtakes a refused one."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    BrokerResponseError,
    DuplicateSequenceNumber,
    KafkaError,
    NodeNotReadyError,
    NoError,
    for_code,
    kafka_errors,
)
from aiokafka.protocol.produce import ProduceRequest

CLOSE_SECONDS = 2.0
CANCEL_SECONDS = 0.2


class GateShutError(KafkaError):  # type: ignore[misc]
    """The request did not leave, because an earlier one of this producer was refused."""


class RightLostError(KafkaError):  # type: ignore[misc]
    """The request did not leave, because somebody else may have the right to relay by now."""


class InvalidRecordError(BrokerResponseError):  # type: ignore[misc]
    """The broker finds a record invalid; aiokafka would take the code for an unknown fault of the broker."""

    errno = 87
    message = "INVALID_RECORD"


kafka_errors.setdefault(InvalidRecordError.errno, InvalidRecordError)


class GatedProducer:
    """A producer of which every batch passes one gate just before its bytes leave.

    After a refusal the gate stays shut: the next batch of that partition would otherwise overtake the one
    refused. Such a producer is only good to be thrown away.
    """

    def __init__(self, producer: AIOKafkaProducer, has_right: Callable[[], bool]) -> None:
        self.kafka = producer
        self._has_right = has_right
        self.is_shut = False
        # A batch that the client lets expire unsent would be overtaken by the next one of its partition.
        producer._message_accumulator._batch_ttl = inf  # noqa: SLF001 - we bound the wait ourselves
        self._pass_on = producer.client.send
        producer.client.send = self._send

    async def _send(self, node: Any, request: Any, **options: Any) -> Any:
        if not isinstance(request, ProduceRequest):
            return await self._pass_on(node, request, **options)
        # Connecting may take any time, so it comes first: behind the gate nothing waits before the write.
        if not await self.kafka.client.ready(node):
            raise NodeNotReadyError
        if not self._has_right():
            self.is_shut = True
            raise RightLostError
        if self.is_shut:
            raise GateShutError
        response = await self._pass_on(node, request, **options)
        self.is_shut |= any(
            _is_refusal(code) for _topic, parts in response.topics for _number, code, *_ in parts
        )
        return response

    async def discard(self) -> None:
        """Throw the producer away with all that it has not sent; never waits for a broker."""
        self.is_shut = True
        self.kafka._closed = True  # noqa: SLF001 - its own `stop` sends what is left, for as long as it takes
        client, sending = self.kafka.client, self.kafka._sender.sender_task  # noqa: SLF001
        for connection in client._conns.values():  # noqa: SLF001
            if connection._writer is not None:  # noqa: SLF001
                connection._writer.transport.abort()  # noqa: SLF001 - what is buffered must not leave later
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await client.close()
        while sending is not None and not sending.done():
            sending.cancel()  # again and again: it awaits its requests, and they may await metadata
            await asyncio.wait({sending}, timeout=CANCEL_SECONDS)


def _is_refusal(code: int) -> bool:
    error = for_code(code)
    return error not in (NoError, DuplicateSequenceNumber) and not error.retriable
