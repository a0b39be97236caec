"""After a database came back from a backup: lift every version above what the topics carry already.

Without it consumers take each new fact for an old one and drop it. Source: reliability.md section 3, rule 8.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from shared import audit
from shared.contracts.base import EventData
from shared.contracts.envelope import source_of
from shared.contracts.topics import produced_by
from shared.db import Database
from shared.outbox.record import record
from shared.outbox.snapshot import Behind, Register, stream
from shared.outbox.topics import Published, digest, existing, records

AT_ONCE = 200
"""Parts of entities lifted in one transaction."""

_KNOWN = "SELECT id, created_at FROM outbox WHERE topic = ANY(:topics)"

Part = tuple[str, str]
"""Topic and part of an entity."""


@dataclass(frozen=True, slots=True)
class Ghost:
    """An event on a topic that the database does not know, as an operator needs to see it."""

    id: UUID
    time: datetime
    fact: EventData


@dataclass(slots=True)
class Finished:
    """What was found and done. `ghosts` are those that still stand above the database.

    `lifted` counts parts of entities that were brought above their topic, `told` the events that say so,
    `unknown` the newest event about each entity that the database does not know: people decide.
    """

    ghosts: list[Ghost] = field(default_factory=list)
    lifted: int = 0
    told: int = 0
    unknown: list[EventData] = field(default_factory=list)
    missing_topics: list[str] = field(default_factory=list)


async def finish(
    db: Database, bootstrap: str, service: str, register: Register, *, dry_run: bool = False
) -> Finished:
    """Find what the topics say and the restored database does not, and lift what that concerns.

    The service's API is closed meanwhile. Run again it finds only unknown entities. Reads the topics whole;
    memory grows with the entities. `dry_run` takes every step and takes it back.
    """
    names = [entry.name for entry in produced_by(service)]
    partitions = await existing(bootstrap, names)
    done = Finished(missing_topics=sorted(set(names) - {name for name, _ in partitions}))
    if done.missing_topics:
        return done
    async with db.reading(patient=True) as session:
        behind = await _compare(session, register, names, records(bootstrap, partitions), done)
    for start in range(0, len(behind), AT_ONCE):
        async with db.transaction() as session:
            for part in behind[start : start + AT_ONCE]:
                await _lift(session, service, register, part, done)
            if dry_run:
                await session.rollback()
    return done


@dataclass(slots=True)
class _OnTopics:
    """What the topics hold: `floors`, the highest version of each entity; `told`, ghosts by part.

    `taken` gives the facts' digest under each version that an unknown event took.
    """

    floors: dict[tuple[str, str], int] = field(default_factory=dict)
    told: dict[Part, list[Ghost]] = field(default_factory=dict)
    taken: dict[tuple[str, str, int], bytes] = field(default_factory=dict)


async def _compare(
    session: AsyncSession,
    register: Register,
    names: Sequence[str],
    found: AsyncIterator[Published],
    done: Finished,
) -> list[Behind]:
    """Return the parts of entities that the topics know better, in the order they were told."""
    topics = await _read(session, register, names, found, done)
    behind = []
    for ghosts in topics.told.values():
        ghosts.sort(key=lambda ghost: ghost.fact.version)
        facts = [ghost.fact for ghost in ghosts]
        behind.append(Behind(facts[-1], topics.floors[_entity(facts[-1])], facts, ghosts[-1].time))
    if topics.taken:  # a version may have gone to another part of the same entity
        async for fact, *_ in register.states(session):
            other = topics.taken.get((*_entity(fact), fact.version))
            if other is not None and other != _digest(fact) and _part(fact) not in topics.told:
                behind.append(Behind(fact, topics.floors[_entity(fact)]))
    order = {name: place for place, name in enumerate(names)}
    return sorted(
        behind, key=lambda one: (order[one.fact.topic_name()], one.fact.subject(), one.fact.version)
    )


async def _read(
    session: AsyncSession,
    register: Register,
    names: Sequence[str],
    found: AsyncIterator[Published],
    done: Finished,
) -> _OnTopics:
    """Read the topics beside the tables; an event is a ghost while it beats what stands in them."""
    known: set[UUID] = set()
    window_start = float("inf")
    async for row in stream(session, _KNOWN, topics=names):
        known.add(row.id)
        window_start = min(window_start, row.created_at.timestamp() * 1000)
    present = {_part(fact): (fact.version, _digest(fact)) async for fact, *_ in register.states(session)}
    topics = _OnTopics()
    async for event in found:
        fact = event.fact
        if fact is None:
            continue
        topics.floors[_entity(fact)] = max(topics.floors.get(_entity(fact), 0), fact.version)
        if event.id in known:
            continue
        told = _digest(fact)
        if event.moment >= window_start:
            topics.taken.setdefault((*_entity(fact), fact.version), told)
        version, own = present.get(_part(fact), (0, b""))
        if fact.version > version or (fact.version == version and told != own):
            ghost = Ghost(event.id, datetime.fromtimestamp(event.moment / 1000, UTC), fact)
            done.ghosts.append(ghost)
            topics.told.setdefault(_part(fact), []).append(ghost)
    done.ghosts.sort(key=lambda ghost: (ghost.time, ghost.id))  # topics are read side by side
    return topics


async def _lift(
    session: AsyncSession, service: str, register: Register, behind: Behind, done: Finished
) -> None:
    facts = await register.lift(session, behind)
    if facts is None:
        done.unknown.append(behind.fact)
        return
    ids = await record(session, facts, source=source_of(service))
    done.lifted += bool(facts)
    done.told += len(facts)
    await audit.record(
        session,
        actor=None,
        operation="lift_version",
        entity=behind.fact.event_type.split(".")[3],
        entity_id=behind.fact.subject(),
        version=facts[-1].version if facts else None,
        changes={"part": behind.fact.part(), "version_on_topic": behind.floor, "ghosts": len(behind.told)},
        event_ids=ids,
    )


def _entity(fact: EventData) -> tuple[str, str]:
    return (fact.topic_name(), fact.subject())


def _part(fact: EventData) -> Part:
    return (fact.topic_name(), fact.part())


def _digest(fact: EventData) -> bytes:
    """Return what tells two facts apart, however an older model wrote them: order, defaults, time zones."""
    facts = fact.model_dump(exclude=set(fact.beside))
    return digest(orjson.dumps(facts, _in_utc, orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_SORT_KEYS))


def _in_utc(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"no plain value: {type(value).__name__}")
