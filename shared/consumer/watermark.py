"""The watermark: per partition the next offset to apply, kept in the transaction that applies."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.consumer.codec import Record, fingerprint
from shared.kafka.client import Partition, Unreadable

# Rows are locked in one order by every worker, so that two of them never wait for each other in a ring.
_LOCK = text("""
    SELECT topic, partition, next_offset, cluster_id, fingerprint, halted FROM watermark
    WHERE consumer = :consumer AND (topic, partition) IN (
        SELECT * FROM unnest(cast(:topics AS text[]), cast(:partitions AS int[])))
    ORDER BY topic, partition FOR UPDATE
""")
_ALL = text("""
    SELECT topic, partition, next_offset, cluster_id, fingerprint, halted FROM watermark
    WHERE consumer = :consumer ORDER BY topic, partition
""")
_CREATE = text("""
    INSERT INTO watermark (consumer, topic, partition, next_offset, cluster_id)
    SELECT :consumer, t, p, o, :cluster_id
    FROM unnest(cast(:topics AS text[]), cast(:partitions AS int[]), cast(:offsets AS bigint[])) AS u(t, p, o)
    ON CONFLICT DO NOTHING
""")
_MOVE = text("""
    UPDATE watermark w SET next_offset = u.o, fingerprint = u.f, updated_at = clock_timestamp()
    FROM unnest(cast(:topics AS text[]), cast(:partitions AS int[]), cast(:offsets AS bigint[]),
                cast(:fingerprints AS bytea[])) AS u(t, p, o, f)
    WHERE w.consumer = :consumer AND w.topic = u.t AND w.partition = u.p
""")
_HALT = text("UPDATE watermark SET halted = :reason WHERE consumer = :consumer")


@dataclass(frozen=True, slots=True)
class Mark:
    """One partition's watermark. `fingerprint` is of the record before `next_offset`, None at the start."""

    next_offset: int
    cluster_id: str
    fingerprint: bytes | None
    halted: str | None


async def lock(
    session: AsyncSession, consumer: str, partitions: Iterable[Partition]
) -> dict[Partition, Mark]:
    """Lock and return the watermarks of these partitions; only one worker applies to a partition."""
    ordered = sorted(partitions)
    rows = await session.execute(
        _LOCK,
        {
            "consumer": consumer,
            "topics": [topic for topic, _ in ordered],
            "partitions": [number for _, number in ordered],
        },
    )
    return {(row.topic, row.partition): Mark(*row[2:]) for row in rows}


async def load(session: AsyncSession, consumer: str) -> dict[Partition, Mark]:
    """Return every watermark of a consumer."""
    rows = await session.execute(_ALL, {"consumer": consumer})
    return {(row.topic, row.partition): Mark(*row[2:]) for row in rows}


async def create(
    session: AsyncSession, consumer: str, starts: Mapping[Partition, int], cluster_id: str
) -> None:
    """Create missing watermarks at the given offsets; existing ones stay."""
    await session.execute(
        _CREATE,
        {
            "consumer": consumer,
            "cluster_id": cluster_id,
            "topics": [topic for topic, _ in starts],
            "partitions": [number for _, number in starts],
            "offsets": list(starts.values()),
        },
    )


async def move(session: AsyncSession, consumer: str, last: Sequence[Record | Unreadable]) -> None:
    """Move the watermarks behind the given records, the last applied one of each partition.

    There is no fingerprint of what could not be read.
    """
    await session.execute(
        _MOVE,
        {
            "consumer": consumer,
            "topics": [record.topic for record in last],
            "partitions": [record.partition for record in last],
            "offsets": [record.offset + 1 for record in last],
            "fingerprints": [
                None if isinstance(record, Unreadable) else fingerprint(record) for record in last
            ],
        },
    )


async def halt(session: AsyncSession, consumer: str, reason: str | None) -> None:
    """Note a halt by name on every partition of the consumer, or lift it with None."""
    await session.execute(_HALT, {"consumer": consumer, "reason": reason})
