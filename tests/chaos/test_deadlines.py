"""Pollers killed, frozen, without database, broker or a true clock: each rung fires once and never early.

Real processes over a server that the test kills. What is judged is counted in SQL, by no code of the product:
E1 one event id per clock and rung, E2 none early by the true clock, E3 fired = event, E4 no open case without
a clock, E5 due times as the calendar has them, E6 what waits for a broker is published.
"""

import asyncio
import json
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from services.complaints.cases.usecases import acts
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import ClockHeldError, TrustedClock
from services.complaints.jobs import Upkeep
from shared.contracts.admin import create_topics
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase, bootstrap
from shared.db.faults import is_retriable
from shared.db.migrate import migrate
from shared.kernel import StaleVersionError
from shared.security import Principal, Scope
from tests.chaos.oracle import Verdict, judge_outbox, judge_topics, read_topics
from tests.support.clock import run_by
from tests.support.complaining import file_cases
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
PUBLISHED_SECONDS = 120.0
DOWN_SECONDS = 1.0

MAKE = """
INSERT INTO deadline
SELECT gen_random_uuid(), gen_random_uuid(), 'u-load', 'pengaduan', 'D1', 'D1.1', 1000, 1, begins, 3, due,
    rungs, rungs, ARRAY['p50', 'due', 'plus1'],
    ARRAY['complaint_officer', 'complaint_officer', 'complaint_supervisor'],
    1, 0, '', 0, rungs[1], '{}', 'armed', NULL, NULL, false, false, begins, 0
FROM (
    SELECT begins, due, ARRAY[due - interval '1 second', due, due + interval '1 second'] AS rungs
    FROM (
        SELECT clock_timestamp() + make_interval(secs => $4) - interval '1 day' AS begins,
               clock_timestamp() + make_interval(secs => $4 + $2 + random() * $3) AS due
        FROM generate_series(1, $1::int)
    ) AS drawn
) AS clock
"""
JUDGED = """
WITH told AS (SELECT id, aggregateid, version, type, created_at FROM outbox WHERE aggregatetype = 'deadline'),
     rung AS (SELECT * FROM told WHERE split_part(type, '.', 5) IN ('reminded', 'overdue', 'escalated')),
     fired AS (
        SELECT f.*, d.unit_id, d.rung_at[array_position(d.rung_code, f.rung)] AS rung_at
        FROM deadline_fired f JOIN deadline d ON d.id = f.deadline_id)
SELECT
    (SELECT count(*) FROM deadline WHERE unit_id = 'u-load' AND breached_at = due_at) AS breached,
    (SELECT count(*) FROM fired WHERE unit_id = 'u-load' AND rung = 'due') AS breaches,
    (SELECT count(*) FROM fired WHERE unit_id = 'u-load' AND rung = 'plus1') AS last_rungs,
    (SELECT count(*) FROM (SELECT 1 FROM fired GROUP BY deadline_id, rung HAVING count(*) > 1) AS two)
        AS twice,
    (SELECT count(*) FROM fired WHERE detected_at < rung_at) AS early,
    (SELECT count(*) FROM fired f JOIN rung r ON r.id = f.event_id
     WHERE r.created_at + make_interval(secs => $1) < f.rung_at) AS early_by_the_true_clock,
    (SELECT count(*) FROM fired f FULL JOIN rung r ON r.id = f.event_id
     WHERE f.event_id IS NULL OR r.id IS NULL) AS without_the_other,
    (SELECT count(*) FROM told) - (SELECT count(DISTINCT id) FROM told) AS told_twice,
    (SELECT count(*) FROM (
        SELECT 1 FROM told JOIN deadline d ON d.id::text = told.aggregateid GROUP BY d.id, d.version
        HAVING min(told.version) <> 1 OR max(told.version) <> d.version OR count(*) <> d.version) AS gaps)
        AS version_gaps
"""
"""The outbox notes the time by a clock that no test moves: $1 is how many seconds the others are ahead."""
JUDGED_CASES = """
WITH breach AS (SELECT deadline_id FROM deadline_fired WHERE rung = 'due'),
     clock AS (
        SELECT d.*, (SELECT count(*) FROM breach WHERE breach.deadline_id = d.id) AS breaches,
               (start_at AT TIME ZONE 'Asia/Jakarta')::date AS day_0
        FROM deadline d WHERE rule = 'D1' AND unit_id = 'u-1')
SELECT
    (SELECT count(*) FROM clock
     WHERE status = 'met' AND met_at < due_at AND breached_at IS NULL AND breaches = 0
        OR status = 'late_done' AND breached_at = due_at AND breaches = 1) AS raced_and_decided,
    (SELECT count(*) FROM clock WHERE status = 'armed' AND breached_at IS NULL AND breaches = 0) AS revised,
    (SELECT count(*) FROM case_file c WHERE NOT EXISTS (
        SELECT FROM deadline d WHERE d.case_ref = c.id AND status IN ('armed', 'paused'))) AS without_a_clock,
    (SELECT count(*) FROM clock WHERE due_at <> (
        SELECT (day::date + 1)::timestamp AT TIME ZONE 'Asia/Jakarta'
        FROM generate_series(day_0 + 1, day_0 + 14, interval '1 day') AS day
        WHERE extract(isodow FROM day) < 6 AND day::date <> $1
        ORDER BY day OFFSET 2 LIMIT 1)) AS due_otherwise
"""
"""E4 and E5: a clock of three working days, where no other day than $1 is off."""
REVISE = """
INSERT INTO calendar_version VALUES (900, 'unit', 'u-1', 2026, NULL, $1, 'SK', 'SK', true, NULL, 'uji', now())
"""
BEHIND = """
SELECT count(*) FROM deadline WHERE unit_id = 'u-1' AND status = 'armed' AND breached_at IS NULL
    AND calendar_version < 900
"""
LATENESS = """
SELECT count(*), percentile_cont(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (
    ORDER BY extract(epoch FROM f.detected_at - d.rung_at[array_position(d.rung_code, f.rung)]))
FROM deadline_fired f JOIN deadline d ON d.id = f.deadline_id WHERE d.unit_id = 'u-load'
"""
LEFT = """
SELECT count(*) FROM deadline WHERE next_fire_at < zi_now() + interval '30 minutes' AND kind <> 'canary'
"""
WIB = ZoneInfo("Asia/Jakarta")
MIDNIGHT = datetime(2026, 1, 9, tzinfo=WIB)
"""When the clocks of cases are due that came in on the Monday, at the end of the Thursday."""
OFF = MIDNIGHT.date()
RACED, REVISED, DECOYS = 20, 20, 20
OFFICER = Principal("petugas", frozenset({"complaint_officer"}), Scope("unit", units=frozenset({"u-1"})))


class World:
    """A server of its own with an empty database of complaints, and pollers over it."""

    def __init__(self, server: PostgresServer, database: ServiceDatabase, pollers: Pollers) -> None:
        self.server = server
        self.database = database
        self.pollers = pollers
        self.ahead = 0.0
        """Seconds that the clocks of database and host are ahead of the true one."""

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

    async def make(self, count: int, due_in: float, spread: float) -> None:
        """Make clocks of three rungs each that fall due one after another."""
        await self.run(MAKE, count, due_in, spread, self.ahead)

    async def stand_at(self, moment: datetime) -> None:
        """Let the clocks of database and host run on from a moment."""
        self.ahead = (moment - datetime.now(UTC)).total_seconds()
        await self.agree()

    async def agree(self) -> None:
        self.pollers.host.set(self.ahead)
        await self.database_jumps(0.0)

    async def database_jumps(self, seconds: float) -> None:
        await self.clock(f"clock_timestamp() + make_interval(secs => {self.ahead + seconds})")

    async def host_jumps(self, seconds: float) -> None:
        self.pollers.host.set(self.ahead + seconds)

    async def count(self, statement: str) -> int:
        return int((await self.ask(statement))[0])

    async def all_fired(self, seconds: float = ALL_FIRED_SECONDS) -> None:
        async def is_done() -> bool:
            return await self.count(LEFT) == 0

        await until(is_done, seconds=seconds, what="every rung has fired")

    async def judge(self, clocks: int) -> Verdict:
        """Count what must have happened to clocks of which all fired; raises nothing."""
        verdict = Verdict()
        found = await self.ask(JUDGED, self.ahead)
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
    made = World(server, database, pollers)
    await made.run("INSERT INTO unit VALUES ('u-1', 'a-1', 'Kantor Satu', 'WIB', true, false, 1, '')")
    yield made
    await pollers.stop()


async def test_whatever_befalls_pollers_database_clocks_calendar_and_acts_at_once_each_rung_fires_once(
    world: World, tmp_path: Path
) -> None:
    draw, seconds = random.Random(SEED), CLOCKS / PER_SECOND
    kafka, db = KafkaServer(tmp_path / "kafka"), Database(world.database.app_url, pool_size=8)
    raced = await _received(world, db, MIDNIGHT - timedelta(days=3, hours=15), RACED)
    await _received(world, db, MIDNIGHT - timedelta(days=2, hours=15), REVISED)
    await world.stand_at(MIDNIGHT - timedelta(seconds=2.0 + seconds / 8))
    await world.make(CLOCKS, 2.0, seconds)
    await world.make(DECOYS, 3600.0, 60.0)  # due by a clock alone that is wrong
    engine = DeadlineEngine(load_policies(), TrustedClock(host=world.pollers.host))
    faults: Counter[str] = Counter()
    with ExitStack() as stack:
        stack.enter_context(relay_process(world.database.app_url, kafka.bootstrap, tmp_path / "relay.log"))
        async with asyncio.TaskGroup() as beside:
            for case_id in raced:
                beside.create_task(_verified(world, db, engine, case_id, draw.uniform(-0.5, 0.5)))
            beside.create_task(_revised(world, db, engine, draw.uniform(-0.3, 0.3)))
            await _befall(world, draw, seconds, faults)
        await world.all_fired()
        verdict = await world.judge(CLOCKS)
        stack.enter_context(kafka)
        await create_topics(kafka.bootstrap)

        async def is_published() -> bool:
            return await world.count("SELECT count(*) FROM outbox_waiting") == 0

        await until(is_published, seconds=PUBLISHED_SECONDS, what="everything is published")
        records = await read_topics(kafka.bootstrap)
    await db.close()
    judge_topics(verdict, records)
    await judge_outbox(verdict, world.database.owner_url, "complaints", records)
    expected = Counter({"raced_and_decided": RACED, "revised": REVISED})
    for what, count in (await world.ask(JUDGED_CASES, OFF)).items():
        verdict.equal(what, count, expected[what])
    fired, lateness = await world.ask(LATENESS)
    late = dict(zip(("p50", "p99", "max"), (round(value, 2) for value in lateness), strict=True))
    verdict.counted |= {"seed": SEED, "faults": dict(faults), "rungs": fired, "late by s": late}
    verdict.write(Path(__file__).parents[2] / "test-output" / "chaos-deadlines.json")
    print(verdict.counted)  # noqa: T201 - the long form is for people to read
    assert faults.keys() >= {"kills", "freezes", "restarts", "database jumps", "host jumps"}
    assert verdict.violations == [], f"seed {SEED}"


async def _received(world: World, db: Database, moment: datetime, count: int) -> list[UUID]:
    """Receive reports at a moment; their clocks of three working days are due three midnights later."""
    await world.stand_at(moment)
    engine = DeadlineEngine(load_policies(), TrustedClock(host=world.pollers.host))
    return await file_cases(db, engine, "u-1", count)


async def _befall(world: World, draw: random.Random, seconds: float, faults: Counter[str]) -> None:
    """Kill and freeze four pollers while rungs come due; in between restart the database and move clocks."""
    alive = [await world.pollers.start() for _ in range(POLLERS)]
    now = asyncio.get_running_loop().time
    begun = now()
    planned = [
        (0.35, "restarts", 0.0),
        (0.5, "database jumps", 7200.0),
        (0.65, "host jumps", -86400.0),
        (0.8, "database jumps", -86400.0),
        (0.9, "host jumps", 7200.0),
    ]

    async def strike() -> None:
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

    while now() < begun + seconds + 1.0:
        await asyncio.sleep(draw.uniform(*FAULT_SECONDS))
        await strike()
        if planned and now() > begun + planned[0][0] * seconds:
            _, what, by = planned.pop(0)
            faults[what] += 1
            if what == "restarts":
                world.server.kill()
                await asyncio.sleep(DOWN_SECONDS)
                world.server.start()
                continue
            await (world.database_jumps(by) if what == "database jumps" else world.host_jumps(by))
            await strike()  # who starts meanwhile knows no other time
            await asyncio.sleep(draw.uniform(*FAULT_SECONDS))
            await world.agree()


async def _verified(world: World, db: Database, engine: DeadlineEngine, case_id: UUID, after: float) -> None:
    """Verify a case so many seconds after its clock is due, again and again until it is known to be done."""
    await asyncio.sleep((MIDNIGHT - world.pollers.host.now()).total_seconds() + after)

    async def is_done() -> bool:
        async with db.transaction() as session:
            await acts.verify(
                session, engine, OFFICER, case_id, 1,
                stream="masyarakat", case_class="normatif", unit_id="u-1", note=None,
            )  # fmt: skip
        return True

    await _insist(is_done, "the case is verified")


async def _revised(world: World, db: Database, engine: DeadlineEngine, after: float) -> None:
    """Declare a day off at midnight, and let the clocks of all cases follow."""
    await asyncio.sleep((MIDNIGHT - world.pollers.host.now()).total_seconds() + after)
    days = [{"date": OFF.isoformat(), "kind": "local", "name": "Hari daerah"}]
    await world.run(REVISE, json.dumps({"days": days, "ramadans": []}))

    async def is_followed() -> bool:
        await Upkeep(db, engine).step()
        return await world.count(BEHIND) == 0

    await _insist(is_followed, "every clock has followed the calendar")


async def _insist(done: Callable[[], Awaitable[bool]], what: str) -> None:
    """Try until it is so; an act may have been done where the database died before it said so."""
    is_in_doubt = False

    async def is_so() -> bool:
        nonlocal is_in_doubt
        try:
            return await done()
        except ClockHeldError:
            return False
        except StaleVersionError:
            if not is_in_doubt:
                raise
            return True
        except Exception as error:
            if not is_retriable(error):
                raise
            is_in_doubt = True
            return False

    await until(is_so, seconds=ALL_FIRED_SECONDS, what=what)


@pytest.mark.parametrize("jump", ["2 hours", "-1 day"])
async def test_a_jump_of_the_databases_clock_fires_nothing_and_what_is_due_fires_once_it_is_back(
    world: World, jump: str
) -> None:
    for _ in range(2):
        await world.pollers.start()
    await world.run("CREATE SEQUENCE readings; GRANT USAGE ON readings TO PUBLIC")
    await until(lambda: _has_canaries(world), what="both pollers act")
    await world.clock(f"clock_timestamp() + interval '{jump}' FROM nextval('readings')")
    await world.make(20, 3600.0, 60.0)  # due by the wrong clock alone
    await world.make(20, 1.5, 0.5)

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
    found = await world.ask(JUDGED, 0.0)
    assert (found["breaches"], found["early"], found["without_the_other"], found["twice"]) == (20, 0, 0, 0)


async def _has_canaries(world: World) -> bool:
    return await world.count("SELECT count(*) FROM deadline WHERE kind = 'canary'") == 2
