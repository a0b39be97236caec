"""B8: from the commit of a command to the visible projection, ours against a bare loop, at two rates.

Ours: transaction with outbox row, relay, Kafka, batch consumer with watermark. Bare loop: asyncpg insert,
direct produce, `getmany`, one upsert; no outbox, no watermark, no validation, nothing survives a kill.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import outbox
from shared.consumer.codec import Received, Rejected
from shared.consumer.consumer import BatchConsumer
from shared.db import Database
from tests.bench import system_freshness
from tests.bench.measure import Comparison, percentile
from tests.bench.servers import Servers
from tests.support.effects import TOPIC, answered, effects_database
from tests.support.kafka import begin_at_end
from tests.support.relaying import relaying

RATES = (100, 5)
SECONDS = {100: 5, 5: 10}
WARM_UP = 50
LONGEST_WAIT = 30.0
P95_ABOVE_FLOOR_MS = 10
"""Source: performance.md section 4, two polls of 5 ms."""

Latencies = list[float]
Send = Callable[[int], Awaitable[None]]


class Arrivals:
    """When each number was committed and when its projection became visible."""

    def __init__(self) -> None:
        self.committed: dict[int, float] = {}
        self.visible: dict[int, float] = {}

    def see(self, numbers: list[int]) -> None:
        now = time.perf_counter()
        for number in numbers:
            self.visible.setdefault(number, now)

    async def complete(self) -> None:
        deadline = time.perf_counter() + LONGEST_WAIT
        while len(self.visible) < len(self.committed):
            if time.perf_counter() > deadline:
                raise AssertionError(f"{len(self.committed) - len(self.visible)} never became visible")
            await asyncio.sleep(0.02)

    def milliseconds(self) -> Latencies:
        """Return the waits after the warm-up; nothing lost, nothing seen before its commit began."""
        return [
            max(0.0, self.visible[number] - moment) * 1000
            for number, moment in self.committed.items()
            if number >= WARM_UP
        ]


async def drive(arrivals: Arrivals, send: Send, rate: int) -> None:
    """Send at random gaps with the given mean rate per second, warm-up first."""
    gaps = random.Random(rate)
    for number in range(WARM_UP + rate * SECONDS[rate]):
        await send(number)
        arrivals.committed[number] = time.perf_counter()
        await asyncio.sleep(0.002 if number < WARM_UP else gaps.expovariate(rate))
    await arrivals.complete()


async def ours(servers: Servers, rate: int) -> Latencies:
    """Measure our path."""
    arrivals = Arrivals()
    pending: list[int] = []

    async def fold(session: AsyncSession, received: Sequence[Received]) -> list[Rejected]:
        pending[:] = [int(item.fact.subject()) for item in received]
        await session.execute(
            text(
                "INSERT INTO effect SELECT *, 'A', 1 FROM unnest(cast(:ids AS text[]), cast(:vs AS bigint[]))"
                " ON CONFLICT (worksheet_id) DO UPDATE SET version = excluded.version"
                " WHERE excluded.version > effect.version"
            ),
            {"ids": [str(n) for n in pending], "vs": [1] * len(pending)},
        )
        return []

    async with effects_database(servers.postgres) as url:
        db = Database(url)
        await begin_at_end(db, servers.kafka, "scoring", [TOPIC])
        consumer = BatchConsumer(
            db,
            servers.kafka,
            service="scoring",
            topics=[TOPIC],
            fold=fold,
            after_batch=lambda: arrivals.see(pending),
        )
        task = asyncio.create_task(consumer.run())

        async def send(number: int) -> None:
            async with db.transaction() as session:
                await outbox.record(session, [answered(str(number))], source="zi/bench")

        async with relaying(db, servers.kafka):
            await _until_ready(consumer)
            await drive(arrivals, send, rate)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await db.close()
    return arrivals.milliseconds()


async def _until_ready(consumer: BatchConsumer) -> None:
    deadline = time.perf_counter() + LONGEST_WAIT
    while not consumer.health().is_ready:
        if time.perf_counter() > deadline:
            raise AssertionError("the consumer did not become ready")
        await asyncio.sleep(0.05)


async def bare(servers: Servers, rate: int) -> Latencies:
    """Measure the bare loop."""
    arrivals = Arrivals()
    async with _bare_projection(servers, arrivals) as send:
        await drive(arrivals, send, rate)
    return arrivals.milliseconds()


@asynccontextmanager
async def _bare_projection(servers: Servers, arrivals: Arrivals) -> AsyncIterator[Send]:
    topic = f"bare-{uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 12, 1)])
    await admin.close()
    async with effects_database(servers.postgres) as url:
        writing, projecting = await asyncpg.connect(url), await asyncpg.connect(url)
        async with (
            AIOKafkaProducer(bootstrap_servers=servers.kafka, enable_idempotence=True) as producer,
            AIOKafkaConsumer(
                topic, bootstrap_servers=servers.kafka, auto_offset_reset="earliest", fetch_max_wait_ms=100
            ) as consumer,
        ):
            task = asyncio.create_task(_project(consumer, projecting, arrivals))

            async def send(number: int) -> None:
                await writing.execute("INSERT INTO effect VALUES ($1, 1, 'A', 0)", f"source-{number}")
                await producer.send(
                    topic, answered(str(number)).model_dump_json().encode(), key=b"%d" % number
                )

            yield send
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await writing.close()
        await projecting.close()


async def _project(consumer: Any, connection: asyncpg.Connection, arrivals: Arrivals) -> None:
    while True:
        batches = await consumer.getmany(timeout_ms=50)
        numbers = [int(record.key) for records in batches.values() for record in records]
        if numbers:
            await connection.execute(
                "INSERT INTO effect SELECT v::text, 1, 'A', 1 FROM unnest($1::bigint[]) AS v"
                " ON CONFLICT (worksheet_id) DO UPDATE SET version = excluded.version",
                numbers,
            )
            arrivals.see(numbers)


def run(servers: Servers, rounds: int) -> dict[str, Any]:
    """Compare both at 100 and 5 events a second; goals of performance.md section 4."""
    report: dict[str, Any] = {"id": "B8", "what": "commit to visible projection, ms", "rates": {}}
    comparisons: list[Comparison] = []
    for rate in RATES:
        pairs = []
        for number in range(rounds):
            order = (ours, bare) if number % 2 == 0 else (bare, ours)
            found = {side.__name__: asyncio.run(side(servers, rate)) for side in order}
            pairs.append(found)
        report["rates"][rate] = {
            side: {
                f"p{share}": [round(percentile(pair[side], share / 100), 2) for pair in pairs]
                for share in (50, 95, 99)
            }
            for side in ("ours", "bare")
        }
        rows = report["rates"][rate]
        p50 = [a / b for a, b in zip(rows["ours"]["p50"], rows["bare"]["p50"], strict=True)]
        comparisons.append(Comparison(f"p50 at {rate}/s over the bare loop", p50, 6, is_lower_better=True))
        over = [a - b for a, b in zip(rows["ours"]["p95"], rows["bare"]["p95"], strict=True)]
        rows["p95_above_floor_ms"] = [round(value, 2) for value in over]
        rows["p95_goal_above_floor_ms"] = P95_ABOVE_FLOOR_MS
        rows["p99_goal_ms"] = 100
    whole = report["system"] = system_freshness.run()
    comparisons += [
        Comparison(
            f"p95 of the whole system at 100/s, from {name}, over its goal of 1 s",
            [figures["p95"] / 1000 / system_freshness.GOAL_P95_SECONDS],
            1,
            is_lower_better=True,
        )
        for name, figures in whole["milliseconds"].items()
    ]
    report["comparisons"] = [comparison.as_json() for comparison in comparisons]
    report["lines"] = [comparison.line() for comparison in comparisons] + [
        f"  {side} at {rate}/s: " + ", ".join(f"{name} {values} ms" for name, values in figures.items())
        for rate, sides in report["rates"].items()
        for side, figures in sides.items()
        if isinstance(figures, dict)
    ]
    report["lines"] += [
        f"  whole system, {name}'s answer to GET score: {figures} ms over {whole['samples'][name]} commands"
        for name, figures in whole["milliseconds"].items()
    ]
    report["lines"].append(f"  {whole['events']} events; memory in MB {whole['memory_mb']}")
    return report
