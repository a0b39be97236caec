"""Read topics whole, as they lie on the broker: whatever others wrote there stops no reader."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from aiokafka import ConsumerRecord
from pydantic import ValidationError

from shared.contracts.base import EventData
from shared.contracts.topics import contract
from shared.kafka.client import Partition, Unreadable
from shared.kafka.reader import Reader

AT_ONCE = 500
ANSWER_SECONDS = 40.0
"""An operator waits longer than a consumer, which tries again."""


@dataclass(frozen=True, slots=True)
class Published:
    """A record of ours. `digest` is over the value, `moment` in Unix ms; `fact` None if unreadable."""

    id: UUID
    topic: str
    digest: bytes
    moment: int
    fact: EventData | None


async def existing(bootstrap: str, topics: Sequence[str]) -> Sequence[Partition]:
    """Return all partitions, as they are now, of those topics that exist."""
    async with Reader(bootstrap, topics, seconds=ANSWER_SECONDS) as reader:
        return (await reader.found()).partitions


async def records(bootstrap: str, partitions: Sequence[Partition]) -> AsyncIterator[Published]:
    """Yield our records up to the present ends, in order within a partition; others' are passed over."""
    async with Reader(bootstrap, (), seconds=ANSWER_SECONDS) as reader:
        starts, ends = await reader.starts(partitions), await reader.ends(partitions)
        async for batch in reader.batches(starts, ends, at_once=AT_ONCE):
            for record in batch:
                if not isinstance(record, Unreadable) and (read := _published(record)) is not None:
                    yield read


def _published(record: ConsumerRecord) -> Published | None:
    """Return the record as an event of ours, None for one without an id or a value: topics hold poison."""
    headers = {name: value or b"" for name, value in record.headers}
    topic, value = record.topic, record.value
    try:
        identity = UUID(headers.get("ce_id", b"").decode())
    except ValueError:
        return None
    if value is None:
        return None
    fact = _fact(headers.get("ce_type", b""), topic, value)
    moment: int = record.timestamp
    return Published(identity, topic, digest(value), moment, fact)


def _fact(event_type: bytes, topic: str, value: bytes) -> EventData | None:
    model = contract(event_type.decode(errors="replace"))
    try:
        fact = None if model is None else model.model_validate_json(value)
    except ValidationError:
        return None
    return fact if fact is not None and fact.topic_name() == topic else None


def digest(value: bytes) -> bytes:
    """Return what tells two payloads apart."""
    return hashlib.sha256(value).digest()
