"""CO: this checkout beside another one of the project in the same run: does a change cost speed?

    AGAINST=../before IDS=CO make bench

Both score the same filled topic as in B1, each by its own code over its own migrated schema, turn by turn.
"""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.bench.b1_scoring import EVENTS, HERE, LONGEST_SECONDS, begin, measured
from tests.bench.measure import Comparison, Round, alternate, summary
from tests.bench.servers import Servers
from tests.bench.workload import fill
from tests.support.database import service_database

GOAL = 0.95
"""Rounds on one machine agree within about a twentieth."""


def run(servers: Servers, rounds: int) -> dict[str, Any]:
    """Compare events a second and the client's CPU with the checkout that `AGAINST` names."""
    events = EVENTS * (3 if os.environ.get("FULL") else 1)
    report: dict[str, Any] = {"id": "CO", "what": f"{events:,} answers by two checkouts", "comparisons": []}
    named = os.environ.get("AGAINST")
    if named is None:
        return report | {"lines": ["  skipped: AGAINST names no checkout to compare with"]}
    other = Path(named).resolve()
    asyncio.run(fill(servers.kafka, events))
    score(servers, events, HERE)  # warms broker and database
    mine, theirs = alternate(
        lambda: score(servers, events, HERE), lambda: score(servers, events, other), rounds
    )
    pairs = list(zip(mine, theirs, strict=True))
    cpu = [a.cpu_us() / b.cpu_us() for a, b in pairs]
    relay = [a.cpu_us("relay") / b.cpu_us("relay") for a, b in pairs]
    comparisons = [
        Comparison("events/s over the other checkout", [a.per_second / b.per_second for a, b in pairs], GOAL),
        Comparison("client CPU over the other checkout", cpu, 1 / GOAL, is_lower_better=True),
        Comparison("relay CPU over the other checkout", relay, 1 / GOAL, is_lower_better=True),
    ]
    report["comparisons"] = [comparison.as_json() for comparison in comparisons]
    report["lines"] = [comparison.line() for comparison in comparisons] + [
        f"  {name}: {summary([r.per_second for r in found])} events/s; client CPU "
        f"{summary([r.cpu_us() for r in found])} us/event, of this the relay "
        f"{summary([r.cpu_us('relay') for r in found])}; "
        f"memory {max(r.detail['max_rss_mb'] for r in found):.0f} MB"
        for name, found in (("this", mine), ("other", theirs))
    ]
    return report


def score(servers: Servers, events: int, checkout: Path) -> Round:
    """Score the topic with the code of a checkout over a fresh database of its schema."""
    target = service_database(servers.postgres, "scoring", f"co_{os.urandom(4).hex()}")
    environment = os.environ | {
        "PYTHONPATH": str(checkout),
        "ZI_ENVIRONMENT": "development",
        "ZI_POSTGRES_ADMIN_URL": servers.postgres,
        "ZI_SCORING_OWNER_DATABASE_URL": target.owner_url,
        "ZI_SCORING_DATABASE_URL": target.app_url,
    }
    for verb in ("bootstrap", "migrate"):
        subprocess.run(
            [sys.executable, "-m", "shared.db", verb, "scoring"],
            cwd=checkout,
            env=environment,
            check=True,
            capture_output=True,
            timeout=LONGEST_SECONDS,
        )
    asyncio.run(begin(target))
    return measured(servers, target, events, checkout)
