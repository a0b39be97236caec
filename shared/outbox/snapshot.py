"""Say again what stands in the tables: the present state of every entity, at its present version.

A consumer takes the same version only with the same bytes, so a service's states repeat byte for byte what
was published. Source: reliability.md section 3, rule 6.
"""

import importlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol, cast
from uuid import UUID, uuid5

from sqlalchemy import Executable, Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.base import EventData
from shared.contracts.envelope import Event, source_of
from shared.contracts.topics import produced_by
from shared.db import Database, on_commit
from shared.kafka.client import Partition
from shared.outbox.pointer import BY_ITSELF, WAITS
from shared.outbox.record import append
from shared.outbox.topics import existing, records
from shared.outbox.wake import wake_relays

PAGE = 500
NAMESPACE = UUID("8b0c5a43-2d4e-5f0b-9d53-7a3f6a1c2e90")
"""Fixed for good: the ids of states said again follow from it."""

_KNOWN = f"SELECT id, topic, aggregateid, version, {WAITS} AS waits FROM outbox WHERE topic = ANY(:topics)"  # noqa: S608 - own text
_REPUBLISH = text(f"UPDATE outbox SET {BY_ITSELF} WHERE id = ANY(:ids) AND published_at IS NOT NULL")  # noqa: S608
_LATELY = text("""
    SELECT topic, aggregateid, version FROM outbox
    WHERE created_on >= (now() AT TIME ZONE 'utc')::date - 2
      AND (topic, aggregateid) IN (SELECT * FROM unnest(cast(:topics AS text[]), cast(:entities AS text[])))
""")
"""What was written since a run's picture, and more: no run lasts for days; older partitions are not read."""

FactKey = tuple[str, str, int]
"""Topic, entity and version: one fact."""


class State(NamedTuple):
    """The newest fact about one part of an entity, and when it became so.

    `id` is of an event that may exist only once, whenever it is said again.
    """

    fact: EventData
    at: datetime
    id: UUID | None = None


class Behind(NamedTuple):
    """A part of an entity about which the topic says more than the database.

    `fact` names it. `floor` is the highest version of the entity on the topic. `told` holds what the topic
    says and the database does not know, by version; empty when only the version is taken. `at` is when the
    last of them was told.
    """

    fact: EventData
    floor: int
    told: Sequence[EventData] = ()
    at: datetime | None = None


States = Callable[[AsyncSession], AsyncIterator[State]]
Progress = Callable[[int], None]
"""Called with how many states were looked at so far."""


class Register(Protocol):
    """What each service's `snapshot.py` offers."""

    def states(self, session: AsyncSession) -> AsyncIterator[State]:
        """Yield the present state of every part of every entity that was ever published."""
        ...

    async def lift(self, session: AsyncSession, behind: Behind) -> list[EventData] | None:
        """Raise the entity's version above the floor and return what is to be said at it.

        None when the database does not know the entity.
        """
        ...


def register_of(service: str) -> Register:
    """Return the register of a service by its name: shared code knows no service."""
    return cast("Register", importlib.import_module(f"services.{service}.snapshot"))


async def stream(
    session: AsyncSession, statement: str | Executable, **values: object
) -> AsyncIterator[Row[Any]]:
    """Yield the rows of a statement of any size from the server, some hundred at a time."""
    asked = text(statement) if isinstance(statement, str) else statement
    result = await session.stream(asked, values, execution_options={"yield_per": PAGE})
    async for row in result:
        yield row


def snapshot_id(fact: EventData) -> UUID:
    """Return the event id under which a state is said again, however often."""
    return uuid5(NAMESPACE, f"{fact.topic_name()}/{fact.part()}/{fact.version}")


def key_of(fact: EventData) -> FactKey:
    return (fact.topic_name(), fact.subject(), fact.version)


async def said_lately(session: AsyncSession, keys: Iterable[FactKey]) -> set[FactKey]:
    """Return what the outbox holds by now of the entities of these keys, the last days' rows alone."""
    entities = sorted({(topic, entity) for topic, entity, _ in keys})
    if not entities:
        return set()
    topics, names = map(list, zip(*entities, strict=True))
    rows = await session.execute(_LATELY, {"topics": topics, "entities": names})
    return {(row.topic, row.aggregateid, row.version) for row in rows}


async def overtaken(session: AsyncSession, service: str, keys: Iterable[FactKey]) -> set[FactKey]:
    """Return the keys on compacted topics whose entity has said something newer since the picture.

    There an old state behind a newer one would be all that is left. On other topics versions guard.
    """
    compacted = {entry.name for entry in produced_by(service) if entry.cleanup == "compact"}
    asked = [key for key in keys if key[0] in compacted]
    newest: dict[tuple[str, str], int] = {}
    for topic, entity, version in await said_lately(session, asked):
        newest[topic, entity] = max(newest.get((topic, entity), 0), version)
    return {key for key in asked if newest.get(key[:2], 0) > key[2]}


async def newest_versions(bootstrap: str, partitions: Sequence[Partition]) -> dict[tuple[str, str], int]:
    """Return the newest version of each entity's part by topic and part; memory grows with the parts."""
    newest: dict[tuple[str, str], int] = {}
    async for record in records(bootstrap, partitions):
        if record.fact is not None:
            key = (record.topic, record.fact.part())
            newest[key] = max(newest.get(key, 0), record.fact.version)
    return newest


@dataclass(slots=True)
class Said:
    """What a snapshot found and did: `states` looked at, `absent` from the topic or older there.

    Of the absent ones `republished` were still in the outbox, `emitted` were not, and the rest waits there
    already, or something newer does. `ahead` are newer on the topic by a version that the outbox never held:
    this database was restored. Nothing is done while a topic is missing.
    """

    states: int = 0
    absent: int = 0
    republished: int = 0
    emitted: int = 0
    ahead: int = 0
    missing_topics: list[str] = field(default_factory=list)


async def snapshot(
    db: Database,
    bootstrap: str,
    service: str,
    states: States,
    *,
    everything: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda _: None,
) -> Said:
    """Hand the relay every present state that the topics lack, or all of them with `everything`.

    A page of states is one transaction. Broken off, it is simply run again: what is said already, or waits
    to be, is not said twice. A state that is no longer in the outbox gets an id that follows from it. Reads
    the topics whole; needs two connections.
    """
    names = [entry.name for entry in produced_by(service)]
    partitions = await existing(bootstrap, names)
    said = Said(missing_topics=sorted(set(names) - {name for name, _ in partitions}))
    if said.missing_topics:
        return said
    async with db.reading(
        patient=True
    ) as session:  # the outbox first: what it calls published is then on the topics
        known = {
            (row.topic, row.aggregateid, row.version): (row.id, row.waits)
            async for row in stream(session, _KNOWN, topics=names)
        }
        newest = await newest_versions(bootstrap, partitions)
        page: list[tuple[State, UUID | None]] = []
        above: set[FactKey] = set()
        async for state in states(session):
            said.states += 1
            fact = state.fact
            on_topic = newest.get((fact.topic_name(), fact.part()), 0)
            if on_topic > fact.version:
                above.add((fact.topic_name(), fact.subject(), on_topic))
            elif everything or on_topic < fact.version:
                said.absent += 1
                event_id, is_waiting = known.get(key_of(fact), (None, False))
                if not is_waiting:
                    page.append((state, event_id))
            if len(page) >= PAGE:
                await _say(db, service, page, said, dry_run=dry_run)
            if said.states % PAGE == 0:
                progress(said.states)
        await _say(db, service, page, said, dry_run=dry_run)
    async with db.reading() as session:  # told since we took our picture
        said.ahead = len(above - known.keys() - await said_lately(session, above))
    return said


async def _say(
    db: Database, service: str, page: list[tuple[State, UUID | None]], said: Said, *, dry_run: bool
) -> None:
    """Hand one page to the relay and empty it: states, and their ids where the outbox still has them."""
    if page and not dry_run:
        async with db.transaction() as session:
            old = await overtaken(session, service, [key_of(state.fact) for state, _ in page])
            due = [(state, known) for state, known in page if key_of(state.fact) not in old]
            again = [known for _, known in due if known is not None]
            new = [state for state, known in due if known is None]
            await session.execute(_REPUBLISH, {"ids": again})
            await append(
                session,
                [
                    Event(state.fact, source_of(service), state.at, state.id or snapshot_id(state.fact))
                    for state in new
                ],
            )
            on_commit(session, wake_relays)
        said.republished += len(again)
        said.emitted += len(new)
    page.clear()
