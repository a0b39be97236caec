"""A bulk rebuild says what the live fold says record by record, of any stream in any order."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.consumer import SERVICE
from services.scoring.events import gate_changed, score_changed, status_changed
from services.scoring.rebuilding import gathering, shard
from services.scoring.rebuilding.buried import Buried
from services.scoring.rebuilding.counting import count_piece, to_count
from services.scoring.rebuilding.doubts import judge
from services.scoring.rebuilding.gathering import Batches, replay
from services.scoring.rebuilding.one_by_one import apply_as_live
from services.scoring.rebuilding.shard import Gathered
from services.scoring.store import journal
from services.scoring.store import rebuilding as store
from services.scoring.store.digest import Digest
from services.scoring.usecases.after_rebuild import adopt_versions
from shared.consumer import dead_letters, watermark
from shared.consumer.codec import Record
from shared.consumer.dead_letters import Reasons, record_hash
from shared.contracts.base import EventData
from shared.contracts.dead_letters import DeadLetterReason
from shared.contracts.envelope import Event
from shared.contracts.planning import WorksheetAnswered
from shared.db import Database
from shared.instruments.lke import Answer
from shared.kafka.client import Partition, Unreadable
from tests.support.database import DatabaseMaker
from tests.support.scoring import (
    AT,
    YEAR,
    FakeRecord,
    activity,
    answered,
    case,
    deadline,
    digest_of,
    programme,
    registered,
    tally,
    threshold,
)

UNITS = ("u", "v", "w")
FACTS = ("unit", "programme", "activity", "journal", "complaint_case", "deadline", "tally", "threshold")
HISTORY = {"worksheet_version", "n", "willing", "ipak", "ipkp", "policy_ids"}
"""What only goes along with news, and depends on how facts fell into batches."""

One = Record | Unreadable


def true_facts(draw: random.Random) -> list[EventData]:
    """Return facts that planning, complaints and survey could have told, each entity in its order."""
    facts: list[EventData] = []
    for unit in UNITS:
        facts += [registered(unit), registered(unit, 2, name="Kantor lain"), programme(unit)]
        facts += [activity(unit, 1), activity(unit, 1, is_done=True)]
        answers: list[Any] = ["A", "B", "C", None]
        for version in range(1, 13):
            item = draw.choice(["B.I.b", "A.I.1.i.b", "A.I.2.i.a"])
            layer = draw.choice(["unit", "unit", "tpi", "tpn"])
            facts.append(answered(unit, version, item, draw.choice(answers), layer=layer))
        facts.append(answered(unit, 1, "B.I.b", "A", year=YEAR - 1))
        facts.append(answered(unit, 13, "B.II.a", Answer(index=Decimal("3.5"))))
        facts.append(answered(unit, 14, "A.II.5.ii.a", Answer(inputs={"n1": 4, "n2": 1, "n3": 3})))
    for number in range(8):
        for version in range(1, draw.randrange(2, 6)):
            unit = draw.choice([*UNITS, "unassigned"])
            counts_as = draw.choice(["in_progress", "completed", "none"])
            year = draw.choice([YEAR, YEAR, YEAR - 1])
            facts.append(case(unit, number, version, counts_as=counts_as, period_year=year))
            facts.append(deadline(unit, number, version, draw.choice(["armed", "paused", "met"])))
    for number in range(3):
        for version in range(1, 5):
            unit, willing = draw.choice(UNITS), draw.randrange(20, 40)
            facts.append(tally(unit, f"s-{number}", version, n=willing, willing=willing))
            judged = threshold(unit, f"s-{number}", version, willing=willing)
            kept = draw.choice([slice(0, 2), slice(0, 2), slice(0, 1), slice(1, 2)])
            facts.append(judged.model_copy(update={"predicates": judged.predicates[kept]}))
    return facts


def stream(draw: random.Random) -> list[One]:
    """Return a disordered log with repeats, moves, contradictions, poison and what cannot be true."""
    facts = [(draw.random() * 20 + number, data) for number, data in enumerate(true_facts(draw))]
    whole = [_record(data) for _, data in sorted(facts, key=lambda one: one[0])]
    records = list(whole)
    for spoil in (_repeated, _repeated, _repeated, _contradicting, _contradicting, _of_other_item, *POISON):
        for _ in range(2):
            records.insert(draw.randrange(len(records) + 1), spoil(draw.choice(whole)))
    offsets: dict[Partition, int] = {}
    placed: list[One] = []
    for record in records:
        place = record.topic, UNITS.index("v") if record.key == b"v" else 0
        offset = offsets[place] = offsets.get(place, -1) + 1
        placed.append(replace(record, partition=place[1], offset=offset))
    lost = draw.choice(placed)
    placed[placed.index(lost)] = Unreadable(lost.topic, lost.partition, lost.offset, lost.offset)
    return placed


def _record(data: EventData) -> FakeRecord:
    event = Event(data, "zi/test", AT + timedelta(minutes=data.version))
    return FakeRecord(
        data.topic_name(), event.value(), timestamp=1, key=data.key().encode(), headers=event.headers()
    )


def _repeated(record: FakeRecord) -> FakeRecord:
    return record


def _contradicting(record: FakeRecord) -> FakeRecord:
    return replace(record, value=record.value[:-1] + b',"news":1}')


def _of_other_item(_: FakeRecord) -> FakeRecord:
    """Another item under a version of the worksheet that is taken, or will be."""
    return _record(answered("u", 5, "A.I.3.i.b", "A"))


POISON: Sequence[Callable[[FakeRecord], FakeRecord]] = (
    lambda record: replace(record, value=b"{"),
    lambda record: replace(record, value=None),  # type: ignore[arg-type]  # a tombstone
    lambda record: replace(record, key=b"w" if record.key != b"w" else b"u"),
    lambda record: replace(record, headers=()),
    lambda _: _record(answered("w", 3, "Z.9", "A")),
    lambda _: _record(answered("v", 4, "B.I.b", "E")),
    lambda _: _record(programme("u", rule_set="none")),
    lambda _: _record(tally("v", "s-0", 9, regime="none")),
)


def buried(draw: random.Random, records: Sequence[One]) -> Reasons:
    """Return what a live consumer of an older release holds as dead letters: what it skipped among them."""
    dead = [(one, "said_by_another_release") for one in draw.sample(list(records), 3)]
    dead += [(one, "unreadable") for one in records if isinstance(one, Unreadable)]
    return {(one.topic, one.partition, one.offset, record_hash(one)): reason for one, reason in dead}


def batches_of(records: Sequence[One], size: int) -> Callable[[], Batches]:
    async def read() -> Batches:
        for start in range(0, len(records), size):
            part = records[start : start + size]
            yield sorted(part, key=lambda one: (one.topic, one.partition, one.offset))

    return read


async def begin(db: Database, records: Sequence[One]) -> dict[Partition, int]:
    starts = {(one.topic, one.partition): 0 for one in records}
    async with db.transaction() as session:
        await watermark.create(session, SERVICE, starts, "cluster")
    return starts


async def told_before(db: Database, draw: random.Random) -> dict[str, EventData]:
    """Return what our own topics may hold: some of what stands here, some of it otherwise, some more."""
    known: dict[str, EventData] = {}
    async with db.reading() as session:
        for table, tell in (
            ("score", score_changed),
            ("survey_status", status_changed),
            ("gate", gate_changed),
        ):
            for row in await session.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2, 3")):
                event = tell(draw.randrange(1, 9), row)
                if draw.random() < 0.3 and table == "score":
                    event = event.model_copy(update={"total": "7/3"})
                if draw.random() < 0.8:
                    known[event.subject()] = event
    return known


async def everything(db: Database) -> dict[str, Any]:
    """Return all that must be equal, in order."""
    queries: Mapping[str, str] = {
        **{name: f"SELECT t::text FROM {name} t ORDER BY 1" for name in FACTS},
        "score": "SELECT (unit_id, year, layer, edition, total, upper, answered, items, points, pengungkit,"
        " gates_met, version)::text FROM score ORDER BY 1",
        "standing": "SELECT (unit_id, year, worksheet_version, sheets::jsonb, live, gate_points)::text"
        " FROM standing ORDER BY 1",
        "gate": "SELECT (unit_id, year, predicate, gate, is_met, value, minimum, version)::text"
        " FROM gate ORDER BY 1",
        "survey_status": "SELECT (campaign_id, predicate, unit_id, year, result, failed, version)::text"
        " FROM survey_status ORDER BY 1",
        "dead_letter": "SELECT (topic, partition, record_offset, sha256, reason, record_value)::text"
        " FROM dead_letter ORDER BY 1",
        "watermark": "SELECT (topic, partition, next_offset, fingerprint)::text FROM watermark ORDER BY 1",
    }
    found: dict[str, Any] = {}
    async with db.reading() as session:
        for name, query in queries.items():
            found[name] = [row[0] for row in await session.execute(text(query))]
    return found


async def one_by_one(
    db: Database, records: Sequence[One], dead: Reasons, *, size: int = 40, is_merged: bool = True
) -> None:
    """Fold as live in batches of one, the rule that bulk keeps.

    Live knows what an answer superseded until the journal is merged, which is after each answer if
    `is_merged`, and at the end.
    """
    await begin(db, records)
    async for batch in batches_of(records, size)():
        for record in batch:
            await apply_as_live(db, [record], Buried(dead))
            if is_merged and record.topic == WorksheetAnswered.topic:
                await merge(db)
    await merge(db)


async def merge(db: Database) -> None:
    async with db.transaction() as session:
        rows = await session.execute(text("SELECT DISTINCT unit_id, year FROM journal"))
        await journal.merge(session, [(row.unit_id, row.year) for row in rows])


async def conflicts(db: Database) -> Reasons:
    """Return the answers that live holds to contradict others."""
    async with db.reading() as session:
        found = await dead_letters.untaken(session, SERVICE)
    return {
        record: reason
        for record, reason in found.items()
        if record[0] == WorksheetAnswered.topic and reason == DeadLetterReason.PAYLOAD_CONFLICT
    }


async def in_bulk(
    db: Database, records: Sequence[One], dead: Reasons, *, parts: int = 1, size: int = 40
) -> Gathered:
    """Fold each part of the partitions in memory, then count."""
    starts = await begin(db, records)
    gathered = Gathered()
    for part in range(parts):
        own = [one for one in records if one.partition % parts == part]
        begun = {place: start for place, start in starts.items() if place[1] % parts == part}
        gathered.add(await replay(db, batches_of(own, size), begun, Buried(dead), lambda _: None))
    by_place = {((one.topic, one.partition), one.offset): one for one in records}
    doubted = [by_place[place] for place in gathered.doubts]
    await judge(db, [one for one in doubted if not isinstance(one, Unreadable)])
    for piece in await to_count(db, gathered, 1):
        await count_piece(db, piece)
    return gathered


async def adopted(db: Database, known: Mapping[str, EventData]) -> list[Any]:
    async with db.transaction() as session:
        news = await adopt_versions(session, known)
    return sorted(str(event.model_dump(exclude=HISTORY)) for event in news)


@pytest.fixture
async def two(make_database: DatabaseMaker) -> AsyncIterator[tuple[Database, Database]]:
    """Two empty databases: for the live fold, and for bulk."""
    both = [Database((await make_database("scoring")).app_url, pool_size=2) for _ in range(2)]
    yield both[0], both[1]
    for db in both:
        await db.close()


@dataclass(frozen=True, slots=True)
class Left:
    """A stream and what the live fold left of it; it told `news` where our own topics held `known`."""

    records: Sequence[One]
    dead: Reasons
    known: Mapping[str, EventData]
    news: Sequence[Any]
    state: Mapping[str, Any]
    digest: Digest


LeftLive = Callable[..., Awaitable[Left]]


@pytest.fixture(scope="module")
def left_live(make_database: DatabaseMaker) -> LeftLive:
    """Give `await left_live(seed, ...)`: options as of `one_by_one`; folded once for all that compare."""
    known: dict[Any, Left] = {}

    async def fold(seed: int, *, is_told: bool = True, **options: Any) -> Left:
        asked = seed, is_told, *options.items()
        if asked not in known:
            draw = random.Random(seed)
            records = stream(draw)
            dead = buried(draw, records)
            db = Database((await make_database("scoring")).app_url, pool_size=2)
            await one_by_one(db, records, dead, **options)
            told = await told_before(db, draw) if is_told else {}
            news = await adopted(db, told)
            known[asked] = Left(records, dead, told, news, await everything(db), await digest_of(db))
            await db.close()
        return known[asked]

    return fold


@pytest.fixture
async def bulk(make_database: DatabaseMaker) -> AsyncIterator[Database]:
    """An empty database."""
    db = Database((await make_database("scoring")).app_url, pool_size=2)
    yield db
    await db.close()


@pytest.mark.parametrize("seed", range(5))
async def test_bulk_leaves_what_the_live_fold_leaves_of_any_stream(
    left_live: LeftLive, bulk: Database, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = await left_live(seed)
    monkeypatch.setattr(gathering, "MOST_BAD", 2)
    monkeypatch.setattr(store, "AT_ONCE", 3)
    gathered = await in_bulk(bulk, live.records, live.dead)
    assert gathered.records == len(live.records) - 1
    assert await adopted(bulk, live.known) == live.news
    assert await everything(bulk) == live.state
    assert (await digest_of(bulk)).text == live.digest.text


@pytest.mark.parametrize("seed", range(20, 24))
async def test_bulk_buries_what_live_knew_to_be_superseded(
    two: tuple[Database, Database], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Live knows superseded answers until it merges them, bulk knows of them by live's dead letters alone."""
    draw = random.Random(seed)
    live, bulk = two
    records = stream(draw)
    dead = buried(draw, records)
    monkeypatch.setattr(journal, "MERGED_AFTER", 7)
    await one_by_one(live, records, dead, is_merged=False)
    known = await conflicts(live)
    assert known
    await in_bulk(bulk, records, {**known, **dead})
    await adopted(live, {})
    await adopted(bulk, {})
    assert await everything(bulk) == await everything(live)


@pytest.mark.parametrize(("seed", "parts"), [(0, 2), (2, 2), (4, 2), (0, 1), (3, 1), (4, 1)])
async def test_logs_folded_apart_or_written_now_and_then_leave_the_same(
    left_live: LeftLive, bulk: Database, seed: int, parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cases, clocks and campaigns move between logs; which is read first makes no difference."""
    live = await left_live(seed)
    if parts == 1:
        monkeypatch.setattr(gathering, "MOST_KEPT", 9)
    await in_bulk(bulk, live.records, live.dead, parts=parts)
    await adopted(bulk, live.known)
    assert (await digest_of(bulk)).differences(live.digest) == []


async def test_a_worksheet_that_stands_in_two_logs_is_one_row_of_the_newest_answers(
    two: tuple[Database, Database],
) -> None:
    told = [
        (0, answered("u", 1, "B.I.b", "A")),
        (0, answered("u", 2, "A.I.1.i.b", "A")),
        (0, answered("u", 5, "A.I.2.i.a", "A")),
        (1, answered("u", 5, "A.I.2.i.a", "A")),
        (1, answered("u", 2, "A.I.1.i.b", "B")),
        (1, answered("u", 3, "B.I.b", "C")),
        (1, answered("u", 4, "A.I.2.i.a", "C")),
    ]
    offsets = [0, 1, 2, 0, 1, 2, 3]
    records = [
        replace(_record(data), partition=partition, offset=offset)
        for (partition, data), offset in zip(told, offsets, strict=True)
    ]
    live, bulk = two
    await one_by_one(live, records, {})
    await in_bulk(bulk, records, {}, parts=2)
    for db in two:
        await adopted(db, {})
    found = await everything(bulk)
    assert found == await everything(live)
    assert [len(found[name]) for name in ("journal", "dead_letter")] == [1, 1]


@pytest.mark.parametrize("taken", [0, 1, 3])
async def test_what_the_database_refuses_in_bulk_goes_through_the_live_fold(
    left_live: LeftLive, bulk: Database, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when some of a log was taken before: what was written then stays, answers had waited."""
    live = await left_live(7, is_told=False, size=1, is_merged=False)
    write, calls = shard.Shard.write, count()

    async def refuse(self: shard.Shard, session: AsyncSession, *, is_end: bool) -> None:
        if next(calls) >= taken:
            raise ValueError("no such value")
        await write(self, session, is_end=is_end)

    monkeypatch.setattr(shard.Shard, "write", refuse)
    monkeypatch.setattr(gathering, "MOST_KEPT", 9 if taken else gathering.MOST_KEPT)
    await in_bulk(bulk, live.records, live.dead, size=1)
    assert next(calls) == taken + 1
    await merge(bulk)
    await adopted(bulk, {})
    found, expected = await everything(bulk), dict(live.state)
    if taken:  # a contradiction that a newer fact followed before it was written counts as stale
        assert set(found.pop("dead_letter")) <= set(expected.pop("dead_letter"))
    assert found == expected
