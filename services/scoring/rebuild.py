"""Rebuild scoring from the topics alone, into an empty database beside the live one.

Nothing is published while it replays. Watermarks end where the replay ended, so that the service can go on
from there on the rebuilt database.
"""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.consumer import SERVICE
from services.scoring.events import SOURCE
from services.scoring.store.digest import Digest, digest
from services.scoring.store.rebuilding import is_empty
from services.scoring.usecases.after_rebuild import adopt_versions
from services.scoring.usecases.fold import fold
from shared.consumer import watermark
from shared.consumer.batch import apply_batch, pass_by
from shared.consumer.codec import Received, Record, Rejected, decode
from shared.consumer.dead_letters import Reasons, record_hash, untaken
from shared.contracts.base import EventData
from shared.contracts.dead_letters import DeadLetterReason
from shared.contracts.topics import consumed_by, produced_by
from shared.db import Database
from shared.db.migrate import migrate
from shared.db.roles import owner_role
from shared.kafka.client import Partition, Unreadable
from shared.kafka.reader import Reader

BATCH_RECORDS = 5000
"""Larger than live: a rebuild wants throughput, not freshness. Source: performance.md section 6."""
BESIDE = "zi_scoring_rebuild"


class NotEmptyError(Exception):
    """The target already holds facts: a rebuild never mixes two histories."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did. `published` counts the events that said something the topics did not."""

    records: int
    dead: int
    published: int
    seconds: float
    digest: Digest


@dataclass(frozen=True, slots=True)
class Compared:
    """A rebuild beside the live database at the same offsets; `differences` names the kinds that differ."""

    rebuilt: Rebuilt
    live: Digest
    differences: list[str]


async def rebuild(
    db_url: str, bootstrap: str, ends: Mapping[Partition, int] | None = None, dead: Reasons | None = None
) -> Rebuilt:
    """Replay every input topic into the empty, migrated database at `db_url`.

    Replays up to `ends` (next offset per partition), else to the ends of the logs as they are now; `dead`
    records are left out, though they may decode today. Raises `NotEmptyError` for a database that holds
    facts, `HaltError` at a batch that cannot be read and was not skipped.
    """
    started = time.perf_counter()
    db = Database(db_url, pool_size=2)
    try:
        async with Reader(bootstrap, consumed_by(SERVICE)) as reader:
            starts = await reader.starts()
            if ends is None:
                ends = await reader.ends()
            async with db.transaction() as session:
                if not await is_empty(session):
                    raise NotEmptyError("the database to rebuild into is not empty")
                await watermark.create(session, SERVICE, starts, await reader.cluster_id())
            batches = reader.batches(starts, ends, at_once=BATCH_RECORDS)
            records, buried = await _replay(db, batches, dead or {})
        known = await _own_events(bootstrap)
        async with db.transaction(patient=True) as session:  # counts long, and nobody else is here
            news = await adopt_versions(session, known)
        async with db.reading(patient=True) as session:
            found = await digest(session)
    finally:
        await db.close()
    return Rebuilt(records, buried, len(news), time.perf_counter() - started, found)


async def compare(admin_url: str, bootstrap: str, *, is_kept: bool = False) -> Compared:
    """Rebuild beside the live database and compare both at the same offsets, also under traffic.

    `admin_url` is the live database's URL of a role that may create databases. The database beside it is
    dropped at the end unless `is_kept`.
    """
    live = Database(admin_url, pool_size=1)
    try:
        async with live.reading(patient=True) as session:  # one snapshot: watermarks and what they stand for
            marks = await watermark.load(session, SERVICE)
            expected = await digest(session)
            dead = await untaken(session, SERVICE)
    finally:
        await live.close()
    ends = {place: mark.next_offset for place, mark in marks.items()} or None
    async with _database_beside(admin_url, is_kept=is_kept) as url:
        rebuilt = await rebuild(url, bootstrap, ends, dead)
    return Compared(rebuilt, expected, expected.differences(rebuilt.digest))


async def _replay(
    db: Database, batches: AsyncIterator[list[Record | Unreadable]], dead: Reasons
) -> tuple[int, int]:
    """Apply all records; returns how many, and how many of them were dead letters."""
    silent, source = partial(_fold_as_live, dead), SOURCE
    applied = buried = 0
    async for batch in batches:
        unreadable = [one for one in batch if isinstance(one, Unreadable)]
        skipped = [one for one in unreadable if _reason(dead, one) == DeadLetterReason.UNREADABLE]
        # Of other partitions: a fetch of one ends at a batch that cannot be read.
        rest = [one for one in batch if one not in skipped] if skipped else batch
        async with db.transaction(patient=True) as session:
            await pass_by(session, skipped, consumer=SERVICE, source=source)
            result = await apply_batch(session, rest, silent, consumer=SERVICE, source=source)
        applied += len(rest)
        buried += len(skipped) + sum(result.dead.values())
    return applied, buried


def _reason(dead: Reasons, record: Record | Unreadable) -> str | None:
    """Return why the live consumer holds a record to be dead, None when it does not."""
    return dead.get((record.topic, record.partition, record.offset, record_hash(record))) if dead else None


async def _fold_as_live(
    dead: Reasons, session: AsyncSession, received: Sequence[Received]
) -> Sequence[Rejected]:
    """Fold in silence what the live consumer took, and reject what it buried for the reason it gave."""
    taken, buried = [], []
    for item in received:
        if reason := _reason(dead, item.record):
            buried.append(Rejected(item, _known(reason)))
        else:
            taken.append(item)
    return [*buried, *await fold(session, taken, is_silent=True)]


def _known(reason: str) -> DeadLetterReason:
    """Return the reason that a word names; another release may have said one that this one does not know."""
    try:
        return DeadLetterReason(reason)
    except ValueError:
        return DeadLetterReason.FOLD_FAILED


async def _own_events(bootstrap: str) -> dict[str, EventData]:
    """Return the newest event of each of our entities, from our own topics."""
    topics = tuple(entry.name for entry in produced_by(SERVICE))
    newest: dict[str, EventData] = {}
    async with Reader(bootstrap, topics) as reader:
        starts, ends = await reader.starts(), await reader.ends()
        async for batch in reader.batches(starts, ends, at_once=BATCH_RECORDS):
            for record in batch:
                item = None if isinstance(record, Unreadable) else decode(record)
                if not isinstance(item, Received):
                    continue
                known = newest.get(item.data.subject())
                if known is None or item.data.version > known.version:
                    newest[item.data.subject()] = item.data
    return newest


@asynccontextmanager
async def _database_beside(admin_url: str, *, is_kept: bool) -> AsyncIterator[str]:
    """Create and migrate an empty database beside the live one and yield its URL."""
    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute(f'DROP DATABASE IF EXISTS "{BESIDE}" WITH (FORCE)')
        await admin.execute(f'CREATE DATABASE "{BESIDE}" OWNER {owner_role(SERVICE)}')
        url = urlunsplit(urlsplit(admin_url)._replace(path=f"/{BESIDE}"))
        # The schema must belong to the service's owner, whoever runs this: sessions start in that role.
        await admin.execute(f'ALTER DATABASE "{BESIDE}" SET role = {owner_role(SERVICE)}')
        await migrate(SERVICE, url)
        try:
            yield url
        finally:
            await admin.execute(f'ALTER DATABASE "{BESIDE}" RESET role')
            if not is_kept:
                await admin.execute(f'DROP DATABASE "{BESIDE}" WITH (FORCE)')
    finally:
        await admin.close()
