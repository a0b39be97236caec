"""Rebuild scoring from the topics alone, into an empty database beside the live one.

Nothing is published while it replays. Watermarks end where the replay ended, so that the service can go on
from there on the rebuilt database.
"""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from services.scoring.consumer import SERVICE
from services.scoring.rebuilding.counting import to_count
from services.scoring.rebuilding.crew import crew
from services.scoring.rebuilding.doubts import settle
from services.scoring.rebuilding.history import restore_history
from services.scoring.rebuilding.logs import divided
from services.scoring.rebuilding.messages import Begin
from services.scoring.rebuilding.own_events import own_events
from services.scoring.rebuilding.own_hand import OwnHand
from services.scoring.rebuilding.pieces import Fold, Hand
from services.scoring.rebuilding.sharing import share_out
from services.scoring.store.digest import Digest, digest
from services.scoring.store.rebuilding import count_dead, is_empty
from services.scoring.usecases.after_rebuild import adopt_versions
from shared.consumer import watermark
from shared.consumer.dead_letters import Reasons, untaken
from shared.contracts.topics import consumed_by
from shared.db import Database
from shared.db.migrate import migrate
from shared.db.roles import owner_role
from shared.kafka.client import Partition
from shared.kafka.reader import Reader

BESIDE = "zi_scoring_rebuild"

Say = Callable[[str, int, int], None]
"""Takes what is being done, how much of it is done, and how much there is."""


def _quiet(_what: str, _done: int, _total: int) -> None:
    """Tell nobody of progress."""


class MovedOnError(Exception):
    """The service went on while a database was rebuilt that shall take the live one's place."""


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
    db_url: str,
    bootstrap: str,
    ends: Mapping[Partition, int] | None = None,
    dead: Reasons | None = None,
    *,
    processes: int = 1,
    say: Say = _quiet,
) -> Rebuilt:
    """Replay every input topic into the empty, migrated database at `db_url`.

    Replays up to `ends` (next offset per partition), else to the ends of the logs as they are now; `dead`
    records are left out, though they may decode today. One process is this one, several are others. Raises
    `NotEmptyError` for a database that holds facts, `HaltError` at a batch that cannot be read and was not
    skipped, `ProcessLostError` when one of several processes ends before its work.
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
            left_out = dict(dead or {})
            async with (
                _alone(db, bootstrap, reader, left_out)
                if processes == 1
                else crew(processes, Begin(db_url, bootstrap, left_out))
            ) as hands:
                parts = [Fold(logs) for logs in divided(starts, ends, len(hands))]
                gathered = await share_out(hands, parts, partial(say, "records"))
                if gathered.doubts:
                    await settle(db, bootstrap, gathered.doubts)
                years = await to_count(db, gathered, len(hands))
                await share_out(hands, years, partial(say, "unit years"))
        known = await own_events(bootstrap)
        await restore_history(db, bootstrap, partial(say, "moments of history"))
        async with db.transaction(patient=True) as session:  # counts long, and nobody else is here
            news = await adopt_versions(session, known)
        async with db.reading(patient=True) as session:
            found, buried = await digest(session), await count_dead(session)
    finally:
        await db.close()
    return Rebuilt(gathered.records, buried, len(news), time.perf_counter() - started, found)


@asynccontextmanager
async def _alone(
    db: Database, bootstrap: str, reader: Reader, dead: Reasons
) -> AsyncIterator[Sequence[Hand]]:
    """Two hands of this process: one reads and folds while what the other folded is being written."""
    async with Reader(bootstrap, ()) as other:
        yield [OwnHand(db, one, dead) for one in (reader, other)]


async def compare(
    admin_url: str, bootstrap: str, *, is_kept: bool = False, processes: int = 1, say: Say = _quiet
) -> Compared:
    """Rebuild beside the live database and compare both at the same offsets, also under traffic.

    `admin_url` is the live database's URL of a role that may create databases. The database beside it is
    dropped at the end unless `is_kept`. Raises `MovedOnError` when it shall be kept and the live one folded
    more meanwhile: our own topic would then tell of what the rebuilt one does not know.
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
        rebuilt = await rebuild(url, bootstrap, ends, dead, processes=processes, say=say)
        if is_kept and await _ends(admin_url) != ends:
            raise MovedOnError("scoring went on while its database was rebuilt")
    return Compared(rebuilt, expected, expected.differences(rebuilt.digest))


async def _ends(url: str) -> Mapping[Partition, int] | None:
    """Return where the live database stands."""
    live = Database(url, pool_size=1)
    try:
        async with live.reading(patient=True) as session:
            marks = await watermark.load(session, SERVICE)
    finally:
        await live.close()
    return {place: mark.next_offset for place, mark in marks.items()} or None


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
        is_whole = False
        try:
            yield url
            is_whole = True
        finally:
            await admin.execute(f'ALTER DATABASE "{BESIDE}" RESET role')
            if not (is_kept and is_whole):
                await admin.execute(f'DROP DATABASE "{BESIDE}" WITH (FORCE)')
    finally:
        await admin.close()
