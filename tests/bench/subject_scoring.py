"""Our side of B1, in a process of its own: scoring's real consumer over topics that are filled already.

    python -m tests.bench.subject_scoring BOOTSTRAP DATABASE_URL COUNT [POSTGRES_PID BATCH [TOPIC...]]

Prints one JSON line: records, seconds from the first record handled to the last commit, CPU seconds of that
and of the relay that then publishes the outbox, memory, and what each fifth of the records cost: seconds, CPU
seconds of this process, and of the database when its process id is given (0: not asked). `BATCH` is the most
records of a batch (0: as many as the service takes).
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.consumer import MAX_RECORDS, SERVICE
from services.scoring.usecases.fold import fold
from shared.consumer import halts, watermark
from shared.consumer.codec import Received, Rejected
from shared.consumer.consumer import BatchConsumer
from shared.contracts.planning import WorksheetAnswered
from shared.db import Database
from shared.kafka.reader import Reader
from shared.observability.metrics import OUTBOX_UNPUBLISHED
from shared.outbox.backlog import Backlog
from shared.outbox.relay import Relay
from shared.server.serving import tune_memory
from tests.bench.measure import cpu_of_tree
from tests.support.polling import until

LONGEST_SECONDS = 500.0
FIFTHS = 5


@dataclass(slots=True)
class Progress:
    """How far the fold is, and what it had cost at each fifth of the way."""

    count: int
    postgres_pid: int
    folded: int = 0
    batches: int = 0
    marks: list[tuple[float, float, float]] = field(default_factory=list)
    """Wall, own CPU and database CPU in seconds at the first record and after each fifth."""
    is_done: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self) -> None:
        if not self.marks:
            self._mark()

    def committed(self) -> None:
        self.batches += 1
        while len(self.marks) <= FIFTHS and self.folded * FIFTHS >= self.count * len(self.marks):
            self._mark()
        if self.folded >= self.count:
            self.is_done.set()

    def _mark(self) -> None:
        database = cpu_of_tree(self.postgres_pid) if self.postgres_pid else 0.0
        self.marks.append((time.perf_counter(), _cpu(), database))

    def fifths(self) -> list[dict[str, float]]:
        """Return the cost of each fifth."""
        names = ("seconds", "client", "database")
        pairs = zip(self.marks, self.marks[1:], strict=False)
        return [
            dict(zip(names, (b - a for a, b in zip(one, two, strict=True)), strict=True))
            for one, two in pairs
        ]


async def measure(
    bootstrap: str, database_url: str, count: int, postgres_pid: int, most: int, topics: Sequence[str]
) -> dict[str, Any]:
    """Consume `count` records from the start of the topics and return the figures."""
    db = Database(database_url)
    progress = Progress(count, postgres_pid)

    async def timed(session: AsyncSession, records: Sequence[Received]) -> Sequence[Rejected]:
        progress.begin()
        rejected = await fold(session, records)
        progress.folded += len(records)
        return rejected

    consumer = BatchConsumer(
        db,
        bootstrap,
        service=SERVICE,
        topics=topics,
        fold=timed,
        after_batch=progress.committed,
        max_records=most or MAX_RECORDS,
    )
    await halts.rebase(db, bootstrap, SERVICE, topics)
    tune_memory()
    task = asyncio.create_task(consumer.run())
    async with asyncio.timeout(LONGEST_SECONDS):
        await progress.is_done.wait()
    await _caught_up(db, bootstrap, topics)  # what follows the last good record, off the clock
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    relay_cpu, published = await _publish(db, bootstrap)
    await db.close()
    begun, ended = progress.marks[0], progress.marks[-1]
    return {
        "records": count,
        "seconds": ended[0] - begun[0],
        "cpu_seconds": ended[1] - begun[1],
        "relay_cpu_seconds": relay_cpu,
        "published": published,
        "max_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "batches": progress.batches,
        "fifths": progress.fifths(),
    }


async def _caught_up(db: Database, bootstrap: str, topics: Sequence[str]) -> None:
    """Return when the watermarks stand at the ends of the topics."""
    async with Reader(bootstrap, tuple(topics)) as reader:
        ends = await reader.ends()

    async def is_there() -> bool:
        async with db.reading() as session:
            marks = await watermark.load(session, SERVICE)
        return all(place in marks and marks[place].next_offset >= end for place, end in ends.items())

    await until(is_there, seconds=LONGEST_SECONDS, what="every record is applied")


async def _publish(db: Database, bootstrap: str) -> tuple[float, int]:
    """Let the relay publish every outbox row; return the CPU seconds it took, and how many there were.

    The topics tell how far it is: whoever asked the database every moment would be charged to it.
    """
    async with db.reading() as session:
        rows = await session.execute(text("SELECT topic, count(*) FROM outbox GROUP BY 1"))
        waiting = {str(topic): int(count) for topic, count in rows.tuples()}
    if not waiting:
        return 0.0, 0
    async with Reader(bootstrap, tuple(waiting)) as reader:
        wanted = sum(waiting.values()) + sum((await reader.ends()).values())
        before = _cpu()
        task = asyncio.create_task(Relay(db, bootstrap, client_id="bench-relay").run())

        async def is_sent() -> bool:
            await asyncio.sleep(0.2)
            return sum((await reader.ends()).values()) >= wanted

        async def is_marked() -> bool:
            await Backlog(db).measure()
            return bool(OUTBOX_UNPUBLISHED._value.get() == 0)

        await until(is_sent, seconds=LONGEST_SECONDS, what="the relay has sent everything")
        await until(is_marked, seconds=LONGEST_SECONDS, what="the relay has marked everything")
        cpu = _cpu() - before
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return cpu, sum(waiting.values())


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    kafka, url, records, *more = sys.argv[1:]
    pid, batch, *names = more or ["0", "0"]
    found = asyncio.run(
        measure(kafka, url, int(records), int(pid), int(batch), tuple(names) or (WorksheetAnswered.topic,))
    )
    print(json.dumps(found))
