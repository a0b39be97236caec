"""What an operator does about a halted consumer; each designed halt has one command here.

Source: reliability.md section 3, rule 4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import text

from shared.consumer import watermark
from shared.consumer.fence import Fence
from shared.db import Database

_REBASE = text("""
    UPDATE watermark w SET next_offset = u.o, fingerprint = NULL, cluster_id = :cluster_id, halted = NULL
    FROM unnest(cast(:topics AS text[]), cast(:partitions AS int[]), cast(:offsets AS bigint[])) AS u(t, p, o)
    WHERE w.consumer = :consumer AND w.topic = u.t AND w.partition = u.p
""")


def group_id(service: str) -> str:
    """Return the Kafka group of a service's consumer."""
    return f"zi-{service}"


@dataclass(frozen=True, slots=True)
class Standing:
    """One partition as the database and the broker see it; `lag` in records."""

    topic: str
    partition: int
    next_offset: int
    lag: int
    halted: str | None


async def status(db: Database, bootstrap: str, service: str) -> list[Standing]:
    """Return every partition's watermark, lag and halt, in order of topic and partition."""
    async with db.reading() as session:
        marks = await watermark.load(session, service)
    topics = sorted({topic for topic, _ in marks})
    async with Fence(bootstrap, topics, group_id(service)) as fence:
        ends = await fence.ends([TopicPartition(*place) for place in marks])
    return [
        Standing(
            topic,
            number,
            mark.next_offset,
            ends[TopicPartition(topic, number)] - mark.next_offset,
            mark.halted,
        )
        for (topic, number), mark in marks.items()
    ]


async def resume(db: Database, service: str) -> None:
    """Lift a halt after its cause was mended; the consumer goes on within a second."""
    async with db.transaction() as session:
        await watermark.halt(session, service, None)


async def rewind(db: Database, bootstrap: str, service: str) -> None:
    """After `offset_ahead`: bring Kafka's committed offsets back to our watermarks, then resume.

    The halted consumer has left its group; a group with living members refuses the change.
    """
    async with db.reading() as session:
        marks = await watermark.load(session, service)
    await _commit(bootstrap, service, {place: mark.next_offset for place, mark in marks.items()})
    await resume(db, service)


async def rebase(db: Database, bootstrap: str, service: str, topics: Sequence[str]) -> None:
    """After `log_went_back` or `gap`: read the topics again from their start; version guards absorb repeats.

    Run the producers' `zi outbox reconcile` first, so that what the broker lost is there again.
    """
    async with Fence(bootstrap, topics, group_id(service)) as fence:
        starts = await fence.starts()
        cluster = await fence.cluster_id()
    await _commit(bootstrap, service, starts)
    async with db.transaction() as session:
        await session.execute(
            _REBASE,
            {
                "consumer": service,
                "cluster_id": cluster,
                "topics": [topic for topic, _ in starts],
                "partitions": [number for _, number in starts],
                "offsets": list(starts.values()),
            },
        )


async def _commit(bootstrap: str, service: str, offsets: Mapping[watermark.Partition, int]) -> None:
    async with AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group_id(service), enable_auto_commit=False
    ) as client:
        places = {TopicPartition(*place): offset for place, offset in offsets.items()}
        client.assign(list(places))
        await client.commit(places)
