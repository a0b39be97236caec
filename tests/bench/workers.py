"""WK: events a second of one, two and three scoring processes that share the partitions, and the need.

The workers join one group over one database. The clock runs from the moment when the last of them has folded
its first batch: what the group takes to share out the partitions is not counted. On a machine of few cores
more workers share the same cores with database and broker; the need is calculated from one worker's rate.
"""

import asyncio
import math
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg

from deploy.local.process import Program
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
DONE = "SELECT coalesce(sum(next_offset), 0) FROM watermark"


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
    programs = [
        Program(
            f"worker-{number}",
            [*argv, str(folder / f"{number}.begun")],
            folder / f"{number}.log",
            env={"PYTHONPATH": str(HERE)},
        )
        for number in range(count)
    ]
    with Metered(servers) as meter:
        children = [program.start() for program in programs]
        try:
            files = [folder / f"{number}.begun" for number in range(count)]
            seconds, left, cpu = asyncio.run(
                _watch(target.owner_url, files, [child.pid for child in children], truth.good)
            )
        finally:
            for child in children:
                child.kill()
    asyncio.run(check_ours(target.owner_url, truth))
    asyncio.run(drop_database(servers.postgres, target.name))
    return Round(left, seconds, {"client": cpu} | meter.cpu_seconds)


async def _watch(url: str, begun: list[Path], pids: list[int], events: int) -> tuple[float, int, float]:
    """Return seconds, events and CPU seconds of the workers from when all work until all is done."""
    owner = await asyncpg.connect(url)

    async def done() -> int:
        await asyncio.sleep(0.02)
        return int(await owner.fetchval(DONE))

    async def all_work() -> bool:
        return all(file.exists() for file in begun) or await done() >= events

    async def is_all_done() -> bool:
        return await done() >= events

    await until(all_work, seconds=LONGEST_SECONDS, what="every worker folds")
    before, started, cpu = await done(), time.perf_counter(), sum(map(cpu_of_tree, pids))
    if before >= events:
        raise AssertionError("all was done before every worker had its share: more events are needed")
    await until(is_all_done, seconds=LONGEST_SECONDS, what="all events are applied")
    seconds, spent = time.perf_counter() - started, sum(map(cpu_of_tree, pids)) - cpu
    await owner.close()
    return seconds, events - before, spent
