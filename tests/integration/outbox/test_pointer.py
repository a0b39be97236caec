"""Whoever writes, commits late or dies: each committed event is sent, those of a key in their order."""

import random
import re
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest
from aiokafka.errors import KafkaError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import outbox
from shared.db import Database
from shared.observability.metrics import OUTBOX_OLDEST_UNPUBLISHED, OUTBOX_UNPUBLISHED
from shared.outbox import backlog as backlog_module
from shared.outbox import parking, pointer
from shared.outbox import relay as relay_module
from shared.outbox.backlog import Backlog
from shared.outbox.broker import Broker
from shared.outbox.partitions import OutboxPartitions
from shared.outbox.relay import Carrier
from shared.outbox.right import Right, contending
from tests.support.carrying import Killed, Life, Log, MortalRight, carry_all
from tests.support.database import DatabaseMaker
from tests.support.effects import answered
from tests.support.polling import until
from tests.support.relaying import record, unpublished

KEYS = ("a", "b", "c", "d")
WRITERS = 3
STEPS = 90
SMALL = 5
LONGEST_LIFE = 25
"""So many statements and sends, at most, until a relay is killed."""


@dataclass(slots=True)
class Writer:
    """An open transaction: the keys whose lock it has, with their versions, and the events it wrote."""

    stack: AsyncExitStack
    session: AsyncSession
    versions: dict[str, int] = field(default_factory=dict)
    written: list[UUID] = field(default_factory=list)


class World:
    """Some writers, a relay and a broker; every step is drawn from one seed."""

    def __init__(self, db: Database, seed: int) -> None:
        self.db = db
        self.rng = random.Random(seed)
        self.log = Log(self.rng)
        self.writers: list[Writer] = []
        self.versions = dict.fromkeys(KEYS, 0)
        self.committed: set[UUID] = set()

    async def write(self) -> None:
        """Let a writer, open already or a new one, append some events under the locks of their keys."""
        if len(self.writers) < WRITERS and self.rng.random() < 0.5:
            stack = AsyncExitStack()
            session = await stack.enter_async_context(AsyncSession(self.db.engine))
            await session.begin()
            self.writers.append(Writer(stack, session))
        if not self.writers:
            return
        writer = self.rng.choice(self.writers)
        locked = {key for other in self.writers if other is not writer for key in other.versions}
        free = [key for key in KEYS if key not in locked]
        if not free:
            return
        key = self.rng.choice(free)
        version = writer.versions.setdefault(key, self.versions[key])
        count = self.rng.randint(1, 4)
        events = [answered(key, version + number) for number in range(1, count + 1)]
        if self.rng.random() < 0.2:  # a savepoint that is given up leaves a gap inside the transaction
            async with writer.session.begin_nested() as savepoint:
                await outbox.record(writer.session, events, source="zi/test")
                await savepoint.rollback()
            return
        ids = await outbox.record(writer.session, events, source="zi/test")
        writer.versions[key] = version + count
        writer.written += ids
        self.log.refused |= {one for one in ids if self.rng.random() < 0.05}

    async def end(self, *, commits: bool) -> None:
        """End a transaction that is open, if one is."""
        if not self.writers:
            return
        writer = self.writers.pop(self.rng.randrange(len(self.writers)))
        if commits:
            await writer.session.commit()
            self.versions |= writer.versions
            self.committed |= set(writer.written)
        else:
            await writer.session.rollback()
        await writer.stack.aclose()

    async def relay(self, *, rounds: int = 3, life: int = 0) -> None:
        """Let a relay take the right and work until it is killed, fails, or has done its rounds."""
        self.log.life = Life(life)
        async with contending(self.db) as right:
            assert await right.take()
            mortal = cast("Right", MortalRight(right, self.log.life))
            carrier = Carrier(mortal, cast("Broker", self.log))
            try:
                await carrier.probe()
                for _ in range(rounds):
                    await carrier.carry()
                    if self.rng.random() < 0.3:
                        await self.any_step()
            except (Killed, KafkaError):
                return

    async def release(self) -> None:
        self.log.refused.clear()
        async with self.db.transaction() as session:
            await parking.release(session, None)

    async def publish_again(self) -> None:
        """Do what `zi outbox reconcile` does with what a broker lost."""
        async with self.db.transaction() as session:
            await session.execute(
                text(
                    "UPDATE outbox SET published_at = NULL WHERE position % 7 = :rest AND parked_at IS NULL"
                ),
                {"rest": self.rng.randrange(7)},
            )

    async def any_step(self) -> None:
        """Do something that others do while a relay is at work."""
        for step, weight in ((self.write, 0.55), (self.release, 0.05), (self.publish_again, 0.05)):
            if self.rng.random() < weight:
                await step()
                return
        await self.end(commits=self.rng.random() < 0.7)

    def first_positions(self) -> dict[str, list[int]]:
        """Return the positions of each key in the order in which they first arrived."""
        arrived: dict[str, list[int]] = defaultdict(list)
        seen: set[UUID] = set()
        for identity, key, position in self.log.taken:
            if identity not in seen:
                seen.add(identity)
                arrived[key].append(position)
        return arrived


@pytest.fixture
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a batch be full after a few rows, as it is when much waits."""
    for name in ("_NEXT_ROWS", "_NEXT_AND_HELD"):
        statement = str(getattr(parking, name))
        assert "LIMIT 2000" in statement
        monkeypatch.setattr(parking, name, text(statement.replace("LIMIT 2000", f"LIMIT {SMALL}")))
    monkeypatch.setattr(relay_module, "BATCH", SMALL)


@pytest.fixture
def _few_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let gaps be too many for one statement after a few."""
    statements = (
        (parking, "_NEXT_ROWS"), (parking, "_NEXT_AND_HELD"), (pointer, "_MOVE"), (backlog_module, "_WAITING")
    )  # fmt: skip
    for module, name in statements:
        found, times = re.subn(rf"\b{pointer.GAPS}\b", str(SMALL), getattr(module, name).text)
        assert times == 2
        monkeypatch.setattr(module, name, text(found))


@pytest.mark.usefixtures("_small_batches", "_few_gaps")
@pytest.mark.parametrize("seed", range(12))
async def test_every_committed_event_is_sent_and_the_first_of_a_key_first(db: Database, seed: int) -> None:
    world = World(db, seed)
    for _ in range(STEPS):
        if world.rng.random() < 0.25:
            await world.relay(life=world.rng.choice([0, world.rng.randint(1, LONGEST_LIFE)]))
        else:
            await world.any_step()
    world.log.is_well = True

    async def is_quiet() -> bool:
        while world.writers:
            await world.end(commits=True)
        await world.release()
        await world.relay()
        return not world.writers and await unpublished(db) == 0

    await until(is_quiet, what=f"seed {seed}: nothing waits")
    assert {identity for identity, *_ in world.log.taken} == world.committed, seed
    for key, positions in world.first_positions().items():
        assert positions == sorted(positions), (seed, key)


async def gaps(db: Database) -> int:
    async with db.reading() as session:
        count = await session.scalar(text("SELECT count(*) - 1 FROM outbox_pointer, unnest(waiting) AS span"))
    return int(count or 0)


async def test_a_gap_stays_as_long_as_somebody_may_fill_it_and_no_longer(db: Database) -> None:
    world = World(db, seed=0)
    world.log.is_well = True
    await world.relay()
    async with db.transaction() as slow:
        await outbox.record(slow, [answered("slow")], source="zi/test")
        await record(db, answered("quick"))
        await world.relay()
        await world.relay()
        assert await gaps(db) == 1
    await world.relay()
    assert [key for _, key, _ in world.log.taken] == ["u-quick", "u-slow"]
    async with db.transaction() as session:
        await outbox.record(session, [answered("never")], source="zi/test")
        await session.rollback()
    await record(db, answered("next"))

    async def are_closed() -> bool:
        await world.relay()
        return await gaps(db) == 0

    await until(are_closed)
    assert [key for _, key, _ in world.log.taken] == ["u-quick", "u-slow", "u-next"]


@pytest.mark.usefixtures("_small_batches")
async def test_the_pointer_does_not_grow_with_what_is_parked_out_of_a_backlog(db: Database) -> None:
    """Every gap costs a look into every partition, each round, within the five seconds of a statement."""
    log = Log(random.Random(0), is_well=True)
    await carry_all(db, log)
    for version in range(1, 51):
        await record(db, answered(f"good{version}"), answered("bad", version))
    log.refused = await _ids_of(db, "bad")
    async with contending(db) as right:
        assert await right.take()
        carrier = Carrier(right, cast("Broker", log))
        while await carrier.carry() == SMALL:
            assert await gaps(db) == 0


async def test_the_pointer_passes_what_is_parked(db: Database) -> None:
    """Else every round reads all parked rows behind the pointer again, as long as nothing later is sent."""
    log = Log(random.Random(0), is_well=True)
    await carry_all(db, log)
    await record(db, *(answered("bad", version) for version in range(1, 51)))
    log.refused = await _ids_of(db, "bad")
    await carry_all(db, log)
    async with db.reading() as session:
        statement = "SELECT count(*) FROM outbox, outbox_pointer WHERE position <@ waiting"
        assert await session.scalar(text(statement)) == 0
    log.refused.clear()
    async with db.transaction() as session:
        await parking.release(session, None)
    await carry_all(db, log)
    assert len(log.taken) == 50
    assert await unpublished(db) == 0


async def _ids_of(db: Database, entity: str) -> set[UUID]:
    async with db.reading() as session:
        statement = text("SELECT id FROM outbox WHERE aggregateid = :entity")
        return set(await session.scalars(statement, {"entity": entity}))


@pytest.mark.usefixtures("_small_batches")
async def test_gaps_are_closed_though_every_batch_is_full(db: Database) -> None:
    log = Log(random.Random(0), is_well=True)
    await carry_all(db, log)
    await _roll_back(db)
    async with contending(db) as right:
        assert await right.take()
        carrier = Carrier(right, cast("Broker", log))
        await carrier.probe()

        async def carry_a_full_batch() -> int:
            await record(db, *(answered("k", len(log.taken) + number) for number in range(1, SMALL + 1)))
            assert await carrier.carry() == SMALL
            return await gaps(db)

        assert await carry_a_full_batch() == 1

        async def are_closed() -> bool:
            return await carry_a_full_batch() == 0

        await until(are_closed)


async def _roll_back(db: Database) -> None:
    """Draw a position that no row will have."""
    async with db.transaction() as session:
        await outbox.record(session, [answered("never")], source="zi/test")
        await session.rollback()


@pytest.mark.usefixtures("_few_gaps")
async def test_no_more_gaps_are_looked_into_than_there_is_time_for(db: Database) -> None:
    """What follows them waits, or it might overtake; people are told that it does."""
    log, backlog = Log(random.Random(0), is_well=True), Backlog(db)
    await carry_all(db, log)
    async with db.transaction() as slow:
        await outbox.record(slow, [answered("slow")], source="zi/test")
        for version in range(1, 21):
            await _roll_back(db)
            await record(db, answered("k", version))
        await carry_all(db, log)
        many = await gaps(db)
        assert many == 20, "the first is two positions wide"
        await record(db, answered("k", 21))
        await carry_all(db, log)
        assert len(log.taken) == 20
        await backlog.measure()
        assert OUTBOX_UNPUBLISHED._value.get() == 1
        async with contending(db) as right:
            statement = text(f"EXPLAIN (ANALYZE, FORMAT JSON) {parking._NEXT_ROWS.text}")
            ((plan,),) = await right.execute(statement)
        reads = [
            node["Actual Loops"]
            for node in nodes(plan[0]["Plan"])
            if node.get("Relation Name", "").startswith("outbox_2")
        ]
        assert max(reads) == SMALL

    async def are_closed() -> bool:
        await carry_all(db, log)
        return await gaps(db) == 0

    await until(are_closed)
    assert [key for _, key, _ in log.taken] == ["u-k"] * 20 + ["u-slow", "u-k"]


async def test_a_sequence_that_was_set_back_is_refused_with_what_to_do(make_database: DatabaseMaker) -> None:
    made = await make_database("planning")
    db, owner = Database(made.app_url), await asyncpg.connect(made.owner_url)
    log = Log(random.Random(0), is_well=True)
    await carry_all(db, log)
    await record(db, answered("k", 1), answered("k", 2))
    await carry_all(db, log)
    last = log.taken[-1][2]
    await owner.execute(f"SELECT setval('outbox_position', {last - 1})")
    told = rf"outbox_position gives {last} next.*setval\('outbox_position', {last + 1}\).*reconcile"
    with pytest.raises(pointer.SequenceBehindError, match=told):
        await carry_all(db, log)
    await owner.execute(f"SELECT setval('outbox_position', {last + 1})")
    await owner.close()
    await record(db, answered("k", 3))
    await carry_all(db, log)
    assert len(log.taken) == 3
    await db.close()


async def test_whoever_looks_sees_what_waits_behind_the_pointer(db: Database) -> None:
    log, backlog = Log(random.Random(0), is_well=True), Backlog(db)
    await record(db, answered("marked"))
    await carry_all(db, log)
    await record(db, answered("sent"))
    await carry_all(db, log)
    await backlog.measure()
    assert OUTBOX_UNPUBLISHED._value.get() == 0
    await record(db, answered("waits"), answered("waits", 2))
    await backlog.measure()
    assert OUTBOX_UNPUBLISHED._value.get() == 2
    assert OUTBOX_OLDEST_UNPUBLISHED._value.get() > 0
    assert await OutboxPartitions(db).change(ahead=-1, kept=-1) is None
    await carry_all(db, log)
    assert "dropped" in (await OutboxPartitions(db).change(ahead=-1, kept=-1) or "")
    assert [key for _, key, _ in log.taken] == ["u-marked", "u-sent", "u-waits", "u-waits"]


async def test_rows_of_no_partition_stay_as_long_as_they_wait(db: Database) -> None:
    log = Log(random.Random(0), is_well=True)
    await carry_all(db, log)
    await record(db, answered("sent"))
    await carry_all(db, log)
    await record(db, answered("waits"))
    async with db.transaction() as session:
        await session.execute(text("UPDATE outbox SET created_on = created_on - 30"))
    assert await OutboxPartitions(db).change() is None
    async with db.reading() as session:
        assert list(await session.scalars(text("SELECT aggregateid FROM outbox"))) == ["waits"]


async def test_nothing_changes_as_long_as_somebody_reads_the_outbox_and_events_leave(db: Database) -> None:
    log = Log(random.Random(0), is_well=True)
    async with db.reading() as session:  # as a dump
        await session.execute(text("SELECT count(*) FROM outbox"))
        await record(db, answered("k", 1))
        await carry_all(db, log)
        await record(db, answered("k", 2))
        await carry_all(db, log)
    await carry_all(db, log)
    await record(db, answered("k", 3))
    await carry_all(db, log)
    async with db.reading() as session:
        marks = await session.scalars(text("SELECT published_at = '-infinity' FROM outbox ORDER BY position"))
        assert list(marks) == [False, False, True]
    assert [position for *_, position in log.taken] == sorted(position for *_, position in log.taken)
    assert await unpublished(db) == 0


async def test_no_partition_is_read_whole_to_find_what_waits(db: Database) -> None:
    """The plan is made once, mostly while nothing is there, and serves until the relay ends."""
    await carry_all(db, Log(random.Random(0), is_well=True))
    async with contending(db) as right:
        ((plan,),) = await right.execute(text(f"EXPLAIN (FORMAT JSON) {parking._NEXT_ROWS.text}"))
    reads = [node for node in nodes(plan[0]["Plan"]) if node.get("Relation Name", "").startswith("outbox_2")]
    assert len(reads) >= 3 * 8, "today and a week ahead, for each of three questions"
    for node in reads:
        assert "Index Cond" in node or node["Index Name"].endswith("_position_idx"), node


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a node of a plan and all below it."""
    return [plan, *(node for child in plan.get("Plans", ()) for node in nodes(child))]


async def test_a_transaction_has_its_number_before_it_draws_a_position(db: Database) -> None:
    """Else a gap might be taken for one that nobody can fill any more."""
    async with db.transaction() as session:
        assert await session.scalar(text("SELECT pg_current_xact_id_if_assigned()")) is None
        at_first = await session.scalar(
            text("""
                INSERT INTO outbox (position, id, aggregatetype, aggregateid, type, version, topic,
                                    record_key, payload)
                SELECT cast(cast(pg_current_xact_id_if_assigned() AS text) AS bigint), gen_random_uuid(),
                       't', 't', 't', 1, 't', 't', '' RETURNING position
            """)
        )
        assert at_first is not None
        await session.rollback()


@pytest.mark.parametrize(
    ("positions", "written"),
    [
        ([], "{}"),
        ([7], "{[7,7]}"),
        ([7, 8, 9], "{[7,9]}"),
        ([1, 3, 4, 9], "{[1,1],[3,4],[9,9]}"),
        ([1, 2, 3, 5], "{[1,3],[5,5]}"),
    ],
)
def test_positions_are_written_as_ranges(positions: list[int], written: str) -> None:
    assert pointer.ranges(positions) == written
