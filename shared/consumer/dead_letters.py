"""Dead letters: what could not be taken is kept whole here and announced without its bytes."""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import audit, outbox
from shared.consumer.codec import Bad, Record, decode, moment_of
from shared.contracts.dead_letters import RecordDeadLettered
from shared.db import savepoint
from shared.db.faults import is_data_fault

MOST_REPLAYS = 3
"""So often somebody may ask in vain; the fold that first refused a record is attempt 1."""
KEEP_DAYS = 90
"""How long the bytes stay: poison may hold anything."""

_INSERT = text("""
    INSERT INTO dead_letter (consumer, topic, partition, record_offset, sha256, reason,
                             record_key, record_value, record_headers, record_time,
                             record_timestamp, erased_at)
    SELECT :consumer, u.*, CASE WHEN :is_bare OR u.reason = 'unreadable' THEN now() END FROM unnest(
        cast(:topics AS text[]), cast(:partitions AS int[]), cast(:offsets AS bigint[]),
        cast(:hashes AS text[]), cast(:reasons AS text[]), cast(:keys AS bytea[]), cast(:vals AS bytea[]),
        cast(:headers AS json[]), cast(:times AS timestamptz[]), cast(:timestamps AS bigint[]))
        AS u (topic, partition, record_offset, hash, reason, key, value, headers, made_at, timestamp)
    ON CONFLICT DO NOTHING
    RETURNING topic, partition, record_offset
""")
_STORED = """
    SELECT id, topic, partition, record_offset, record_key, record_value, record_headers, record_time,
           record_timestamp, attempts, is_trial, reason
    FROM dead_letter"""
_REQUESTED = text("""
    SELECT min(id) FROM dead_letter WHERE consumer = :consumer AND state = 'requested' AND id > :after
""")
_LOCK = text(f"{_STORED} WHERE id = :id AND state = 'requested' FOR UPDATE SKIP LOCKED")
_REPLAYABLE = "state = 'open' AND erased_at IS NULL AND (cast(:id AS bigint) IS NULL OR id = :id)"
_ASKED = text(f"{_STORED} WHERE {_REPLAYABLE} ORDER BY id")
_SETTLE = text("""
    UPDATE dead_letter
    SET state = :state, reason = coalesce(:reason, reason), attempts = :attempts, is_trial = false
    WHERE id = :id
""")
_LIST = text("""
    SELECT id, topic, partition, record_offset AS "offset", reason, state, attempts, sha256, received_at,
           erased_at
    FROM dead_letter WHERE (cast(:state AS text) IS NULL OR state = :state) AND id > :after
    ORDER BY id LIMIT :limit
""")
_COUNT = text("SELECT count(*) FROM dead_letter WHERE cast(:state AS text) IS NULL OR state = :state")
_SHOW = text("""
    SELECT id, topic, partition, record_offset AS "offset", reason, state, state_reason, attempts, sha256,
           received_at, erased_at, record_time, record_headers AS headers, record_key AS key,
           record_value AS value
    FROM dead_letter WHERE id = :id
""")
_REQUEST = text("""
    UPDATE dead_letter SET state = 'requested', is_trial = false
    WHERE id = :id AND erased_at IS NULL AND (state = 'open' OR (:is_forced AND state = 'quarantined'))
    RETURNING id
""")
_ASK_ALL = text("""
    UPDATE dead_letter SET state = 'requested', is_trial = true
    WHERE id = ANY(:ids) AND state = 'open' AND erased_at IS NULL RETURNING id
""")
_GROUPS = text("""
    SELECT array_agg(id ORDER BY id) AS ids FROM dead_letter
    WHERE state = 'open' AND erased_at IS NULL GROUP BY topic, reason ORDER BY min(id)
""")
_STATES = text("SELECT id, state, reason FROM dead_letter WHERE id = ANY(:ids) ORDER BY id")
_DISCARD = text("""
    UPDATE dead_letter SET state = 'discarded', state_reason = :reason
    WHERE id = :id AND state IN ('open', 'quarantined') RETURNING id
""")
_ERASE = text(f"""
    UPDATE dead_letter SET record_key = NULL, record_value = NULL, record_headers = '[]', erased_at = now()
    WHERE erased_at IS NULL AND state <> 'requested' AND received_at < now() - interval '{KEEP_DAYS} days'
""")  # noqa: S608 - own number
_UNTAKEN = text("""
    SELECT topic, partition, record_offset, sha256, reason FROM dead_letter
    WHERE consumer = :consumer AND state <> 'replayed'
""")
_OPEN = text("SELECT count(*) FROM dead_letter WHERE consumer = :consumer AND state = 'open'")

Reasons = Mapping[tuple[str, int, int, str], str]
"""Why records are dead letters, by topic, partition, offset and hash: another broker gives offsets anew."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record read back from its dead letter, byte-identical to the one on the topic."""

    id: int
    attempts: int
    is_trial: bool
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


async def keep(
    session: AsyncSession, consumer: str, bad: Sequence[Bad], *, source: str
) -> set[tuple[str, int, int]]:
    """Store bad records once each and announce the new ones on their dead-letter topics.

    Returns topic, partition and offset of those that were new: a record redelivered after a crash, or on a
    topic that is read again, is already there.
    """
    if not bad:
        return set()
    new = await _insert_safely(session, consumer, bad)
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
    return new


async def _insert_safely(
    session: AsyncSession, consumer: str, bad: Sequence[Bad]
) -> set[tuple[str, int, int]]:
    """Store the records; one whose bytes the database refuses is noted without them, as an erased one is."""
    try:
        async with savepoint(session):
            return await _insert(session, consumer, bad)
    except Exception as error:
        if not is_data_fault(error):
            raise
    if len(bad) == 1:
        return await _insert(session, consumer, bad, is_bare=True)
    half = len(bad) // 2
    return await _insert_safely(session, consumer, bad[:half]) | await _insert_safely(
        session, consumer, bad[half:]
    )


async def _insert(
    session: AsyncSession, consumer: str, bad: Sequence[Bad], *, is_bare: bool = False
) -> set[tuple[str, int, int]]:
    records = [item.record for item in bad]
    rows = await session.execute(
        _INSERT,
        {
            "consumer": consumer,
            "topics": [record.topic for record in records],
            "partitions": [record.partition for record in records],
            "offsets": [record.offset for record in records],
            "hashes": [record_hash(record) for record in records],
            "reasons": [item.reason for item in bad],
            "keys": [None if is_bare else record.key for record in records],
            "vals": [None if is_bare else record.value for record in records],
            "headers": ["[]" if is_bare else _pack(record) for record in records],
            "times": [moment_of(record) for record in records],
            "timestamps": [record.timestamp for record in records],
            "is_bare": is_bare,
        },
    )
    return {(row.topic, row.partition, row.record_offset) for row in rows}


async def next_id(session: AsyncSession, consumer: str, *, after: int) -> int | None:
    """Return the id of the oldest dead letter beyond `after` that an operator asked to replay, or None."""
    found: int | None = await session.scalar(_REQUESTED, {"consumer": consumer, "after": after})
    return found


async def lock_requested(session: AsyncSession, dead_letter_id: int) -> StoredRecord | None:
    """Lock and return a dead letter that was asked for; None when another process has it or had it."""
    row = (await session.execute(_LOCK, {"id": dead_letter_id})).one_or_none()
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
    """Close a replay: `replayed` when `reason` is None, else open again, or quarantined after three tries.

    A failure among all that were asked for at once is no try of its own.
    """
    attempts = stored.attempts + (reason is not None and not stored.is_trial)
    state = "replayed" if reason is None else "quarantined" if attempts > MOST_REPLAYS else "open"
    await session.execute(_SETTLE, {"id": stored.id, "state": state, "reason": reason, "attempts": attempts})
    return state


async def untaken(session: AsyncSession, consumer: str) -> Reasons:
    """Return the dead letters that were never taken after all."""
    found = await session.execute(_UNTAKEN, {"consumer": consumer})
    return {tuple(row[:4]): row.reason for row in found}


async def open_count(session: AsyncSession, consumer: str) -> int:
    """Return how many dead letters wait for a person."""
    return int(await session.scalar(_OPEN, {"consumer": consumer}) or 0)


async def listing(
    session: AsyncSession, *, state: str | None, limit: int = 1000, after: int = 0
) -> list[dict[str, Any]]:
    """Return dead letters behind the id `after` without their bytes, oldest first; `state` None means all."""
    rows = await session.execute(_LIST, {"state": state, "limit": limit, "after": after})
    return [dict(row) for row in rows.mappings()]


async def count(session: AsyncSession, *, state: str | None) -> int:
    """Return how many dead letters there are in this state; None means all."""
    return int(await session.scalar(_COUNT, {"state": state}) or 0)


async def show(session: AsyncSession, dead_letter_id: int) -> dict[str, Any] | None:
    """Return one dead letter whole, bytes and headers included, or None."""
    row = (await session.execute(_SHOW, {"id": dead_letter_id})).mappings().one_or_none()
    return dict(row) if row else None


async def request_replay(session: AsyncSession, dead_letter_id: int, *, is_forced: bool = False) -> bool:
    """Ask the consumer to fold an open dead letter again, a quarantined one only when forced.

    False when it is in another state, or its bytes are erased.
    """
    asked = await session.scalar(_REQUEST, {"id": dead_letter_id, "is_forced": is_forced})
    if asked is None:
        return False
    await _audit(session, "replay_dead_letter", dead_letter_id)
    return True


async def request_all(session: AsyncSession, ids: Sequence[int]) -> list[int]:
    """Ask the consumer to fold those of these that are open; a failure will not count as a try of theirs."""
    asked = sorted(await session.scalars(_ASK_ALL, {"ids": list(ids)}))
    for one in asked:
        await _audit(session, "replay_dead_letter", one)
    return asked


async def groups(session: AsyncSession) -> list[list[int]]:
    """Return the ids of open dead letters that can be replayed, those of one topic and reason together."""
    return [list(row.ids) for row in await session.execute(_GROUPS)]


async def outcomes(session: AsyncSession, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return state and reason of these dead letters, by id."""
    return {row.id: (row.state, row.reason) for row in await session.execute(_STATES, {"ids": list(ids)})}


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
        is_trial=row.is_trial,
        reason=row.reason,
        topic=row.topic,
        partition=row.partition,
        offset=row.record_offset,
        timestamp=_timestamp(row),
        key=row.record_key,
        value=row.record_value,
        headers=_unpack(row.record_headers),
    )


def _timestamp(row: Row[Any]) -> int:
    """Return the record's own milliseconds; rows from before they were kept have the time alone."""
    if row.record_timestamp is not None:
        return int(row.record_timestamp)
    return round(row.record_time.timestamp() * 1000) if row.record_time else 0


def _pack(record: Record) -> str:
    """Headers as JSON with base64 values: they may be anything, also absent.

    What is no UTF-8 in a name stays a surrogate, which JSON writes as an escape and reads back.
    """
    return json.dumps(
        [[name, None if value is None else b64encode(value).decode()] for name, value in record.headers]
    )


def _unpack(packed: list[list[str | None]]) -> list[tuple[str, bytes | None]]:
    return [(str(name), None if value is None else b64decode(value)) for name, value in packed]
