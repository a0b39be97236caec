"""WK: events a second of one, two and three scoring processes that share the partitions, and the need.

The workers join one group over one database. Until all have joined, the watermarks are locked, so that nobody
begins alone; the clock runs from when they are free. On a machine of few cores more workers share the same
cores with database and broker; the need is calculated from one worker's rate.
"""

import asyncio
import math
import sys
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.process import Child, Program
from services.scoring.consumer import SERVICE
from shared.consumer import halts
from shared.contracts.planning import WorksheetAnswered
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from tests.bench.measure import Bar, Effort, Round, cpu_of_tree, report, summary
from tests.bench.peer_runs import HERE
from tests.bench.scoring_runs import fresh
from tests.bench.servers import Metered, Servers, drop_database
from tests.bench.truth import Truth, check_ours
from tests.bench.workload import BURSTS, Mix, refill
from tests.support.polling import until

QUICK_EVENTS, FULL_EVENTS = 120_000, 540_000
WORKERS = (1, 2, 3)
LONGEST_SECONDS = 400
APPLIED = "SELECT sum(next_offset) FROM watermark"


def run(servers: Servers, effort: Effort) -> dict[str, Any]:
    """Print the rates and what bursts need; there is no goal."""
    mix = Mix(effort.of(QUICK_EVENTS, FULL_EVENTS))
    asyncio.run(refill(servers.kafka, mix))
    truth = Truth.of(mix)
    rounds = effort.of(1, 3)
    found = {count: [_shared(servers, truth, count) for _ in range(rounds)] for count in WORKERS}
    lines = [
        f"  {count} at work: {summary([one.per_second for one in rounds_])} events/s; us/event: client "
        f"{summary([one.cpu_us() for one in rounds_])}, database "
        f"{summary([one.cpu_us('database') for one in rounds_])}"
        for count, rounds_ in found.items()
    ]
    alone = max(one.per_second for one in found[1])
    lines += [
        f"  {scale}: a burst of {burst:,}/s needs {workers_for(burst, alone)} of them, and one to spare"
        for scale, burst in BURSTS.items()
    ]
    bars = [
        Bar("events/s of workers together", f"ours, {count}", [one.per_second for one in rounds_])
        for count, rounds_ in found.items()
    ]
    return report("WK", f"{mix.events:,} answers by several workers", (), lines, bars=bars)


def workers_for(burst: float, per_second: float) -> int:
    """Return how many workers of this rate keep up with a burst."""
    return max(1, math.ceil(burst / per_second))


def _shared(servers: Servers, truth: Truth, count: int) -> Round:
    target = fresh(servers)
    argv = [sys.executable, "-m", "tests.bench.subject_worker", servers.kafka, target.app_url]
    folder = servers.folder / f"workers-{target.name}"
    here = {"PYTHONPATH": str(HERE)}
    programs = [
        Program(f"worker-{number}", argv, folder / f"{number}.log", env=here) for number in range(count)
    ]
    with Metered(servers) as meter:
        found = asyncio.run(_watch(servers, target, programs, truth.good))
    asyncio.run(check_ours(target.owner_url, truth))
    asyncio.run(drop_database(servers.postgres, target.name))
    return meter.round(found)


async def _watch(
    servers: Servers, target: ServiceDatabase, programs: Sequence[Program], events: int
) -> dict[str, float]:
    """Start the workers and return what they took from when all had joined until all was applied."""
    db = Database(target.app_url, pool_size=1)
    await halts.rebase(db, servers.kafka, SERVICE, [WorksheetAnswered.topic])
    await db.close()
    owner = await asyncpg.connect(target.owner_url)
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka)
    await admin.start()

    async def have_joined() -> bool:
        (answer,) = await admin.describe_consumer_groups([halts.group_id(SERVICE)])
        ((_error, _group, state, _type, _protocol, members, *_rest),) = answer.groups
        return state == "Stable" and len(members) == len(programs)

    async def is_done() -> bool:
        return bool(await owner.fetchval(APPLIED) >= events)

    children: list[Child] = []
    try:
        async with owner.transaction():
            await owner.execute("SELECT FROM watermark FOR UPDATE")
            children += [program.start() for program in programs]
            await until(have_joined, seconds=LONGEST_SECONDS, what="every worker has joined")
            started, before = time.perf_counter(), sum(cpu_of_tree(child.pid) for child in children)
        await until(is_done, seconds=LONGEST_SECONDS, what="all events are applied")
        seconds = time.perf_counter() - started
        cpu = sum(cpu_of_tree(child.pid) for child in children) - before
    finally:
        for child in children:
            child.stop()
        await admin.close()
        await owner.close()
    return {"records": events, "seconds": seconds, "cpu_seconds": cpu}
