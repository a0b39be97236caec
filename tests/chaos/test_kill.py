"""SIGKILL of services, relay and consumer while commands flow: nothing is lost, nothing is doubled.

Accepted commands, distinct events, outbox rows and effects are counted and must be equal; the score must be
what a second implementation computes from the history. A violation prints its seed.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx2
import pytest

from deploy.local.process import Child, Program, free_ports
from tests.chaos.client import Caller
from tests.chaos.history import History
from tests.chaos.nemesis import Nemesis, Target
from tests.chaos.oracle import (
    Verdict,
    judge_complaints,
    judge_facts,
    judge_outbox,
    judge_scores,
    judge_survey,
    judge_topics,
    read_topics,
)
from tests.chaos.workload import YEAR, Workload
from tests.support.polling import until
from tests.support.system import LocalSystem

KILLS = 20
EVENTS_PER_SECOND = 100
COMMANDS_PER_SECOND = EVENTS_PER_SECOND / 3.8
"""Six of ten commands cause five events, four cause two."""
SERVICES = ("planning", "complaints", "survey", "scoring")


class Extra:
    """A second process of one role, restarted when it dies."""

    def __init__(self, system: LocalSystem, service: str, role: str) -> None:
        (self.port,) = free_ports(1)
        self.name = f"{service} {role}"
        self._program = Program(
            self.name,
            _arguments(service, role),
            system.folder / "logs" / f"extra-{service}-{role}.log",
            _environment(system, service) | {f"ZI_{service.upper()}_PORT": str(self.port)},
        )
        self.child: Child | None = None

    async def keep(self) -> None:
        while True:
            if self.child is None or self.child.exit_code() is not None:
                self.child = self._program.start()
            await asyncio.sleep(0.1)

    async def is_alive(self) -> bool:
        return await answers(f"http://127.0.0.1:{self.port}/livez")

    def pids(self) -> list[int]:
        return [] if self.child is None or self.child.exit_code() is not None else [self.child.pid]


def _arguments(service: str, role: str) -> list[str]:
    return [sys.executable, "-m", f"services.{service}.main", "--role", role]


def _environment(system: LocalSystem, service: str) -> dict[str, str]:
    """Return what the running service was given, read from its process."""
    (pid,) = system.pids(f"services.{service}.main")
    pairs = (entry.partition("=") for entry in Path(f"/proc/{pid}/environ").read_text().split("\0") if entry)
    return {name: value for name, _, value in pairs if name.startswith("ZI_") or name == "PYTHONPATH"}


async def answers(url: str) -> bool:
    async with httpx2.AsyncClient() as http:
        try:
            return (await http.get(url, timeout=2)).status_code == httpx2.codes.OK
        except httpx2.TransportError:
            return False


async def is_ready(system: LocalSystem, service: str) -> bool:
    return await answers(f"{system.addresses[service]}/readyz")


def database(system: LocalSystem, service: str) -> str:
    return urlsplit(system.addresses["postgres"])._replace(path=f"/zi_{service}").geturl()


@asynccontextmanager
async def extras(system: LocalSystem) -> AsyncIterator[list[Extra]]:
    """Run a spare relay of planning and a spare consumer of scoring beside the system."""
    running = [Extra(system, "planning", "relay"), Extra(system, "scoring", "worker")]
    tasks = [asyncio.create_task(extra.keep()) for extra in running]
    try:
        for extra in running:
            await until(extra.is_alive, seconds=90)
        yield running
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for extra in running:
            if extra.pids():
                assert extra.child is not None
                extra.child.stop()


async def quiet(system: LocalSystem) -> bool:
    """Tell whether every outbox is empty and scoring has applied everything."""
    for service in SERVICES:
        connection = await asyncpg.connect(database(system, service))
        waiting = await connection.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
        await connection.close()
        if waiting:
            return False
    standing = system.zi("consumer", "status", "--service", "scoring", "--json")
    return standing.code == 0 and all(place["lag"] == 0 and not place["halted"] for place in standing.json())


@pytest.mark.parametrize("seed", [int(os.environ.get("ZI_CHAOS_SEED", "7"))])
async def test_twenty_kills_lose_and_double_nothing(system: LocalSystem, seed: int) -> None:
    history = History()
    caller = Caller(history)
    workload = Workload(system, seed, people=120)
    workload.prepare()
    async with extras(system) as spare:
        targets = [
            Target(name, partial(system.pids, f"services.{name}.main"), partial(is_ready, system, name))
            for name in SERVICES
        ] + [Target(extra.name, extra.pids, extra.is_alive) for extra in spare]
        nemesis = Nemesis(seed, targets, KILLS)
        stop = asyncio.Event()
        load = asyncio.create_task(workload.run(caller, stop, per_second=COMMANDS_PER_SECOND))
        await nemesis.run()
        stop.set()
        await load
    await caller.settle(seconds=60)
    await caller.close()
    await until(lambda: quiet(system), seconds=90, what="outboxes empty, lag 0")

    verdict = Verdict()
    records = await read_topics(system.addresses["kafka"])
    mine = [record for record in records if record.unit_id in workload.units]
    judge_topics(verdict, records)
    judge_facts(verdict, mine, workload.facts(history))
    for service in SERVICES:
        await judge_outbox(verdict, database(system, service), service, records)
    scoring = database(system, "scoring")
    await judge_scores(verdict, scoring, history, workload.units[0], YEAR)
    await judge_complaints(
        verdict, scoring, database(system, "complaints"), workload.units[1], history.accepted("/cases")
    )
    await judge_survey(
        verdict,
        database(system, "survey"),
        scoring,
        workload.units[2],
        willing=history.accepted("/consent"),
        answered=history.accepted("/responses"),
    )
    verdict.counted |= {
        "seed": seed,
        "kills": dict(nemesis.done),
        "commands": history.counts(),
        "slowest recovery in s": round(max(nemesis.recoveries), 1),
    }
    verdict.write(Path(__file__).parents[2] / "test-output" / "chaos.json")
    assert sum(nemesis.done.values()) == KILLS
    assert history.counts()["unknown"] == 0
    assert verdict.violations == [], f"seed {seed}"
