"""Small steps that tests take on a broker."""

from collections.abc import Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.consumer import watermark
from shared.contracts.base import EventData
from shared.contracts.envelope import Event
from shared.db import Database


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
    """Return every record after the given offsets up to the present end, in partition order."""
    topics = sorted({place.topic for place in start})
    stop = await ends(bootstrap, topics)
    records = []
    todo = {place for place in stop if stop[place] > start[place]}
    if not todo:
        return []
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as reader:
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


async def send(producer: AIOKafkaProducer, data: EventData, *, source: str = "zi/test") -> Any:
    """Send one well-formed event as a service would and return the broker's receipt."""
    from datetime import UTC, datetime

    event = Event(data, source, datetime.now(UTC))
    return await producer.send_and_wait(
        data.topic_name(), event.value(), key=data.key().encode(), headers=event.headers()
    )
