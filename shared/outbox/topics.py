"""Read topics whole, as they lie on the broker: whatever others wrote there stops no reader."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from pydantic import ValidationError

from shared.contracts.base import EventData
from shared.contracts.topics import contract
from shared.kafka.client import AIOKafkaConsumer, Unreadable

AT_ONCE = 500
FETCH_BYTES = 4 * 1024 * 1024
POLL_MS = 500
WAIT_MS = 50
"""The broker's wait at the end of a log, which holds up the fetches of all other partitions."""


@dataclass(frozen=True, slots=True)
class Published:
    """A record of ours. `digest` is over the value, `moment` in Unix ms; `fact` None if unreadable."""

    id: UUID
    topic: str
    digest: bytes
    moment: int
    fact: EventData | None


async def existing(bootstrap: str, topics: Sequence[str]) -> list[TopicPartition]:
    """Return all partitions, as they are now, of those topics that exist."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        described = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    return [
        TopicPartition(entry["topic"], part["partition"])
        for entry in described
        if not entry["error_code"]
        for part in entry["partitions"]
    ]


async def records(bootstrap: str, places: Sequence[TopicPartition]) -> AsyncIterator[Published]:
    """Yield our records up to the present ends, in order within a partition; others' are passed over."""
    reader = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=WAIT_MS,
    )
    await reader.start()
    try:
        stops = await reader.end_offsets(places)
        starts = await reader.beginning_offsets(places)
        filled = [place for place in places if stops[place] > starts[place]]
        reader.assign(filled)
        for place in filled:
            reader.seek(place, starts[place])
        for place in filled:
            async for record in _partition(reader, place, stops[place]):
                if (read := _published(record)) is not None:
                    yield read
            reader.pause(place)
    finally:
        await reader.stop()


async def _partition(
    reader: AIOKafkaConsumer, place: TopicPartition, stop: int
) -> AsyncIterator[ConsumerRecord]:
    """Yield a partition's records; a batch that the client cannot read is passed over."""
    while await reader.position(place) < stop:
        batches = await reader.getmany(place, timeout_ms=POLL_MS, max_records=AT_ONCE)
        for record in batches.get(place, ()):
            if not isinstance(record, Unreadable):
                yield record


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
