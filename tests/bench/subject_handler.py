"""One side of B4, in a process of its own.

    python -m tests.bench.subject_handler ours|getmany BOOTSTRAP DATABASE_URL TOPIC COUNT

Both keep the newest version of each unit in a dictionary. Prints one JSON line: records, and CPU microseconds
of each one after the first batch, which bears the start of the client.
"""

import asyncio
import gc
import json
import sys
from collections.abc import Iterable, Sequence
from time import process_time
from typing import Any

from aiokafka import AIOKafkaConsumer
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.consumer import MAX_RECORDS, SERVICE
from shared.consumer import halts
from shared.consumer.codec import Received, Rejected
from shared.consumer.consumer import BatchConsumer
from shared.contracts.base import EventData
from shared.contracts.planning import WorksheetAnswered
from shared.db import Database
from shared.server.serving import GC_THRESHOLDS


class Newest:
    """The job of both sides."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.records = self.first = 0
        self.started = 0.0
        self.versions: dict[str, int] = {}
        self.is_done = asyncio.Event()

    def fold(self, facts: Iterable[EventData]) -> None:
        for fact in facts:
            self.records += 1
            if fact.version > self.versions.get(fact.unit_id, 0):
                self.versions[fact.unit_id] = fact.version

    def batch_done(self) -> None:
        if self.records and not self.first:
            self.first, self.started = self.records, process_time()
        if self.records >= self.count:
            self.is_done.set()


async def ours(newest: Newest, bootstrap: str, database_url: str, topic: str) -> None:
    """Handle the topic with the consumer of every service."""
    db = Database(database_url)

    async def fold(_session: AsyncSession, received: Sequence[Received]) -> Sequence[Rejected]:
        newest.fold(item.data for item in received)
        return ()

    consumer = BatchConsumer(
        db,
        bootstrap,
        service=SERVICE,
        topics=[topic],
        fold=fold,
        after_batch=newest.batch_done,
        max_records=MAX_RECORDS,
    )
    await halts.rebase(db, bootstrap, SERVICE, [topic])
    task = asyncio.create_task(consumer.run())
    await newest.is_done.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await db.close()


async def getmany(newest: Newest, bootstrap: str, _database_url: str, topic: str) -> None:
    """Handle the topic with aiokafka alone."""
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", max_partition_fetch_bytes=4 << 20
    ) as consumer:
        while not newest.is_done.is_set():
            batches = await consumer.getmany(timeout_ms=100, max_records=MAX_RECORDS)
            for records in batches.values():
                newest.fold(WorksheetAnswered.model_validate_json(record.value) for record in records)
            newest.batch_done()


async def measure(side: str, bootstrap: str, database_url: str, topic: str, count: int) -> dict[str, Any]:
    """Run one side and return its figures."""
    newest = Newest(count)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    await {"ours": ours, "getmany": getmany}[side](newest, bootstrap, database_url, topic)
    spent = process_time() - newest.started
    return {"records": newest.records, "us": spent * 1e6 / max(1, newest.records - newest.first)}


if __name__ == "__main__":
    side_, kafka_, url_, topic_, count_ = sys.argv[1:]
    print(json.dumps(asyncio.run(measure(side_, kafka_, url_, topic_, int(count_)))))
