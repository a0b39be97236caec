"""What an operator does about a halted consumer; each designed halt has one command here.

Source: reliability.md section 3, rule 4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aiokafka import TopicPartition
from sqlalchemy import text

from shared.consumer import continuity, watermark
from shared.consumer.batch import pass_by
from shared.contracts.envelope import source_of
from shared.contracts.topics import consumed_by
from shared.db import Database
from shared.kafka.client import AIOKafkaConsumer, Partition, Unreadable
from shared.kafka.reader import Reader

_REBASE = text("""
    UPDATE watermark w SET next_offset = u.o, fingerprint = NULL, cluster_id = :cluster_id
    FROM unnest(cast(:topics AS text[]), cast(:partitions AS int[]), cast(:offsets AS bigint[])) AS u(t, p, o)
    WHERE w.consumer = :consumer AND w.topic = u.t AND w.partition = u.p
""")


def group_id(service: str) -> str:
    """Return the Kafka group of a service's consumer."""
    return f"zi-{service}"


@dataclass(frozen=True, slots=True)
class PartitionState:
    """One partition as the database and the broker see it; `lag` in records.

    `state`: `missing` for a topic that does not exist, `new` for a partition not taken up yet, else `known`.
    """

    topic: str
    partition: int | None
    state: Literal["known", "new", "missing"]
    next_offset: int | None
    lag: int | None
    halted: str | None


async def status(
    db: Database, bootstrap: str, service: str, topics: Sequence[str] | None = None
) -> list[PartitionState]:
    """Return every partition's watermark, lag and halt, in order of topic and partition.

    Nothing for a consumer that never ran, but for the topics that are missing.
    """
    async with db.reading() as session:
        marks = await watermark.load(session, service)
    read = consumed_by(service) if topics is None else topics
    async with Reader(bootstrap, read) as reader:
        found = await reader.found()
        ends = await reader.ends(found.partitions)
    states = [PartitionState(name, None, "missing", None, None, None) for name in found.missing]
    for partition, end in ends.items() if marks else ():
        mark = marks.get(partition)
        if mark is None:
            states.append(PartitionState(*partition, "new", None, None, None))
        else:
            lag = end - mark.next_offset
            states.append(PartitionState(*partition, "known", mark.next_offset, lag, mark.halted))
    return sorted(states, key=lambda one: (one.topic, one.partition or 0))


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
    await _commit(bootstrap, service, {partition: mark.next_offset for partition, mark in marks.items()})
    await resume(db, service)


async def skip(
    db: Database, bootstrap: str, service: str, topics: Sequence[str] | None = None
) -> list[Unreadable]:
    """After `unreadable`: go on behind what cannot be read, and leave a dead letter without bytes for it.

    The halt is lifted when something was skipped, or nothing is unreadable any longer. Returns what was
    skipped.
    """
    read = consumed_by(service) if topics is None else topics
    async with Reader(bootstrap, read) as reader:
        present = (await reader.found()).partitions
        async with db.reading() as session:
            marks = await watermark.load(session, service)
        found = await continuity.unreadable(reader, {one: marks[one] for one in present if one in marks})
    async with db.transaction() as session:
        await pass_by(session, found, consumer=service, source=source_of(service))
    # In this order: what Kafka knows must trail the watermark.
    await _commit(bootstrap, service, {(one.topic, one.partition): one.offset + 1 for one in found})
    await resume(db, service)
    return found


async def rebase(db: Database, bootstrap: str, service: str, topics: Sequence[str]) -> None:
    """After `log_went_back` or `gap`: read the topics again from their start; version guards absorb repeats.

    Run the producers' `zi outbox reconcile` first, so that what the broker lost is there again.
    """
    async with Reader(bootstrap, topics) as reader:
        starts = await reader.starts((await reader.found()).partitions)
        cluster = await reader.cluster_id()
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
        await watermark.halt(session, service, None)  # also of partitions that are no longer there


async def _commit(bootstrap: str, service: str, offsets: Mapping[Partition, int]) -> None:
    if not offsets:
        return
    async with AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group_id(service), enable_auto_commit=False
    ) as client:
        committed = {TopicPartition(*partition): offset for partition, offset in offsets.items()}
        client.assign(list(committed))
        await client.commit(committed)
