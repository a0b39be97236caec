"""Small steps that tests take on a broker."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from shared.consumer import watermark
from shared.contracts.base import EventData
from shared.contracts.envelope import Event
from shared.contracts.topics import all_topic_configs
from shared.db import Database
from shared.kafka.client import _Records
from tests.support.polling import until


async def ends(bootstrap: str, topics: Sequence[str]) -> dict[TopicPartition, int]:
    """Return the end offset of every partition of the topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    described = await admin.describe_topics(list(topics))
    await admin.close()
    places = [
        TopicPartition(entry["topic"], part["partition"])
        for entry in described
        for part in entry["partitions"]
    ]
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as reader:
        found: dict[TopicPartition, int] = await reader.end_offsets(places)
    return found


async def begin_at_end(db: Database, bootstrap: str, consumer: str, topics: Sequence[str]) -> None:
    """Place a new consumer's watermarks behind everything other tests left on the topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    cluster = str((await admin.describe_cluster())["cluster_id"])
    await admin.close()
    starts = {(place.topic, place.partition): end for place, end in (await ends(bootstrap, topics)).items()}
    async with db.transaction() as session:
        await watermark.create(session, consumer, starts, cluster)


async def read_from(bootstrap: str, start: dict[TopicPartition, int]) -> list[Any]:
    """Return every record after the given offsets up to the present end, in partition order.

    Raises `OffsetOutOfRangeError` when the topic keeps some of them no longer.
    """
    topics = sorted({place.topic for place in start})
    stop = await ends(bootstrap, topics)
    records = []
    todo = {place for place in stop if stop[place] > start[place]}
    if not todo:
        return []
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="none") as reader:
        reader.assign(sorted(todo))
        for place in todo:
            reader.seek(place, start[place])
        while todo:
            for place, batch in (await reader.getmany(timeout_ms=200)).items():
                records += [record for record in batch if record.offset < stop[place]]
                if batch[-1].offset + 1 >= stop[place]:
                    todo.discard(place)
    return sorted(records, key=lambda record: (record.topic, record.partition, record.offset))


@asynccontextmanager
async def producing(bootstrap: str) -> Any:
    """Give a plain producer for records no service of ours would write."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=4_000_000) as producer:
        yield producer


async def send(
    producer: AIOKafkaProducer, data: EventData, *, source: str = "zi/test", partition: int | None = None
) -> Any:
    """Send one well-formed event as a service would and return the broker's receipt."""
    from datetime import UTC, datetime

    event = Event(data, source, datetime.now(UTC))
    return await producer.send_and_wait(
        data.topic_name(),
        event.value(),
        key=data.key().encode(),
        headers=event.headers(),
        partition=partition,
    )


@asynccontextmanager
async def administering(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """Give an admin client."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def create_only(bootstrap: str, names: Sequence[str]) -> None:
    """Create these topics of the registry: a broker of a test's own takes seconds to open and close all."""
    async with administering(bootstrap) as admin:
        await admin.create_topics(
            [
                NewTopic(name, partitions, 1, topic_configs=configs)
                for name, partitions, configs in all_topic_configs()
                if name in names
            ]
        )


async def delete_topic(bootstrap: str, name: str) -> None:
    """Delete a topic with its records and return when the broker no longer lists it."""
    async with administering(bootstrap) as admin:
        await admin.delete_topics([name])

        async def is_gone() -> bool:
            return name not in await admin.list_topics()

        await until(is_gone, what=f"topic {name} deleted")


async def set_partitions(bootstrap: str, name: str, count: int) -> None:
    """Raise a topic's number of partitions, as somebody might by mistake."""
    async with administering(bootstrap) as admin:
        await admin.create_partitions({name: NewPartitions(count)})


class HeaderName(str):
    """The name of a record header by its bytes, which need not be text."""

    __slots__ = ("raw",)
    raw: bytes

    def __new__(cls, raw: bytes) -> Self:
        made = super().__new__(cls, raw.decode(errors="replace"))
        made.raw = raw
        return made

    def encode(self, *_: str) -> bytes:
        return self.raw


@dataclass(frozen=True)
class RawRecord:
    """One record as a client without our checks could send it; a `HeaderName` keeps its bytes."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    timestamp_ms: int | None = None


async def send_raw(
    producer: AIOKafkaProducer, topic: str, partition: int, records: Sequence[RawRecord]
) -> list[int]:
    """Send the records as one batch and return their offsets.

    The client's builder in C takes nothing but text for the name of a header, its twin in Python does.
    """
    batch = producer.create_batch()
    batch._builder = _DefaultRecordBatchBuilderPy(
        2, 0, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=4_000_000
    )
    for record in records:
        batch.append(
            timestamp=record.timestamp_ms, key=record.key, value=record.value, headers=record.headers
        )
    first = (await (await producer.send_batch(batch, topic, partition=partition))).offset
    return list(range(first, first + len(records)))


def breaking(offset: int, holding: bytes) -> Callable[[Any, bytes], None]:
    """Return how `_Records` takes the bytes of a fetch in when one batch is damaged.

    It is the one at this offset that holds these bytes: other topics have the offset too.
    """
    whole, first = _Records.__init__, offset.to_bytes(8, "big")

    def broken(self: Any, data: bytes) -> None:
        begin = 0
        while begin + 12 <= len(data):
            end = begin + 12 + int.from_bytes(data[begin + 8 : begin + 12], "big")
            if data[begin : begin + 8] == first and holding in data[begin:end]:
                data = data[: begin + 80] + bytes([data[begin + 80] ^ 1]) + data[begin + 81 :]
            begin = end
        whole(self, data)

    return broken
