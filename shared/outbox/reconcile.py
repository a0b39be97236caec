"""Compare a service's outbox with its topics and republish what a broker lost."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from aiokafka import TopicPartition
from sqlalchemy import text

from shared.contracts.topics import produced_by
from shared.db import Database
from shared.kafka import AIOKafkaConsumer

_ROWS = text("""
    SELECT id, topic, payload, min(created_at) OVER () AS oldest FROM outbox
    WHERE published_at IS NOT NULL AND topic = ANY(:topics)
""")
_REPUBLISH = text("UPDATE outbox SET published_at = NULL WHERE id = ANY(:ids)")


@dataclass(slots=True)
class Reconciliation:
    """Outcome of one run; every list holds event ids.

    `missing`: marked as published but not on the topic. `ghosts`: on the topic inside the outbox's window
    but unknown to the database. `altered`: same id with other bytes. `checked`: outbox rows compared.
    """

    checked: int = 0
    missing: list[UUID] = field(default_factory=list)
    ghosts: list[UUID] = field(default_factory=list)
    altered: list[UUID] = field(default_factory=list)
    is_republished: bool = False

    @property
    def is_clean(self) -> bool:
        return not (self.missing or self.ghosts or self.altered)


async def reconcile(db: Database, bootstrap: str, service: str, *, republish: bool = True) -> Reconciliation:
    """Compare published outbox rows with the topics; missing events are handed to the relay again.

    Reads the service's topics whole; memory grows with the rows of the outbox window (14 days). Events on
    compacted topics may be gone by design and are never missing.
    """
    owned = produced_by(service)
    names = [entry.name for entry in owned]
    compacted = {entry.name for entry in owned if entry.cleanup == "compact"}
    async with db.reading() as session:
        rows = (await session.execute(_ROWS, {"topics": names})).all()
    if not rows:
        return Reconciliation()
    window_start = int(rows[0].oldest.timestamp() * 1000)
    known = {row.id: (row.topic, hashlib.sha256(row.payload).digest()) for row in rows}
    found: set[UUID] = set()
    result = Reconciliation(checked=len(rows))
    async for identity, digest, moment in _records(bootstrap, names):
        if identity not in known:
            if moment >= window_start and not await _is_waiting(db, identity):
                result.ghosts.append(identity)
        elif known[identity][1] != digest:
            result.altered.append(identity)
        found.add(identity)
    result.missing = [
        identity for identity, (name, _) in known.items() if identity not in found and name not in compacted
    ]
    if republish and result.missing:
        async with db.transaction() as session:
            await session.execute(_REPUBLISH, {"ids": result.missing})
        result.is_republished = True
    return result


async def _is_waiting(db: Database, identity: UUID) -> bool:
    """Tell whether an event is in the outbox after all: written, or marked, after we took our picture."""
    async with db.reading() as session:
        found = await session.scalar(text("SELECT 1 FROM outbox WHERE id = :id LIMIT 1"), {"id": identity})
    return found is not None


async def _records(bootstrap: str, topics: list[str]) -> AsyncIterator[tuple[UUID, bytes, int]]:
    """Yield event id, payload hash and time (Unix ms) of every record up to the present end."""
    async with AIOKafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    ) as reader:
        places: set[TopicPartition] = set(reader.assignment())
        stop = await reader.end_offsets(places)
        starts = await reader.beginning_offsets(places)
        todo = {place for place in places if stop[place] > starts[place]}
        while todo:
            for place, batch in (await reader.getmany(timeout_ms=500)).items():
                for record in batch:
                    identity = _identity(record.headers)
                    if identity is not None and record.value is not None:
                        yield identity, hashlib.sha256(record.value).digest(), record.timestamp
                if batch[-1].offset + 1 >= stop[place]:
                    todo.discard(place)


def _identity(headers: Sequence[tuple[str, bytes | None]]) -> UUID | None:
    """Return a record's event id, None for a record that no service of ours wrote: topics hold poison."""
    try:
        return UUID((dict(headers).get("ce_id") or b"").decode())
    except ValueError:
        return None
