"""An outage is no fault of the data: every class of PostgreSQL's errors under fold, relay, job and act.

While a class is raised, only classes 22 and 23 in a fold set a record aside; nothing else is set aside,
nothing is lost, no task ends and nobody says that all is well. Afterwards everything has happened once.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from sqlalchemy import text

from shared.consumer.consumer import BatchConsumer
from shared.db import Database
from shared.observability.metrics import CONSUMER_RETRIES, JOBS_FAILING
from shared.outbox.relay import Relay
from shared.process.jobs import Repeating
from shared.process.kept import BESIDE_API, Kept
from shared.process.worker import Worker
from tests.support.effects import TOPIC, answered, effects_database, fold
from tests.support.http import client_of, toy_app
from tests.support.kafka import begin_at_end, ends, producing, read_from, send
from tests.support.polling import until
from tests.support.relaying import record
from tests.support.sqlstates import CODES, DISK_FULL, FaultSwitch, fault_switch, kind_of
from tests.support.tokens import TestIssuer

SOON = (0.02,)
"""Pauses between tries in these tests: how they grow is tested apart."""
each_class = pytest.mark.parametrize("code", CODES)


@pytest.fixture(scope="module", autouse=True)
def without_long_pauses() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        for module in (
            "shared.process.kept",
            "shared.process.jobs",
            "shared.consumer.consumer",
            "shared.outbox.relay",
        ):
            patch.setattr(f"{module}.BACKOFF_SECONDS", SOON)
        yield


@pytest.fixture(scope="module")
async def stand(postgres_admin_url: str) -> AsyncIterator[tuple[Database, FaultSwitch]]:
    """Give a database where effects called `bad…` and notes of the relay fail while the switch is on."""
    async with (
        effects_database(postgres_admin_url) as url,
        fault_switch(postgres_admin_url, url) as switch,
    ):
        await switch.watch("INSERT ON effect FOR EACH ROW WHEN (NEW.worksheet_id LIKE 'bad%')")
        await switch.watch("UPDATE ON outbox_pointer FOR EACH ROW")
        db = Database(url)
        yield db, switch
        await db.close()


@pytest.fixture(scope="module")
def db(stand: tuple[Database, FaultSwitch]) -> Database:
    return stand[0]


@pytest.fixture(scope="module")
def switch(stand: tuple[Database, FaultSwitch]) -> FaultSwitch:
    return stand[1]


@asynccontextmanager
async def working(worker: Worker) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(worker.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def rows(db: Database, sql: str, **values: Any) -> list[Any]:
    async with db.reading() as session:
        return [tuple(row) for row in await session.execute(text(sql), values)]


async def effects(db: Database, *names: str) -> dict[str, int]:
    """Return how often each of these effects was applied."""
    found = await rows(
        db, "SELECT worksheet_id, applied FROM effect WHERE worksheet_id = ANY(:names)", names=list(names)
    )
    return dict(found)


def is_unwell(worker: Worker) -> Callable[[], Awaitable[bool]]:
    async def probe() -> bool:
        health = worker.health()
        return not health.is_ready and health.is_alive and health.detail != "starting"

    return probe


def is_well(worker: Worker) -> Callable[[], Awaitable[bool]]:
    async def probe() -> bool:
        return worker.health().is_ready

    return probe


# -- a fold -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Consuming:
    consumer: BatchConsumer
    task: asyncio.Task[None]
    producer: AIOKafkaProducer


@pytest.fixture(scope="module")
async def consuming(db: Database, topics: str) -> AsyncIterator[Consuming]:
    await begin_at_end(db, topics, "scoring", [TOPIC])
    consumer = BatchConsumer(db, topics, service="scoring", topics=[TOPIC], fold=fold)
    async with working(consumer) as task, producing(topics) as producer:
        await until(is_well(consumer), what="the consumer's assignment")
        yield Consuming(consumer, task, producer)


@each_class
async def test_only_a_data_fault_in_a_fold_sets_a_record_aside(
    consuming: Consuming, db: Database, switch: FaultSwitch, code: str
) -> None:
    names = (f"good-a-{code}", f"bad-{code}", f"good-b-{code}")
    dead = partial(
        rows, db, "SELECT reason FROM dead_letter WHERE record_key = :key", key=f"u-{names[1]}".encode()
    )

    async def are_applied(*expected: str) -> bool:
        return await effects(db, *names) == dict.fromkeys(expected, 1)

    retries = CONSUMER_RETRIES._value.get()

    async def was_retried() -> bool:
        return bool(CONSUMER_RETRIES._value.get() >= retries + 2)

    async with switch.raising(code):
        for name in names:
            await send(consuming.producer, answered(name))
        if kind_of(code) == "data":
            await until(lambda: are_applied(names[0], names[2]), what="the neighbours")
        else:
            await until(was_retried, what="two tries")
            await until(is_unwell(consuming.consumer), what="a consumer that is not ready")
            assert names[1] not in await effects(db, *names)
    if kind_of(code) == "data":
        assert await dead() == [("fold_failed",)]
    else:
        await until(lambda: are_applied(*names), what="all three, once")
        assert await dead() == []
    await until(is_well(consuming.consumer), what="a consumer that is ready again")
    assert not consuming.task.done()


# -- a relay round ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Relaying:
    relay: Kept
    task: asyncio.Task[None]
    start: dict[TopicPartition, int]


@pytest.fixture(scope="module")
async def relaying(db: Database, topics: str) -> AsyncIterator[Relaying]:
    """Run a relay as a process does: kept."""
    start = await ends(topics, [TOPIC])
    relay = Kept(Relay(db, topics, client_id="test-relay"), BESIDE_API)
    async with working(relay) as task:
        await until(is_well(relay), what="a relay that is ready")
        yield Relaying(relay, task, start)


@each_class
async def test_a_relay_round_that_fails_is_repeated_until_every_event_is_out(
    relaying: Relaying, db: Database, topics: str, switch: FaultSwitch, code: str
) -> None:
    name = f"relayed-{code}"
    waiting = partial(rows, db, "SELECT 1 FROM outbox_waiting WHERE record_key = :key", key=f"u-{name}")

    async def is_out() -> bool:
        return not await waiting()

    async with switch.raising(code):
        await record(db, answered(name))
        await until(is_unwell(relaying.relay), what="a relay that is not ready")
        assert len(await waiting()) == 1
    await until(is_out, what="the event noted as sent")
    await until(is_well(relaying.relay), what="a relay that is ready again")
    assert not relaying.task.done()
    records = [r for r in await read_from(topics, relaying.start) if r.key == f"u-{name}".encode()]
    assert len({(dict(r.headers)["ce_id"], r.value, r.timestamp) for r in records}) == 1


# -- a job --------------------------------------------------------------------------------------------------


@each_class
async def test_a_job_whose_step_fails_does_it_once_the_database_lets_it(
    db: Database, switch: FaultSwitch, code: str
) -> None:
    async def step() -> float:
        async with db.transaction() as session:
            await session.execute(
                text("INSERT INTO effect VALUES (:name, 1, NULL, 1)"), {"name": f"bad-job-{code}"}
            )
        return 3600.0

    job = Repeating("test_job", "job", step)
    async with AsyncExitStack() as stack:
        async with switch.raising(code):
            task = await stack.enter_async_context(working(job))
            await until(is_unwell(job), what="a job that says so")
            assert JOBS_FAILING.labels("test_job")._value.get() == 1
        await until(is_well(job), what="the step's success")
        assert not task.done()
    assert await effects(db, f"bad-job-{code}") == {f"bad-job-{code}": 1}


# -- an act -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def caller(db: Database) -> AsyncIterator[Callable[[str], Awaitable[httpx2.Response]]]:
    """Give a function that makes a thing of this name, always with the name's own Idempotency-Key."""
    issuer = TestIssuer()
    headers = issuer.headers("admin", level="agency")
    app = toy_app(
        issuer.verifier(),
        Database(db.engine.url.render_as_string(hide_password=False).replace("+asyncpg", "")),
    )
    async with client_of(app) as client:

        async def make(name: str) -> httpx2.Response:
            key = {"Idempotency-Key": f"the key of the thing {name}"}
            return await client.post("/things", json={"name": name}, headers=headers | key)

        yield make


@each_class
async def test_an_act_that_the_database_refuses_succeeds_once_with_the_same_key(
    caller: Callable[[str], Awaitable[httpx2.Response]], db: Database, switch: FaultSwitch, code: str
) -> None:
    name = f"bad{code}"
    async with switch.raising(code):
        refused = await caller(name)
    assert refused.headers["content-type"] == "application/problem+json"
    if kind_of(code) in ("away", "conflict"):
        assert refused.status_code in ({507, 503} if code == DISK_FULL else {503})
        assert int(refused.headers["Retry-After"]) > 0
    else:
        assert refused.status_code == 500
    assert "secret" not in refused.text
    assert code not in refused.text

    first, again = await caller(name), await caller(name)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await effects(db, name) == {name: 1}


async def test_a_conflict_that_passes_is_repeated_and_never_told(
    caller: Callable[[str], Awaitable[httpx2.Response]], db: Database
) -> None:
    answer = await caller("clash")
    assert answer.status_code == 201
    assert await effects(db, "clash") == {"clash": 1}
