"""Freshness of the whole system: from planning's answer to a command to the new score at scoring's API.

`make run`'s own processes, 100 events a second (20 commands of five answers) over real HTTP. The clock
starts when planning has answered, that is after its commit, and stops at the first GET of the score that
carries the worksheet version. The reader asks every 20 ms, so up to that is the reader's own.
"""

import asyncio
import itertools
import random
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from tests.bench.measure import memory_mb, percentile
from tests.bench.workload import YEAR, option_items
from tests.support.system import LocalSystem, start_system

UNIT = "bench-unit"
ANSWERS = 5
COMMANDS_PER_SECOND = 20
SECONDS = 15
WARM_UP_SECONDS = 3
READ_EVERY_SECONDS = 0.02
GOAL_P95_SECONDS = 1.0


def run() -> dict[str, Any]:
    """Start a system, measure, stop it; returns milliseconds and the memory of each service."""
    with tempfile.TemporaryDirectory(prefix="zi-bench-system-") as folder:
        system = start_system(Path(folder) / "state", DEMO="0")
        try:
            system.zi("unit", "create", "--id", UNIT, "--name", "Unit Ukur", "--json").json()
            system.zi(
                "programme", "create", "--unit", UNIT, "--year", str(YEAR), "--target", "WBK", "--json"
            ).json()
            waits = asyncio.run(_measure(system))
            memory = {
                name: round(max(map(memory_mb, system.pids(f"services.{name}.main"))))
                for name in ("planning", "complaints", "survey", "scoring")
            }
        finally:
            system.stop()
    figures = {f"p{share}": round(percentile(waits, share / 100) * 1000, 1) for share in (50, 95, 99)}
    return {"events": len(waits) * ANSWERS, "milliseconds": figures, "memory_mb": memory}


async def _measure(system: LocalSystem) -> list[float]:
    answered: dict[int, float] = {}
    seen: dict[int, float] = {}
    async with httpx2.AsyncClient(timeout=30) as http:
        reader = asyncio.create_task(_read(http, system, answered, seen))
        await _write(http, system, answered)
        deadline = time.monotonic() + 30
        while len(seen) < len(answered):
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(answered) - len(seen)} versions never became visible")
            await asyncio.sleep(0.1)
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
    first = min(answered.values()) + WARM_UP_SECONDS
    return [max(0.0, seen[v] - moment) for v, moment in answered.items() if moment >= first]


async def _write(http: httpx2.AsyncClient, system: LocalSystem, answered: dict[int, float]) -> None:
    draw = random.Random(8)
    items = option_items()
    token = system.token("unit_operator", UNIT)
    url = f"{system.addresses['planning']}/units/{UNIT}/worksheets/{YEAR}/answers"
    running: set[asyncio.Task[None]] = set()

    async def send() -> None:
        answers = [
            {"item_code": code, "letter": draw.choice(letters)}
            for code, letters in draw.sample(items, ANSWERS)
        ]
        headers = {"Authorization": f"Bearer {token}", "If-Match": "*", "Idempotency-Key": str(uuid4())}
        reply = await http.post(url, json={"layer": "unit", "answers": answers}, headers=headers)
        reply.raise_for_status()
        answered[reply.json()["version"]] = time.monotonic()

    ends = time.monotonic() + WARM_UP_SECONDS + SECONDS
    while time.monotonic() < ends:
        task = asyncio.create_task(send())
        running.add(task)
        task.add_done_callback(running.discard)
        await asyncio.sleep(draw.expovariate(COMMANDS_PER_SECOND))
    await asyncio.gather(*running)


async def _read(
    http: httpx2.AsyncClient, system: LocalSystem, answered: dict[int, float], seen: dict[int, float]
) -> None:
    headers = {"Authorization": f"Bearer {system.token('verifier')}"}
    url = f"{system.addresses['scoring']}/units/{UNIT}/score?year={YEAR}"
    for _ in itertools.count():
        found = await http.get(url, headers=headers)
        now = time.monotonic()
        if found.is_success:
            folded = found.json()["version"]
            for version in [v for v in answered if v <= folded and v not in seen]:
                seen[version] = now
        await asyncio.sleep(READ_EVERY_SECONDS)
