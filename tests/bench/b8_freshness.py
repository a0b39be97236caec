"""B8: from the commit of a command to the visible projection, ours against a bare loop, at two rates.

Ours: transaction with outbox row, relay, Kafka, batch consumer with watermark. Bare loop: asyncpg insert,
direct produce, `getmany`, one upsert; no outbox, no watermark, no validation, nothing survives a kill.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
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
from tests.bench.measure import Added, Bar, Comparison, Effort, alternate, percentile, report, summary
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


def run(servers: Servers, effort: Effort) -> dict[str, Any]:
    """Compare both at 100 and 5 events a second, and the whole system; quick at 100 alone.

    Goals of performance.md section 4.
    """
    comparisons: list[Comparison] = []
    bars: list[Bar] = []
    lines: list[str] = []
    rates: dict[int, dict[str, Any]] = {}
    for rate in RATES if effort.is_full else RATES[:1]:
        found = alternate(
            {name: partial(_round, side, servers, rate) for name, side in SIDES.items()}, effort.rounds
        )
        rates[rate] = {
            name: {f"p{share}": [percentile(one, share / 100) for one in waits] for share in (50, 95, 99)}
            for name, waits in found.items()
        }
        mine, floor = rates[rate]["ours"], rates[rate]["bare loop"]
        p50 = [a / b for a, b in zip(mine["p50"], floor["p50"], strict=True)]
        above = [a - b for a, b in zip(mine["p95"], floor["p95"], strict=True)]
        comparisons += [
            Comparison(f"p50 at {rate}/s over the bare loop", p50, 6, is_lower_better=True),
            Added(
                f"p95 at {rate}/s above the bare loop",
                above,
                P95_ABOVE_FLOOR_MS,
                is_lower_better=True,
                unit=" ms",
            ),
            Comparison(f"p99 at {rate}/s", mine["p99"], 100, is_lower_better=True, unit=" ms"),
        ]
        for name, figures in rates[rate].items():
            told = ", ".join(f"{share} {summary(values)}" for share, values in figures.items())
            lines.append(f"  {name} at {rate}/s, ms: {told}")
            bars += [
                Bar(f"freshness {share} at {rate}/s, ms", name, values) for share, values in figures.items()
            ]
    detail: dict[str, Any] = {"rates": rates}
    if effort.is_full:
        whole = detail["system"] = system_freshness.run()
        for name, figures in whole["milliseconds"].items():
            seconds = [figures["p95"] / 1000]
            what, goal = f"p95 of the whole system at 100/s, from {name}", system_freshness.GOAL_P95_SECONDS
            comparisons.append(Comparison(what, seconds, goal, is_lower_better=True, unit=" s"))
            count = whole["samples"][name]
            lines.append(f"  whole system, {name}'s answer to GET score: {figures} ms over {count} commands")
        lines.append(f"  {whole['events']} events; memory in MB {whole['memory_mb']}")
    return report("B8", "commit to visible projection", comparisons, lines, bars=bars, **detail)


SIDES: dict[str, Callable[[Servers, int], Coroutine[Any, Any, Latencies]]] = {"ours": ours, "bare loop": bare}


def _round(
    side: Callable[[Servers, int], Coroutine[Any, Any, Latencies]], servers: Servers, rate: int
) -> Latencies:
    return asyncio.run(side(servers, rate))
