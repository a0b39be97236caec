"""Pollers killed, frozen, without database, broker or a true clock: each rung fires once and never early.

Real processes over a server that the test kills. What is judged is counted in SQL, by no code of the product:
E1 one event id per clock and rung, E2 none early, E3 fired = event, E6 what waits for a broker is published.
"""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from shared.contracts.admin import create_topics
from shared.db.bootstrap import ServiceDatabase, bootstrap
from shared.db.migrate import migrate
from tests.chaos.oracle import Verdict, read_topics
from tests.support.clock import run_by
from tests.support.database import service_database
from tests.support.pollers import Pollers, send
from tests.support.polling import until
from tests.support.relaying import relay_process
from tests.support.servers import KafkaServer, PostgresServer

POLLERS = 4
CLOCKS = int(os.environ.get("ZI_CHAOS_CLOCKS", "3000"))
"""200,000 is the long form: `ZI_CHAOS_CLOCKS=200000 pytest -s tests/chaos/test_deadlines.py`."""
SEED = int(os.environ.get("ZI_CHAOS_SEED", "7"))
PER_SECOND = 300
"""Clocks whose rungs come due in a second: the pollers are at work all the while that they are killed."""
FAULT_SECONDS = (0.2, 0.8)
ALL_FIRED_SECONDS = 60.0
DOWN_SECONDS = 1.0

MAKE = """
INSERT INTO deadline
SELECT gen_random_uuid(), gen_random_uuid(), 'u-1', 'pengaduan', 'D1', 'D1.1', 4, 1, begins, 3, due, rungs,
    rungs, ARRAY['p50', 'due', 'plus1'],
    ARRAY['complaint_officer', 'complaint_officer', 'complaint_supervisor'],
    1, 0, '', 0, rungs[1], '{}', 'armed', NULL, NULL, false, false, begins, 1
FROM (
    SELECT begins, due, ARRAY[due - interval '1 second', due, due + interval '1 second'] AS rungs
    FROM (
        SELECT clock_timestamp() - interval '1 day' AS begins,
               clock_timestamp() + make_interval(secs => $2 + random() * $3) AS due
        FROM generate_series(1, $1::int)
    ) AS drawn
) AS clock
"""
JUDGED = """
WITH told AS (SELECT id, aggregateid, version FROM outbox WHERE aggregatetype = 'deadline'),
     fired AS (
        SELECT f.*, d.rung_at[array_position(d.rung_code, f.rung)] AS rung_at, d.version AS last_version
        FROM deadline_fired f JOIN deadline d ON d.id = f.deadline_id)
SELECT
    (SELECT count(*) FROM deadline WHERE kind <> 'canary' AND breached_at = due_at) AS breached,
    (SELECT count(*) FROM fired WHERE rung = 'due') AS breaches,
    (SELECT count(*) FROM fired WHERE rung = 'plus1') AS last_rungs,
    (SELECT count(*) FROM (SELECT 1 FROM fired GROUP BY deadline_id, rung HAVING count(*) > 1) AS two)
        AS twice,
    (SELECT count(*) FROM fired WHERE detected_at < rung_at) AS early,
    (SELECT count(*) FROM fired f FULL JOIN told t ON t.id = f.event_id
     WHERE f.event_id IS NULL OR t.id IS NULL) AS without_the_other,
    (SELECT count(*) FROM told) - (SELECT count(DISTINCT id) FROM told) AS told_twice,
    (SELECT count(*) FROM (
        SELECT 1 FROM told JOIN deadline d ON d.id::text = told.aggregateid GROUP BY d.id, d.version
        HAVING min(told.version) <> 2 OR max(told.version) <> d.version OR count(*) <> d.version - 1) AS gaps)
        AS version_gaps
"""
LATENESS = """
SELECT count(*), percentile_cont(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (
    ORDER BY extract(epoch FROM f.detected_at - d.rung_at[array_position(d.rung_code, f.rung)]))
FROM deadline_fired f JOIN deadline d ON d.id = f.deadline_id
"""
LEFT = "SELECT count(*) FROM deadline WHERE next_fire_at IS NOT NULL AND kind <> 'canary'"


class World:
    """A server of its own with an empty database of complaints, and pollers over it."""

    def __init__(self, server: PostgresServer, database: ServiceDatabase, pollers: Pollers) -> None:
        self.server = server
        self.database = database
        self.pollers = pollers

    async def ask(self, statement: str, *values: object) -> asyncpg.Record:
        owner = await asyncpg.connect(self.database.owner_url)
        try:
            found = await owner.fetchrow(statement, *values)
        finally:
            await owner.close()
        assert found is not None
        return found

    async def run(self, statement: str, *values: object) -> None:
        owner = await asyncpg.connect(self.database.owner_url)
        await owner.execute(statement, *values)
        await owner.close()

    async def clock(self, expression: str) -> None:
        owner = await asyncpg.connect(self.database.owner_url)
        await run_by(owner, expression)
        await owner.close()

    async def count(self, statement: str) -> int:
        return int((await self.ask(statement))[0])

    async def all_fired(self, seconds: float = ALL_FIRED_SECONDS) -> None:
        async def is_done() -> bool:
            return await self.count(LEFT) == 0

        await until(is_done, seconds=seconds, what="every rung has fired")

    async def judge(self, clocks: int) -> Verdict:
        """Count what must have happened to clocks of which all fired; raises nothing."""
        verdict = Verdict()
        found = await self.ask(JUDGED)
        expected = Counter({"breached": clocks, "breaches": clocks, "last_rungs": clocks})
        for what, count in found.items():
            verdict.equal(what, count, expected[what])
        return verdict


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with PostgresServer(tmp_path_factory.mktemp("deadlines") / "postgres") as running:
        yield running


@pytest.fixture
async def world(server: PostgresServer) -> AsyncIterator[World]:
    database = service_database(server.admin_url, "complaints", f"t_{uuid4().hex[:8]}_deadlines")
    await bootstrap(server.admin_url, database)
    await migrate("complaints", database.owner_url)
    pollers = Pollers(database.app_url)
    yield World(server, database, pollers)
    await pollers.stop()


async def test_four_pollers_killed_and_frozen_over_many_due_rungs_fire_each_once(world: World) -> None:
    draw, seconds = random.Random(SEED), CLOCKS / PER_SECOND
    await world.run(MAKE, CLOCKS, 2.0, seconds)
    alive = [await world.pollers.start() for _ in range(POLLERS)]
    faults: Counter[str] = Counter()
    ends = asyncio.get_running_loop().time() + seconds + 1.0
    while asyncio.get_running_loop().time() < ends:
        await asyncio.sleep(draw.uniform(*FAULT_SECONDS))
        place = draw.randrange(POLLERS)
        if draw.random() < 0.7:
            faults["kills"] += 1
            alive[place].kill()
            alive[place] = await world.pollers.start()
        else:
            faults["freezes"] += 1
            send(alive[place], signal.SIGSTOP)
            await asyncio.sleep(draw.uniform(*FAULT_SECONDS))
            send(alive[place], signal.SIGCONT)
    await world.all_fired()
    verdict = await world.judge(CLOCKS)
    fired, lateness = await world.ask(LATENESS)
    late = dict(zip(("p50", "p99", "max"), (round(value, 2) for value in lateness), strict=True))
    verdict.counted |= {"seed": SEED, "faults": dict(faults), "rungs": fired, "late by s": late}
    verdict.write(Path(__file__).parents[2] / "test-output" / "chaos-deadlines.json")
    print(verdict.counted)  # noqa: T201 - the long form is for people to read
    assert faults["kills"] > 5
    assert verdict.violations == [], f"seed {SEED}"


async def test_a_database_killed_under_four_pollers_and_started_again_leaves_each_rung_once(
    world: World,
) -> None:
    await world.run(MAKE, 1500, 1.0, 5.0)
    for _ in range(POLLERS):
        await world.pollers.start()

    async def is_under_way() -> bool:
        return await world.count("SELECT count(*) FROM deadline_fired") > 0

    await until(is_under_way, what="the first rungs")
    world.server.kill()
    await asyncio.sleep(DOWN_SECONDS)
    world.server.start()
    await world.all_fired()
    assert (await world.judge(1500)).violations == []


@pytest.mark.parametrize("jump", ["2 hours", "-1 day"])
async def test_a_jump_of_the_databases_clock_fires_nothing_and_what_is_due_fires_once_it_is_back(
    world: World, jump: str
) -> None:
    for _ in range(2):
        await world.pollers.start()
    await world.run("CREATE SEQUENCE readings; GRANT USAGE ON readings TO PUBLIC")
    await until(lambda: _has_canaries(world), what="both pollers act")
    await world.clock(f"clock_timestamp() + interval '{jump}' FROM nextval('readings')")
    await world.run(MAKE, 20, 3600.0, 60.0)  # due by the wrong clock alone
    await world.run(MAKE, 20, 1.5, 0.5)

    async def is_long_due() -> bool:
        if await world.count("SELECT count(*) FROM deadline_fired"):
            return True
        row = await world.ask(
            "SELECT min(due_at) + interval '3 seconds' < clock_timestamp() AND"
            " (SELECT last_value FROM readings) > 6 FROM deadline WHERE kind <> 'canary'"
        )
        return bool(row[0])

    await until(is_long_due, what="the pollers have looked at the wrong clock again and again")
    assert await world.count("SELECT count(*) FROM deadline_fired") == 0
    await world.clock("clock_timestamp()")

    async def is_fired() -> bool:
        return await world.count("SELECT count(*) FROM deadline_fired WHERE rung = 'plus1'") == 20

    await until(is_fired, what="what was due has fired")
    found = await world.ask(JUDGED)
    assert (found["breaches"], found["early"], found["without_the_other"], found["twice"]) == (20, 0, 0, 0)


async def _has_canaries(world: World) -> bool:
    return await world.count("SELECT count(*) FROM deadline WHERE kind = 'canary'") == 2


async def test_without_a_broker_rungs_fire_all_the_same_and_are_published_once_it_is_there(
    world: World, tmp_path: Path
) -> None:
    kafka = KafkaServer(tmp_path / "kafka")
    with ExitStack() as stack:
        stack.enter_context(relay_process(world.database.app_url, kafka.bootstrap, tmp_path / "relay.log"))
        await world.run(MAKE, 300, 0.5, 1.0)
        await world.pollers.start()
        await world.all_fired()
        assert (await world.judge(300)).violations == []
        assert await world.count("SELECT count(*) FROM outbox_waiting") > 0
        stack.enter_context(kafka)
        await create_topics(kafka.bootstrap)

        async def is_published() -> bool:
            return await world.count("SELECT count(*) FROM outbox_waiting") == 0

        await until(is_published, what="everything is published")
        published = [record.event_id for record in await read_topics(kafka.bootstrap)]
    owner = await asyncpg.connect(world.database.owner_url)
    fired = [str(row["event_id"]) for row in await owner.fetch("SELECT event_id FROM deadline_fired")]
    await owner.close()
    assert sorted(published) == sorted(fired)
