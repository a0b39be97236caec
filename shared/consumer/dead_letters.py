"""Dead letters: what could not be taken is kept whole here and announced without its bytes."""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import audit, outbox
from shared.consumer.codec import Bad, Record, decode
from shared.contracts.dead_letters import RecordDeadLettered

MAX_ATTEMPTS = 3
KEEP_DAYS = 90
"""How long the bytes stay: poison may hold anything."""

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
_STORED = """
    SELECT id, topic, partition, record_offset, record_key, record_value, record_headers, record_time,
           attempts, reason
    FROM dead_letter"""
_REQUESTED = text(f"""{_STORED} WHERE consumer = :consumer AND state = 'requested'
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
""")
_REPLAYABLE = "state = 'open' AND erased_at IS NULL AND (cast(:id AS bigint) IS NULL OR id = :id)"
_ASKED = text(f"{_STORED} WHERE {_REPLAYABLE} ORDER BY id")
_SETTLE = text("""
    UPDATE dead_letter SET state = :state, reason = coalesce(:reason, reason), attempts = :attempts
    WHERE id = :id
""")
_LIST = text("""
    SELECT id, topic, partition, record_offset AS "offset", reason, state, attempts, sha256, received_at,
           erased_at
    FROM dead_letter WHERE (cast(:state AS text) IS NULL OR state = :state) ORDER BY id LIMIT :limit
""")
_SHOW = text("""
    SELECT id, topic, partition, record_offset AS "offset", reason, state, state_reason, attempts, sha256,
           received_at, erased_at, record_time, record_headers AS headers, record_key AS key,
           record_value AS value
    FROM dead_letter WHERE id = :id
""")
_REQUEST = text(f"UPDATE dead_letter SET state = 'requested' WHERE {_REPLAYABLE} RETURNING id")  # noqa: S608 - own text
_STATES = text("SELECT state FROM dead_letter WHERE id = ANY(:ids) ORDER BY id")
_DISCARD = text("""
    UPDATE dead_letter SET state = 'discarded', state_reason = :reason
    WHERE id = :id AND state IN ('open', 'quarantined') RETURNING id
""")
_ERASE = text(f"""
    UPDATE dead_letter SET record_key = NULL, record_value = NULL, record_headers = '[]', erased_at = now()
    WHERE erased_at IS NULL AND state <> 'requested' AND received_at < now() - interval '{KEEP_DAYS} days'
""")  # noqa: S608 - own number
_OPEN = text("SELECT count(*) FROM dead_letter WHERE consumer = :consumer AND state = 'open'")


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record read back from its dead letter, byte-identical to the one on the topic."""

    id: int
    attempts: int
    reason: str
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
    return None if row is None else _stored(row)


async def rehearse(
    session: AsyncSession, dead_letter_id: int | None
) -> list[tuple[StoredRecord, str | None]]:
    """Decode again what `request_replay` would ask for, and change nothing.

    Returns each with the codec's reason, None where it would be handed to the fold.
    """
    stored = [_stored(row) for row in await session.execute(_ASKED, {"id": dead_letter_id})]
    decoded = [(record, decode(record)) for record in stored]
    return [(record, found.reason if isinstance(found, Bad) else None) for record, found in decoded]


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
    """Ask the consumer to fold one open dead letter again, or all of them with None; returns their ids.

    Those whose bytes are erased cannot be folded and are left out.
    """
    ids = sorted(await session.scalars(_REQUEST, {"id": dead_letter_id}))
    for one in ids:
        await _audit(session, "replay_dead_letter", one)
    return ids


async def states(session: AsyncSession, ids: Sequence[int]) -> list[str]:
    """Return the states of these dead letters, in order of their ids."""
    return list(await session.scalars(_STATES, {"ids": list(ids)}))


async def discard(session: AsyncSession, dead_letter_id: int, reason: str) -> bool:
    """Close a dead letter for good with a reason; false when it is not open or quarantined."""
    if await session.scalar(_DISCARD, {"id": dead_letter_id, "reason": reason}) is None:
        return False
    await _audit(session, "discard_dead_letter", dead_letter_id, reason=reason)
    return True


async def erase_old(session: AsyncSession) -> int:
    """Erase key, value and headers after `KEEP_DAYS`; returns how many rows had some.

    The rows stay: open ones for people to see, and all of them so that a topic read again from its start does
    not announce its poison anew. A requested one keeps its bytes until it is settled.
    """
    return cast("CursorResult[Any]", await session.execute(_ERASE)).rowcount


async def _audit(
    session: AsyncSession, operation: str, dead_letter_id: int, reason: str | None = None
) -> None:
    """Note an operator's step, not who took it: the database login is shared."""
    await audit.record(
        session,
        actor=None,
        operation=operation,
        entity="dead_letter",
        entity_id=str(dead_letter_id),
        reason=reason,
    )


def _stored(row: Row[Any]) -> StoredRecord:
    return StoredRecord(
        id=row.id,
        attempts=row.attempts,
        reason=row.reason,
        topic=row.topic,
        partition=row.partition,
        offset=row.record_offset,
        timestamp=int(row.record_time.timestamp() * 1000) if row.record_time else 0,
        key=row.record_key,
        value=row.record_value,
        headers=_unpack(row.record_headers),
    )


def _pack(record: Record) -> str:
    """Headers as JSON with base64 values: header bytes may be anything, also absent."""
    return json.dumps(
        [[name, None if value is None else b64encode(value).decode()] for name, value in record.headers]
    )


def _unpack(packed: list[list[str | None]]) -> list[tuple[str, bytes | None]]:
    return [(str(name), None if value is None else b64decode(value)) for name, value in packed]
