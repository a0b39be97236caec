"""B10: rebuild from the topics by bulk, beside the same through the live fold.

60 % of the events are of complaint cases. Every rebuild must end with the same digest. A national year is
reckoned from the seconds per event and per unit year, and those of the end; once as they passed, once of the
client's CPU alone, which neighbours on the machine change less.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer

from shared.contracts.complaints import (
    CaseClosed,
    CaseDisposed,
    CaseDrafted,
    CaseFact,
    CaseFollowedUp,
    CaseReceived,
    CaseResponded,
    CaseVerified,
)
from shared.contracts.envelope import Event
from shared.contracts.planning import WorksheetAnswered
from shared.db.bootstrap import bootstrap
from shared.db.migrate import migrate
from shared.kernel import new_id
from tests.bench.measure import Comparison, Round, alternate, cpu_of_tree, summary
from tests.bench.servers import Servers
from tests.bench.workload import IN_FLIGHT, YEAR, option_items
from tests.support.database import service_database

EVENTS, FULL_EVENTS = 100_000, 1_000_000
NATIONAL_YEAR, NATIONAL_UNITS = 28_000_000, 5_000
"""Source: performance.md section 1."""
CASE_SHARE = 0.6
ANSWERS_OF_UNIT = 565
"""113 items, five revisions."""
LONGEST_SECONDS = 1800
ACTS: tuple[tuple[type[CaseFact], str, str], ...] = (
    (CaseReceived, "DITERIMA", "in_progress"),
    (CaseVerified, "DIVERIFIKASI", "in_progress"),
    (CaseDisposed, "DIDISPOSISIKAN", "in_progress"),
    (CaseFollowedUp, "DIPROSES", "in_progress"),
    (CaseFollowedUp, "DIPROSES", "in_progress"),
    (CaseDrafted, "DIPROSES", "in_progress"),
    (CaseResponded, "DITANGGAPI", "in_progress"),
    (CaseClosed, "SELESAI", "completed"),
)


def run(servers: Servers, rounds: int) -> dict[str, Any]:
    """Rebuild by bulk and as live in turns."""
    events = FULL_EVENTS if os.environ.get("FULL") else EVENTS
    asyncio.run(fill(servers.kafka, events))
    bulk, live = alternate(lambda: rebuilt(servers, "bulk"), lambda: rebuilt(servers, "live"), rounds)
    if len({found.detail["digest"] for found in (*bulk, *live)}) != 1:
        raise AssertionError("rebuilds differ")
    pairs = list(zip(bulk, live, strict=True))
    speed = [ours.per_second / theirs.per_second for ours, theirs in pairs]
    cpu = [ours.cpu_us() / theirs.cpu_us() for ours, theirs in pairs]
    comparisons = [
        Comparison("events/s of bulk over the live fold", speed, 1.2),
        Comparison("client CPU of bulk over the live fold", cpu, 0.7, is_lower_better=True),
    ]
    lines = [comparison.line() for comparison in comparisons]
    for name, found in (("bulk", bulk), ("live fold", live)):
        passed = [_national_minutes(entry, "seconds") for entry in found]
        worked = [_national_minutes(entry, "cpu_seconds") for entry in found]
        lines.append(
            f"  {name}: {summary([entry.per_second for entry in found])} events/s; "
            f"us/event client {summary([entry.cpu_us() for entry in found])}, "
            f"database {summary([entry.cpu_us('database') for entry in found])}; "
            f"a national year {summary(passed)} min, of CPU {summary(worked)} min; "
            f"memory {max(entry.detail['max_rss_mb'] for entry in found):.0f} MB"
        )
    return {
        "id": "B10",
        "what": f"{bulk[0].records:,} records rebuilt, digests equal",
        "comparisons": [comparison.as_json() for comparison in comparisons],
        "lines": lines,
    }


def rebuilt(servers: Servers, way: str) -> Round:
    """Rebuild into a fresh database and drop it."""
    target = service_database(servers.postgres, "scoring", f"b10_{os.urandom(4).hex()}")
    asyncio.run(bootstrap(servers.postgres, target))
    asyncio.run(migrate("scoring", target.owner_url))
    before = cpu_of_tree(servers.kafka_pid), cpu_of_tree(servers.postgres_pid)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.subject_rebuild", servers.kafka, target.app_url, way],
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.stderr[-2000:])
    after = cpu_of_tree(servers.kafka_pid), cpu_of_tree(servers.postgres_pid)
    asyncio.run(_drop(servers.postgres, target.name))
    found = json.loads(done.stdout.strip().splitlines()[-1])
    client, broker, database = sum(found["cpu_seconds"]), after[0] - before[0], after[1] - before[1]
    cpu = {"client": client, "broker": broker, "database": database}
    return Round(int(found["records"]), sum(found["seconds"]), cpu, found)


def _national_minutes(found: Round, kind: str) -> float:
    """Reckon a national year from a round's seconds."""
    read, count, end = found.detail[kind]
    per_year = count / max(1, found.detail["unit_years"])
    return float(NATIONAL_YEAR * read / found.records + NATIONAL_UNITS * per_year + end) / 60


async def _drop(admin_url: str, name: str) -> None:
    admin = await asyncpg.connect(admin_url)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def fill(broker: str, events: int, *, seed: int = 10) -> None:
    """Put answers and cases on their topics, mixed as a year mixes them."""
    async with AIOKafkaProducer(
        bootstrap_servers=broker, linger_ms=20, compression_type="zstd", max_batch_size=262_144
    ) as producer:
        waiting = []
        for event in year_of(events, seed):
            data = event.data
            sent = await producer.send(
                data.topic_name(), event.value(), key=data.key().encode(), headers=event.headers()
            )
            waiting.append(sent)
            if len(waiting) >= IN_FLIGHT:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)


def year_of(events: int, seed: int) -> Iterator[Event]:
    """Yield events of as many units as have so many; the acts of a case are spread over the year."""
    draw, items = random.Random(seed), option_items()
    cases = int(events * CASE_SHARE) // len(ACTS)
    units = max(1, (events - cases * len(ACTS)) // ANSWERS_OF_UNIT)
    worksheets, acts = [0] * units, [0] * cases
    of = [(str(new_id()), f"unit-r{draw.randrange(units)}") for _ in range(cases)]
    todo = [-1 - unit for unit in range(units)] * ANSWERS_OF_UNIT
    todo += list(range(cases)) * len(ACTS)
    draw.shuffle(todo)
    moment = datetime(YEAR, 1, 2, tzinfo=UTC)
    for one in todo:
        moment += timedelta(milliseconds=20)
        if one < 0:
            worksheets[-1 - one] += 1
            code, letters = draw.choice(items)
            unit = f"unit-r{-1 - one}"
            answer = WorksheetAnswered(
                unit_id=unit,
                version=worksheets[-1 - one],
                worksheet_id=f"{unit}:{YEAR}",
                year=YEAR,
                layer="unit",
                item_code=code,
                letter=draw.choice(letters),
            )
            yield Event(answer, "zi/bench", moment)
            continue
        kind, state, counts_as = ACTS[acts[one]]
        acts[one] += 1
        case_id, unit = of[one]
        fact = kind.model_validate(
            {
                "unit_id": unit,
                "version": acts[one],
                "case_id": case_id,
                "kind": "pengaduan",
                "stream": "masyarakat",
                "channel_kind": "web",
                "state": state,
                "cycle": 1,
                "counts_as": counts_as,
                "period_year": YEAR,
                "received_at": moment,
            }
        )
        yield Event(fact, "zi/bench", moment)
