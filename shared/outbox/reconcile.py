"""Compare a service's outbox and its tables with its topics and republish what a broker lost."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.topics import produced_by
from shared.db import Database, on_commit
from shared.outbox.pointer import BY_ITSELF, WAITS
from shared.outbox.snapshot import FactKey, States, key_of, overtaken, stream
from shared.outbox.topics import Published, existing, records
from shared.outbox.wake import wake_relays

_ROWS = f"""
    SELECT id, topic, aggregateid, version, sha256(payload) AS digest, created_at, {WAITS} AS waits
    FROM outbox WHERE topic = ANY(:topics)
"""  # noqa: S608 - own text
_REPUBLISH = text(f"UPDATE outbox SET {BY_ITSELF} WHERE id = ANY(:ids)")  # noqa: S608 - own text


@dataclass(slots=True)
class Reconciliation:
    """Outcome of one run; lists hold event ids.

    `missing`: marked as published but not on the topic. `ghosts`: on the topic inside the outbox's window
    but unknown to the database. `altered`: same id with other bytes. `checked`: outbox rows compared.
    `missing_states`: by topic, how many entities (or parts of them) are absent there or older than in the
    tables; those outside the outbox's window come back by a snapshot. `missing_topics` do not exist.
    """

    checked: int = 0
    missing: list[UUID] = field(default_factory=list)
    ghosts: list[UUID] = field(default_factory=list)
    altered: list[UUID] = field(default_factory=list)
    missing_states: dict[str, int] = field(default_factory=dict)
    missing_topics: list[str] = field(default_factory=list)
    is_republished: bool = False

    @property
    def is_clean(self) -> bool:
        return not (self.missing or self.ghosts or self.altered or self.missing_states or self.missing_topics)


async def reconcile(
    db: Database, bootstrap: str, service: str, states: States, *, republish: bool = True
) -> Reconciliation:
    """Compare outbox rows and present states with the topics; missing events are handed to the relay again.

    Reads the service's topics whole; memory grows with the rows of the outbox window (14 days) and the
    entities. Events on compacted topics may be gone by design: there only an entity's newest one is missed.
    """
    owned = produced_by(service)
    names = [entry.name for entry in owned]
    compacted = {entry.name for entry in owned if entry.cleanup == "compact"}
    partitions = await existing(bootstrap, names)
    present = {name for name, _ in partitions}
    result = Reconciliation(missing_topics=sorted(set(names) - present))
    async with db.reading(patient=True) as session:  # one picture: what it calls published is on the topics
        window = await _window(session, names)
        result.checked = len(window.published)
        found, newest = await _compare(db, records(bootstrap, partitions), window, result)
        missing = {
            identity
            for identity, (name, _) in window.published.items()
            if identity not in found and name not in compacted
        }
        async for fact, *_ in states(session):
            name = fact.topic_name()
            key = key_of(fact)
            if newest.get((name, fact.part()), 0) < fact.version and key not in window.waiting:
                result.missing_states[name] = result.missing_states.get(name, 0) + 1
                if key in window.by_key:
                    missing.add(window.by_key[key])
    result.missing = sorted(missing)
    result.ghosts.sort()  # topics are read side by side, so they come in no order
    result.altered.sort()
    known = {identity for identity in missing if window.published[identity][0] in present}
    if republish and known:
        keys_of = {identity: key for key, identity in window.by_key.items() if identity in known}
        async with db.transaction() as session:
            old = await overtaken(session, service, keys_of.values())
            due = [one for one in result.missing if one in known and keys_of.get(one) not in old]
            await session.execute(_REPUBLISH, {"ids": due})
            on_commit(session, wake_relays)
        result.is_republished = bool(due)
    return result


@dataclass(slots=True)
class _Window:
    """The outbox as it is: published events with topic and digest, and the keys of all by entity version.

    `start` is when the oldest published row was written, in Unix ms.
    """

    published: dict[UUID, tuple[str, bytes]] = field(default_factory=dict)
    by_key: dict[FactKey, UUID] = field(default_factory=dict)
    waiting: set[FactKey] = field(default_factory=set)
    start: float = float("inf")


async def _window(session: AsyncSession, names: Sequence[str]) -> _Window:
    window = _Window()
    async for row in stream(session, _ROWS, topics=names):
        key = (row.topic, row.aggregateid, row.version)
        if row.waits:
            window.waiting.add(key)
            continue
        window.published[row.id] = (row.topic, row.digest)
        window.by_key[key] = row.id
        window.start = min(window.start, row.created_at.timestamp() * 1000)
    return window


async def _compare(
    db: Database, found: AsyncIterator[Published], window: _Window, result: Reconciliation
) -> tuple[set[UUID], dict[tuple[str, str], int]]:
    """Note ghosts and altered events; return the ids met and the newest version of each entity's part."""
    ids: set[UUID] = set()
    newest: dict[tuple[str, str], int] = {}
    async for record in found:
        ids.add(record.id)
        if record.id not in window.published:
            if record.moment >= window.start and not await _is_waiting(db, record.id):
                result.ghosts.append(record.id)
        elif window.published[record.id][1] != record.digest:
            result.altered.append(record.id)
        if record.fact is not None:
            key = (record.topic, record.fact.part())
            newest[key] = max(newest.get(key, 0), record.fact.version)
    return ids, newest


async def _is_waiting(db: Database, identity: UUID) -> bool:
    """Tell whether an event is in the outbox after all: written, or marked, after we took our picture."""
    async with db.reading() as session:
        found = await session.scalar(text("SELECT 1 FROM outbox WHERE id = :id LIMIT 1"), {"id": identity})
    return found is not None
