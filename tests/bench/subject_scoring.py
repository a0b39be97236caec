"""Our side of B1, in a process of its own: scoring's real consumer over a topic that is filled already.

    python -m tests.bench.subject_scoring BOOTSTRAP DATABASE_URL COUNT

Prints one JSON line: records, seconds from the first record handled to the last commit, CPU seconds of that
and of the relay that then publishes the outbox, and memory.
"""

import asyncio
import gc
import json
import resource
import sys
import time
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.consumer import MAX_RECORDS, SERVICE
from services.scoring.usecases.fold import fold
from shared.consumer import halts
from shared.consumer.codec import Received, Rejected
from shared.consumer.consumer import BatchConsumer
from shared.contracts.planning import WorksheetAnswered
from shared.db import Database
from shared.outbox.relay import Relay
from shared.server.serving import GC_THRESHOLDS

LONGEST_SECONDS = 300.0


async def measure(bootstrap: str, database_url: str, count: int) -> dict[str, float]:
    """Consume `count` records from the start of the topic and return the figures."""
    db = Database(database_url)
    started = 0.0
    cpu_before = 0.0
    folded = 0
    is_done = asyncio.Event()

    async def timed(session: AsyncSession, records: Sequence[Received]) -> Sequence[Rejected]:
        nonlocal started, cpu_before, folded
        if not started:
            started = time.perf_counter()
            cpu_before = _cpu()
        rejected = await fold(session, records)
        folded += len(records)
        return rejected

    def committed() -> None:
        if folded >= count:
            is_done.set()

    consumer = BatchConsumer(
        db,
        bootstrap,
        service=SERVICE,
        topics=[WorksheetAnswered.topic],
        fold=timed,
        after_batch=committed,
        max_records=MAX_RECORDS,
    )
    await halts.rebase(db, bootstrap, SERVICE, [WorksheetAnswered.topic])
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    task = asyncio.create_task(consumer.run())
    async with asyncio.timeout(LONGEST_SECONDS):
        await is_done.wait()
    seconds = time.perf_counter() - started
    cpu = _cpu() - cpu_before
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    relay_cpu = await _publish(db, bootstrap)
    await db.close()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "records": count,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "relay_cpu_seconds": relay_cpu,
        "max_rss_mb": usage.ru_maxrss / 1000,
    }


async def _publish(db: Database, bootstrap: str) -> float:
    """Let the relay publish every outbox row and return the CPU seconds it took."""
    before = _cpu()
    task = asyncio.create_task(Relay(db, bootstrap, client_id="bench-relay").run())
    async with asyncio.timeout(LONGEST_SECONDS):
        while await _is_unpublished(db):  # noqa: ASYNC110 - only the database knows
            await asyncio.sleep(0.1)
    cpu = _cpu() - before
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return cpu


async def _is_unpublished(db: Database) -> bool:
    async with db.reading() as session:
        return bool(await session.scalar(text("SELECT EXISTS (SELECT FROM outbox_waiting)")))


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1], sys.argv[2], int(sys.argv[3])))))
