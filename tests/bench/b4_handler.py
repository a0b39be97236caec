"""B4: CPU of a batch handler with all that is around it, beside aiokafka's `getmany` with the same fold.

Ours is the consumer that every service has: FastStream, headers checked, metrics, watermark and one
transaction per batch. The floor decodes the same value with the same model and knows neither database nor
dead letters. Each side runs in a fresh process.
"""

import asyncio
import sys
from functools import partial
from typing import Any

from shared.contracts.planning import WorksheetAnswered
from tests.bench.b1_scoring import QUICK_EVENTS
from tests.bench.measure import Bar, Comparison, Effort, alternate, report, summary
from tests.bench.peer_runs import run_json
from tests.bench.scoring_runs import fresh
from tests.bench.servers import Servers, drop_database
from tests.bench.workload import Mix, refill

FULL_EVENTS = 180_000


def run(servers: Servers, effort: Effort) -> dict[str, Any]:
    """Compare the client's CPU per event."""
    events = effort.of(QUICK_EVENTS, FULL_EVENTS)
    asyncio.run(refill(servers.kafka, Mix(events)))
    for side in ("ours", "getmany"):
        _cost(servers, side, events)  # warms the broker
    found = alternate(
        {side: partial(_cost, servers, side, events) for side in ("ours", "getmany")}, effort.rounds
    )
    pairs = zip(found["ours"], found["getmany"], strict=True)
    ratio = Comparison("handler CPU over getmany", [a / b for a, b in pairs], 1.3, is_lower_better=True)
    lines = [f"  {side}: {summary(values)} us/event" for side, values in found.items()]
    bars = [Bar("batch handler, CPU us/event", side, values) for side, values in found.items()]
    return report("B4", f"{events:,} events handled", [ratio], lines, bars=bars)


def _cost(servers: Servers, side: str, events: int) -> float:
    target = fresh(servers) if side == "ours" else None
    url = target.app_url if target else "no database"
    argv = [sys.executable, "-m", "tests.bench.subject_handler", side, servers.kafka, url]
    found = run_json([*argv, WorksheetAnswered.topic, str(events)])
    if target:
        asyncio.run(drop_database(servers.postgres, target.name))
    if found["records"] != events:
        raise AssertionError(f"{side} handled {found['records']} of {events} events")
    return float(found["us"])
