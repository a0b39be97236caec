"""Our side of B1, in a process of its own: scoring's real consumer over a topic that is filled already.

    python -m tests.bench.subject_scoring BOOTSTRAP DATABASE_URL COUNT

Prints one JSON line: records, seconds from the first record handled to the last commit, CPU and memory.
"""

import asyncio
import gc
import json
import resource
import sys
import time

from sqlalchemy import text

from services.scoring.consumer import SERVICE
from services.scoring.usecases.fold import fold
from shared.consumer import BatchConsumer, Received, Rejected, repair
from shared.contracts.planning import WorksheetAnswered
from shared.db import Database
from shared.runtime.service import GC_THRESHOLDS

LONGEST_SECONDS = 300.0


async def measure(bootstrap: str, database_url: str, count: int) -> dict[str, float]:
    """Consume `count` records from the start of the topic and return the figures."""
    db = Database(database_url)
    started = 0.0
    cpu_before = 0.0

    async def timed(session: object, records: list[Received]) -> list[Rejected]:
        nonlocal started, cpu_before
        if not started:
            started = time.perf_counter()
            cpu_before = _cpu()
        return list(await fold(session, records))  # type: ignore[arg-type]

    consumer = BatchConsumer(
        db,
        bootstrap,
        service=SERVICE,
        topics=[WorksheetAnswered.topic],
        fold=timed,  # type: ignore[arg-type]
    )
    await repair.rebase(db, bootstrap, SERVICE, [WorksheetAnswered.topic])
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    task = asyncio.create_task(consumer.run())
    deadline = time.monotonic() + LONGEST_SECONDS
    while True:
        async with db.reading() as session:
            applied = int(
                await session.scalar(text("SELECT coalesce(sum(next_offset), 0) FROM watermark")) or 0
            )
        if applied >= count:
            break
        if time.monotonic() > deadline:
            raise AssertionError(f"only {applied} of {count} records applied")
        await asyncio.sleep(0.02)
    seconds = time.perf_counter() - started
    cpu = _cpu() - cpu_before
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await db.close()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {"records": count, "seconds": seconds, "cpu_seconds": cpu, "max_rss_mb": usage.ru_maxrss / 1000}


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1], sys.argv[2], int(sys.argv[3])))))
