"""Dead letters: what could not be taken is kept whole here and announced without its bytes."""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import outbox
from shared.consumer.codec import Bad, Record
from shared.contracts.dead_letters import RecordDeadLettered

MAX_ATTEMPTS = 3

_INSERT = text("""
    INSERT INTO dead_letter (consumer, topic, partition, record_offset, sha256, reason,
                             record_key, record_value, record_headers, record_time)
    SELECT :consumer, u.* FROM unnest(
        cast(:topics AS text[]), cast(:partitions AS int[]), cast(:offsets AS bigint[]),
        cast(:hashes AS text[]), cast(:reasons AS text[]), cast(:keys AS bytea[]), cast(:vals AS bytea[]),
        cast(:headers AS json[]), cast(:times AS timestamptz[])) AS u
    ON CONFLICT DO NOTHING
    RETURNING topic, partition, record_offset
""")
_REQUESTED = text("""
    SELECT id, topic, partition, record_offset, record_key, record_value, record_headers, record_time,
           attempts
    FROM dead_letter WHERE consumer = :consumer AND state = 'requested'
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
""")
_SETTLE = text("""
    UPDATE dead_letter SET state = :state, reason = coalesce(:reason, reason), attempts = :attempts
    WHERE id = :id
""")
_LIST = text("""
    SELECT id, topic, partition, record_offset AS "offset", reason, state, attempts, sha256, received_at
    FROM dead_letter WHERE (cast(:state AS text) IS NULL OR state = :state) ORDER BY id LIMIT :limit
""")
_SHOW = text("""
    SELECT id, topic, partition, record_offset AS "offset", reason, state, state_reason, attempts, sha256,
           received_at, record_time, record_headers AS headers, record_key AS key, record_value AS value
    FROM dead_letter WHERE id = :id
""")
_REQUEST = text("""
    UPDATE dead_letter SET state = 'requested'
    WHERE state = 'open' AND (cast(:id AS bigint) IS NULL OR id = :id) RETURNING id
""")
_DISCARD = text("""
    UPDATE dead_letter SET state = 'discarded', state_reason = :reason
    WHERE id = :id AND state IN ('open', 'quarantined') RETURNING id
""")
_OPEN = text("SELECT count(*) FROM dead_letter WHERE consumer = :consumer AND state = 'open'")


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record read back from its dead letter, byte-identical to the one on the topic."""

    id: int
    attempts: int
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def record_hash(record: Record) -> str:
    """Return the SHA-256 of key and value as hex: the identity of the bytes."""
    return hashlib.sha256((record.key or b"") + b"\x00" + (record.value or b"")).hexdigest()


async def keep(session: AsyncSession, consumer: str, bad: Sequence[Bad], *, source: str) -> int:
    """Store bad records once each and announce the new ones on their dead-letter topics.

    Returns how many were new: a record redelivered after a crash is already there.
    """
    if not bad:
        return 0
    rows = await session.execute(
        _INSERT,
        {
            "consumer": consumer,
            "topics": [item.record.topic for item in bad],
            "partitions": [item.record.partition for item in bad],
            "offsets": [item.record.offset for item in bad],
            "hashes": [record_hash(item.record) for item in bad],
            "reasons": [item.reason for item in bad],
            "keys": [item.record.key for item in bad],
            "vals": [item.record.value for item in bad],
            "headers": [_pack(item.record) for item in bad],
            "times": [datetime.fromtimestamp(item.record.timestamp / 1000, UTC) for item in bad],
        },
    )
    new = {tuple(row) for row in rows}
    notices = [
        RecordDeadLettered(
            version=1,
            consumer=consumer,
            source_topic=item.record.topic,
            partition=item.record.partition,
            offset=item.record.offset,
            sha256=record_hash(item.record),
            reason=item.reason,
            attempts=1,
        )
        for item in bad
        if (item.record.topic, item.record.partition, item.record.offset) in new
    ]
    await outbox.record(session, notices, source=source)
    return len(notices)


async def next_requested(session: AsyncSession, consumer: str) -> StoredRecord | None:
    """Lock and return the oldest dead letter that an operator asked to replay, None when there is none."""
    row = (await session.execute(_REQUESTED, {"consumer": consumer})).one_or_none()
    if row is None:
        return None
    return StoredRecord(
        id=row.id,
        attempts=row.attempts,
        topic=row.topic,
        partition=row.partition,
        offset=row.record_offset,
        timestamp=int(row.record_time.timestamp() * 1000) if row.record_time else 0,
        key=row.record_key,
        value=row.record_value,
        headers=_unpack(row.record_headers),
    )


async def settle(session: AsyncSession, stored: StoredRecord, reason: str | None) -> str:
    """Close a replay: `replayed` when `reason` is None, else open again, or quarantined after three tries."""
    attempts = stored.attempts + (reason is not None)
    state = "replayed" if reason is None else "quarantined" if attempts > MAX_ATTEMPTS else "open"
    await session.execute(_SETTLE, {"id": stored.id, "state": state, "reason": reason, "attempts": attempts})
    return state


async def open_count(session: AsyncSession, consumer: str) -> int:
    """Return how many dead letters wait for a person."""
    return int(await session.scalar(_OPEN, {"consumer": consumer}) or 0)


async def listing(session: AsyncSession, *, state: str | None, limit: int = 1000) -> list[dict[str, Any]]:
    """Return dead letters without their bytes, oldest first; `state` None means all."""
    rows = await session.execute(_LIST, {"state": state, "limit": limit})
    return [dict(row) for row in rows.mappings()]


async def show(session: AsyncSession, dead_letter_id: int) -> dict[str, Any] | None:
    """Return one dead letter whole, bytes and headers included, or None."""
    row = (await session.execute(_SHOW, {"id": dead_letter_id})).mappings().one_or_none()
    return dict(row) if row else None


async def request_replay(session: AsyncSession, dead_letter_id: int | None) -> list[int]:
    """Ask the consumer to fold one open dead letter again, or all of them with None; returns their ids."""
    return list(await session.scalars(_REQUEST, {"id": dead_letter_id}))


async def discard(session: AsyncSession, dead_letter_id: int, reason: str) -> bool:
    """Close a dead letter for good with a reason; false when it is not open or quarantined."""
    return await session.scalar(_DISCARD, {"id": dead_letter_id, "reason": reason}) is not None


def _pack(record: Record) -> str:
    """Headers as JSON with base64 values: header bytes may be anything, also absent."""
    return json.dumps(
        [[name, None if value is None else b64encode(value).decode()] for name, value in record.headers]
    )


def _unpack(packed: list[list[str | None]]) -> list[tuple[str, bytes | None]]:
    return [(str(name), None if value is None else b64decode(value)) for name, value in packed]
