"""FD: what the front door adds to a read of the scoreboard, read at the service's own port and through it.

`make run`'s own processes over real HTTP, one reader, the two ways in turn, so that whatever else the machine
does meets both alike.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2

from shared.http.addresses import SCOREBOARD
from tests.bench.b13_crowd import log_in
from tests.bench.measure import Added, Effort, percentile, report
from tests.bench.servers import Servers
from tests.support.system import LocalSystem, start_system

WARM_UP, READS = 30, 200
"""Of each way, in each round."""
GOAL_MS = 5.0
P95 = 0.95


def run(_servers: Servers, effort: Effort) -> dict[str, Any]:
    """Compare the p95 of both ways; the door may add 5 ms."""
    with tempfile.TemporaryDirectory(prefix="zi-bench-door-") as folder:
        system = start_system(Path(folder) / "state", DEMO="0")
        try:
            pairs = asyncio.run(_measure(system, effort.rounds))
        finally:
            system.stop()
    added = Added(
        "ms that the front door adds to the p95 of a scoreboard read",
        [through - own for own, through in pairs],
        GOAL_MS,
        is_lower_better=True,
        unit=" ms",
    )
    return report(
        "FD",
        "a scoreboard read through the front door and at the service's own port",
        [added],
        [f"  p95 own -> through, ms: {[f'{own:.1f} -> {through:.1f}' for own, through in pairs]}"],
        p95_ms=[{"own": own, "through": through} for own, through in pairs],
    )


async def _measure(system: LocalSystem, rounds: int) -> list[tuple[float, float]]:
    """Return the p95 in milliseconds of both ways for each round."""
    own, door = system.addresses["scoring"] + SCOREBOARD, system.addresses["front"] + SCOREBOARD
    async with httpx2.AsyncClient(timeout=60) as http:
        session = await log_in(http, system.addresses["front"])
        pairs = []
        for number in range(rounds + 1):
            took: dict[str, list[float]] = {own: [], door: []}
            for at in range(WARM_UP if number == 0 else READS):
                for url in (own, door) if at % 2 == 0 else (door, own):
                    started = time.perf_counter()
                    answer = await http.get(url, headers=session)
                    took[url].append((time.perf_counter() - started) * 1000)
                    if not answer.is_success:
                        raise AssertionError(f"{url} answered {answer.status_code}")
            if number:
                pairs.append((percentile(took[own], P95), percentile(took[door], P95)))
    return pairs
