import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from io import BytesIO
from signal import SIGKILL
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring import rebuild as rebuilding
from services.scoring.consumer import fact_consumer
from services.scoring.events import status_changed
from services.scoring.rebuild import BESIDE, MovedOnError, NotEmptyError, compare, rebuild
from services.scoring.rebuilding import logs
from services.scoring.rebuilding.crew import ProcessLostError
from services.scoring.rebuilding.messages import (
    LENGTH_BYTES,
    Answer,
    Begin,
    Halted,
    Order,
    framed,
    read_answer,
)
from services.scoring.rebuilding.pieces import Fold
from services.scoring.rebuilding.worker import work
from services.scoring.usecases import after_rebuild
from services.scoring.usecases.after_rebuild import Known, adopt_versions
from services.scoring.usecases.fold import fold
from shared.consumer import dead_letters, halts, watermark
from shared.consumer.batch import HaltError
from shared.consumer.codec import Received, Rejected
from shared.consumer.consumer import BatchConsumer
from shared.contracts.admin import create_topics
from shared.contracts.base import EventData
from shared.contracts.dead_letters import DeadLetterReason
from shared.contracts.scoring import GateChanged, ScoreChanged, SurveyStatusChanged
from shared.contracts.topics import consumed_by
from shared.db import Database
from shared.instruments.lke import Cells, Policies, Totals, rule_set, rule_set_for_year, totals_of_cells
from shared.kafka.client import Partition, _Records
from tests.support.consuming import halted
from tests.support.database import DatabaseMaker
from tests.support.kafka import breaking, producing, send
from tests.support.polling import until
from tests.support.relaying import drained, relaying
from tests.support.scoring import (
    YEAR,
    activity,
    answered,
    case,
    deadline,
    digest_of,
    fold_all,
    programme,
    registered,
    tally,
    threshold,
)
from tests.support.servers import KafkaServer
from tests.support.standing_still import lower_the_limit, stand_still


@pytest.fixture(scope="module")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A broker of this module alone: a rebuild reads the topics from their start."""
    with KafkaServer(tmp_path_factory.mktemp("kafka")) as server:
        await create_topics(server.bootstrap)
        yield server.bootstrap


def facts() -> list[EventData]:
    """Return facts of two units: answers of three layers, moved and closed cases, plans, surveys."""
    found: list[EventData] = []
    for unit in ("u", "v"):
        found += [
            answered(unit, 1, "B.I.b", "A"),
            registered(unit),
            programme(unit),
            activity(unit, 1),
            answered(unit, 2, "A.I.1.i.b", "A"),
            answered(unit, 3, "A.I.1.i.b", "B", layer="tpi"),
            answered(unit, 4, "A.I.1.i.b", "C", layer="tpn"),
            answered(unit, 5, "A.I.1.i.b", None, layer="tpn"),
            case(unit, f"{unit}-1"),
            case(unit, f"{unit}-2", counts_as="completed"),
            case("v" if unit == "u" else "u", f"{unit}-1", 2),
            deadline(unit, f"{unit}-1"),
            deadline(unit, f"{unit}-2", 2, "overdue"),
            deadline(unit, f"{unit}-2", 3, "met"),
            deadline("v" if unit == "u" else "u", f"{unit}-1", 2, "paused"),
            tally(unit, f"s-{unit}", 1, n=3),
            tally(unit, f"s-{unit}", 2, n=40, willing=40),
            threshold(unit, f"s-{unit}", 1, willing=28),
            threshold(unit, f"s-{unit}", 2, willing=40),
            threshold(unit, f"s-{unit}", 3, willing=41),
            threshold(unit, f"t-{unit}", 1, is_deciding=False),
        ]
    return found


async def publish(bootstrap: str, events: Sequence[EventData]) -> None:
    async with producing(bootstrap) as producer:
        for event in events:
            await send(producer, event)


def offsets(marks: Mapping[Partition, watermark.Mark]) -> Mapping[Partition, int]:
    return {place: mark.next_offset for place, mark in marks.items()}


async def own(db: Database) -> list[Any]:
    """Return everything about our own events: scores, gates, verdicts with their versions, and history."""
    found: list[Any] = []
    async with db.reading() as session:
        for table in ("score", "gate", "survey_status", "history"):
            rows = await session.execute(text(f"SELECT (to_jsonb(t) - 'id')::text FROM {table} t ORDER BY 1"))
            found += [row[0] for row in rows]
    return found


async def test_a_rebuild_gives_the_live_state_with_its_versions_and_publishes_nothing(
    broker: str, make_database: DatabaseMaker, postgres_admin_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LEAST_RECORDS", 1)  # several parts
    made = await make_database("scoring")
    live = Database(made.app_url, pool_size=6)
    consumer = fact_consumer(live, broker)
    task = asyncio.create_task(consumer.run())
    try:
        async with relaying(live, broker):
            for part in (facts(), [answered("u", 6, "A.I.1.i.b", "A", layer="tpi")]):
                await publish(broker, part)
                await publish(broker, [answered("u", 6, "A.I.9.i.a", "A")])  # an item that does not exist
                await until(lambda: caught_up(live, broker), seconds=60)
            await until(lambda: drained(live), seconds=60)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    target = await make_database("scoring")
    rebuilt = await rebuild(target.app_url, broker)
    assert rebuilt.records == len(facts()) + 3
    assert rebuilt.dead == 2
    assert rebuilt.published == 0
    assert rebuilt.digest.text == (await digest_of(live)).text
    shared = await make_database("scoring")
    in_three = await rebuild(shared.app_url, broker, processes=3)
    assert (in_three.records, in_three.dead, in_three.published) == (rebuilt.records, rebuilt.dead, 0)
    assert in_three.digest == rebuilt.digest
    for url in (target.app_url, shared.app_url):
        other = Database(url, pool_size=2)
        assert await own(other) == await own(live)
        assert await drained(other)
        async with other.reading() as session:
            assert await session.scalar(text("SELECT count(*) FROM outbox")) == 0
            ends = await watermark.load(session, "scoring")
        async with live.reading() as session:
            assert offsets(ends) == offsets(await watermark.load(session, "scoring"))
        await other.close()

    with pytest.raises(NotEmptyError):
        await rebuild(target.app_url, broker)

    admin_url = urlsplit(postgres_admin_url)._replace(path=f"/{made.name}").geturl()
    compared = await compare(admin_url, broker)
    assert compared.differences == []
    async with live.transaction() as session:
        await session.execute(text("UPDATE score SET total = '1' WHERE unit_id = 'u' AND layer = 'unit'"))
        databases = await session.scalar(
            text("SELECT count(*) FROM pg_database WHERE datname = :name"), {"name": BESIDE}
        )
    assert databases == 0
    assert (await compare(admin_url, broker)).differences == ["score"]
    await live.close()

    await check_keeping(admin_url, postgres_admin_url, broker, monkeypatch)


async def check_keeping(url: str, server: str, broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rebuilt database is kept unless scoring went on: our own topic then tells what it does not know."""

    async def went_on(_url: str) -> Mapping[Partition, int]:
        return {}

    monkeypatch.setattr(rebuilding, "_ends", went_on)
    with pytest.raises(MovedOnError):
        await compare(url, broker, is_kept=True)
    admin = await asyncpg.connect(server)
    found = "SELECT count(*) FROM pg_database WHERE datname = $1"
    assert await admin.fetchval(found, BESIDE) == 0
    monkeypatch.undo()
    await compare(url, broker, is_kept=True)
    assert await admin.fetchval(found, BESIDE) == 1
    await admin.execute(f'DROP DATABASE "{BESIDE}" WITH (FORCE)')
    await admin.close()


async def test_a_rebuild_tells_how_far_it_is(broker: str, make_database: DatabaseMaker) -> None:
    await publish(broker, facts())
    said: list[tuple[str, int, int]] = []
    target = await make_database("scoring")
    rebuilt = await rebuild(target.app_url, broker, say=lambda *told: said.append(told))
    assert ("records", rebuilt.records, rebuilt.records) in said
    assert [what for what, done, total in said if done == total > 0][-1] == "moments of history"


async def answers_of_a_process(url: str, bootstrap: str, order: Order) -> list[Answer]:
    """Return what a process of a rebuild says when it is told to do this and no more."""
    said = BytesIO()
    await work(BytesIO(framed(Begin(url, bootstrap, {})) + framed(order)), said)
    said.seek(0)
    found = []
    while length := said.read(LENGTH_BYTES):
        found.append(read_answer(said.read(int.from_bytes(length, "big"))))
    return found


@pytest.mark.parametrize("when", ["records", "unit years"])
async def test_a_killed_process_ends_the_rebuild_and_touches_nothing_live(
    broker: str,
    make_database: DatabaseMaker,
    postgres_admin_url: str,
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    monkeypatch.setattr(logs, "LEAST_RECORDS", 1)  # several parts
    await publish(broker, facts())
    made = await make_database("scoring")
    live = Database(made.app_url, pool_size=2)
    await rebuild(made.app_url, broker)
    before = await digest_of(live), await own(live)
    started: list[Process] = []
    start = asyncio.create_subprocess_exec

    async def start_and_note(*argv: str, **options: Any) -> Process:
        started.append(await start(*argv, **options))
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start_and_note)

    killed: list[Process] = []

    def kill(what: str, _done: int, _total: int) -> None:
        if what == when and not killed:  # once: a second kill takes the status that asyncio waits for
            started[0].kill()
            killed.append(started[0])

    admin_url = urlsplit(postgres_admin_url)._replace(path=f"/{made.name}").geturl()
    with pytest.raises(ProcessLostError) as lost:
        await compare(admin_url, broker, processes=2, say=kill)
    assert f"process {started[0].pid} of the rebuild was killed by signal 9" in str(lost.value)
    assert "nothing live has changed, and the next rebuild begins anew" in str(lost.value)
    assert [one.returncode for one in started] == [-SIGKILL, -SIGKILL]
    assert (await digest_of(live), await own(live)) == before
    async with live.reading() as session:
        assert not await session.scalar(
            text("SELECT EXISTS (SELECT FROM pg_database WHERE datname = :name)"), {"name": BESIDE}
        )
    monkeypatch.undo()
    assert (await compare(admin_url, broker)).differences == []
    await live.close()


async def test_a_rebuild_publishes_what_the_topics_do_not_say(
    broker: str, make_database: DatabaseMaker
) -> None:
    """The service's own events are lost or were never sent: those alone are said, with rising versions."""
    lost = [answered("w", 1, "A.I.1.i.b", "A"), programme("w"), registered("w"), threshold("w", "s-w")]
    await publish(broker, lost)
    target = await make_database("scoring")
    rebuilt = await rebuild(target.app_url, broker)
    db = Database(target.app_url, pool_size=2)
    async with db.reading() as session:
        rows = (await session.execute(text("SELECT aggregateid, version FROM outbox ORDER BY 1"))).all()
    assert rebuilt.published == len(rows)
    assert {(row.aggregateid, row.version) for row in rows if row.aggregateid.startswith(("w:", "s-w:"))} == {
        ("s-w:WBBM", 1),
        ("s-w:WBK", 1),
        ("w:2026:effective", 1),
        ("w:2026:unit", 1),
    }
    await db.close()


async def test_a_verdict_from_before_thresholds_were_told_keeps_its_version(
    broker: str, make_database: DatabaseMaker
) -> None:
    """An old log holds our verdict and no threshold: it counts nowhere, and the next one comes after it."""
    told = SurveyStatusChanged(
        unit_id="y",
        version=4,
        year=YEAR,
        campaign_id="s-y",
        predicate="WBK",
        result="met",
        failed=[],
        n=33,
        willing=35,
        ipak="18/5",
    )
    await publish(broker, [registered("y"), programme("y"), tally("y", "s-y"), told])
    target = await make_database("scoring")
    rebuilt = await rebuild(target.app_url, broker)
    db = Database(target.app_url, pool_size=2)
    async with db.reading() as session:
        rows = await session.execute(text("SELECT t.* FROM survey_status t WHERE campaign_id = 's-y'"))
        (row,) = rows.all()
    assert status_changed(row.version, row) == told  # what a snapshot says again are its own bytes
    await fold_all(db, [threshold("y", "s-y", willing=28)])
    async with db.reading() as session:
        rows = await session.execute(
            text("SELECT predicate, version FROM survey_status WHERE campaign_id = 's-y' ORDER BY 1")
        )
        assert [tuple(row) for row in rows] == [("WBBM", 1), ("WBK", 5)]
    assert rebuilt.digest.differences(await digest_of(db)) == ["threshold", "survey_status"]
    await db.close()


@pytest.mark.parametrize(("unit", "is_among_strangers"), [("z", False), ("zz", True)])
async def test_versions_rise_above_the_topic_where_the_state_differs_from_it(
    broker: str, make_database: DatabaseMaker, unit: str, *, is_among_strangers: bool
) -> None:
    """A score event that no fact supports stands on the topic; the next version corrects it.

    A record of somebody else's whose headers claim a newer one takes nothing away from it.
    """
    target = await make_database("scoring")
    source = Database(target.app_url, pool_size=2)
    await fold_all(source, [registered(unit), programme(unit), answered(unit, 1, "A.I.1.i.b", "A")])
    async with relaying(source, broker):
        await until(lambda: drained(source), seconds=60)
    await source.close()
    if is_among_strangers:
        claim = [("ce_subject", f"{unit}:{YEAR}:effective".encode()), ("ce_sequence", b"999")]
        async with producing(broker) as producer:
            await producer.send_and_wait(ScoreChanged.topic, b"{", key=unit.encode(), headers=claim)
    await publish(broker, [registered(unit), programme(unit), answered(unit, 1, "A.I.1.i.b", "B")])
    rebuilt = await make_database("scoring")
    await rebuild(rebuilt.app_url, broker)
    db = Database(rebuilt.app_url, pool_size=2)
    async with db.reading() as session:
        rows = await session.execute(
            text("SELECT layer, total, version FROM score WHERE unit_id = :unit ORDER BY layer"),
            {"unit": unit},
        )
        assert [tuple(row) for row in rows] == [("effective", "1/8", 2), ("unit", "1/8", 2)]
    await db.close()


async def caught_up(db: Database, bootstrap: str) -> bool:
    standings = await halts.status(db, bootstrap, "scoring")
    return bool(standings) and all(place.lag == 0 for place in standings)


async def test_a_rebuild_takes_dead_letters_as_the_live_consumer_did(
    broker: str, make_database: DatabaseMaker, postgres_admin_url: str
) -> None:
    """What no old version could read may decode today; only what was replayed counts."""
    made = await make_database("scoring")
    live = Database(made.app_url, pool_size=6)
    await halts.rebase(live, broker, "scoring", consumed_by("scoring"))  # others used the group before
    refused = {("u", 21), ("u", 22)}

    async def fold_of_old(session: AsyncSession, received: Sequence[Received]) -> Sequence[Rejected]:
        old = [item for item in received if (item.data.unit_id, item.data.version) in refused]
        found = await fold(session, [item for item in received if item not in old])
        return [*found, *(Rejected(item, DeadLetterReason.WRONG_SCHEMA) for item in old)]

    consumer = BatchConsumer(live, broker, service="scoring", topics=consumed_by("scoring"), fold=fold_of_old)
    task = asyncio.create_task(consumer.run())
    try:
        news = [answered("u", 21, "A.I.1.i.b", "C"), answered("u", 22, "B.I.b", "C")]
        await publish(broker, [registered("u"), programme("u"), *news])
        await until(lambda: caught_up(live, broker), seconds=60)
        async with live.transaction() as session:
            rows = await session.execute(
                text("SELECT id FROM dead_letter WHERE reason = 'wrong_schema' ORDER BY record_offset")
            )
            gone, mended = rows.scalars()
            await dead_letters.discard(session, gone, "sent again by hand")
        refused.clear()
        async with live.transaction() as session:
            await dead_letters.request_replay(session, mended)

        async def is_replayed() -> bool:
            async with live.reading() as session:
                return (await dead_letters.outcomes(session, [mended]))[mended][0] == "replayed"

        await until(is_replayed, seconds=60)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    admin_url = urlsplit(postgres_admin_url)._replace(path=f"/{made.name}").geturl()
    compared = await compare(admin_url, broker)
    assert compared.differences == []
    async with live.reading() as session:
        kept = await session.scalar(text("SELECT count(*) FROM dead_letter WHERE state <> 'replayed'"))
    assert compared.rebuilt.dead == kept
    await live.close()


async def test_a_rebuild_passes_by_what_the_live_consumer_skipped_and_nothing_else(
    broker: str, make_database: DatabaseMaker, postgres_admin_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await make_database("scoring")
    live = Database(made.app_url, pool_size=6)
    await halts.rebase(live, broker, "scoring", consumed_by("scoring"))  # others used the group before
    await publish(broker, [registered("x"), programme("x"), answered("x", 1, "B.I.b", "A")])
    lost = answered("x", 2, "A.I.1.i.b", "A")
    async with producing(broker) as producer:
        place = await send(producer, lost)
        await send(producer, answered("x", 3, "A.I.2.i.a", "A"))
    monkeypatch.setattr(_Records, "__init__", breaking(place.offset, lost.worksheet_id.encode()))
    consumer = fact_consumer(live, broker)
    task = asyncio.create_task(consumer.run())
    admin_url = urlsplit(postgres_admin_url)._replace(path=f"/{made.name}").geturl()
    try:
        await until(lambda: halted(live, "unreadable"), seconds=60)
        target = await make_database("scoring")
        with pytest.raises(HaltError, match=f"offsets {place.offset} to"):
            await rebuild(target.app_url, broker)
        log = {(place.topic, place.partition): (0, place.offset + 2)}
        said = await answers_of_a_process(target.app_url, broker, Fold(log))
        assert said[-1] == Halted(
            "unreadable", f"{place.topic}[{place.partition}]: offsets {place.offset} to {place.offset}"
        )
        (skipped,) = await halts.skip(live, broker, "scoring", consumed_by("scoring"))
        assert (skipped.topic, skipped.partition, skipped.first) == (
            place.topic,
            place.partition,
            place.offset,
        )
        await until(lambda: caught_up(live, broker), seconds=60)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    compared = await compare(admin_url, broker)
    assert compared.differences == []
    async with live.transaction() as session:
        kept = await session.scalar(text("SELECT count(*) FROM dead_letter WHERE state <> 'replayed'"))
        (letter,) = await session.scalars(text("SELECT id FROM dead_letter WHERE reason = 'unreadable'"))
        await dead_letters.discard(session, letter, "sent again by its producer")
    assert compared.rebuilt.dead == kept
    assert (await compare(admin_url, broker)).differences == []
    await live.close()


async def test_a_rebuild_may_count_for_longer_than_a_transaction_may_stand_still(
    broker: str, make_database: DatabaseMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    lower_the_limit(monkeypatch)
    target = await make_database("scoring")
    beside = Database(target.app_url, pool_size=2)

    async def slow(session: AsyncSession, known: Known) -> list[EventData]:
        await session.execute(text("SELECT 1"))  # the transaction begins on the server
        await stand_still(beside)
        return await adopt_versions(session, known)

    monkeypatch.setattr(rebuilding, "adopt_versions", slow)
    await rebuild(target.app_url, broker)
    await beside.close()


async def test_a_unit_is_counted_once_for_all_its_gates(
    make_database: DatabaseMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database((await make_database("scoring")).app_url, pool_size=2)
    await fold_all(db, [registered("g"), programme("g"), answered("g", 1, "A.I.1.i.b", "A")])
    lost = {"unit_id": "g", "version": 1, "year": YEAR, "layer": "effective", "is_met": True}
    told = [
        GateChanged(**lost, predicate=gate.predicate, gate=gate.code, value="1", minimum="1")
        for gate in rule_set(rule_set_for_year(YEAR)).gates
    ]
    counted: list[object] = []

    def counting(cells: Cells, policies: Policies) -> Totals:
        counted.append(cells)
        return totals_of_cells(cells, policies)

    monkeypatch.setattr(after_rebuild, "totals_of_cells", counting)
    async with db.transaction() as session:
        news = await adopt_versions(session, {gate.subject(): gate for gate in told})
    assert sum(isinstance(event, GateChanged) for event in news) == len(told) > 1
    assert len(counted) == 1
    await db.close()


async def test_of_two_logs_that_contradict_each_other_one_is_a_dead_letter(
    broker: str, make_database: DatabaseMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_RECORDS", 1)  # every log is a part
    async with producing(broker) as producer:
        for unit, partition in (("m", 0), ("n", 1)):
            await send(producer, case(unit, "twice", channel_kind=f"of-{unit}"), partition=partition)
    target = await make_database("scoring")
    await rebuild(target.app_url, broker)
    db = Database(target.app_url, pool_size=2)
    async with db.reading() as session:
        stands = await session.scalar(text("SELECT unit_id FROM complaint_case WHERE case_id = 'c-twice'"))
        rows = await session.execute(
            text("SELECT record_key, record_value, reason FROM dead_letter WHERE reason = 'payload_conflict'")
        )
        (row,) = [row for row in rows if b"twice" in row.record_value]
    assert {stands, row.record_key.decode()} == {"m", "n"}
    await db.close()
