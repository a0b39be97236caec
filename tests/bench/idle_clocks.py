"""IC: what a worker of complaints takes while 100,000 clocks are armed and none of them is due.

Three in turns, each over a database of its own: the whole role `worker` with a broker beside it, its poller
of deadlines alone, and the floor, a bare look for what is due in the same rhythm. The day's audit of due
times is over, which takes a fifth of the worker's time while it runs. Statements are counted from the
server's log, CPU is read from the kernel, of the process and of the database.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from deploy.local.process import Child, Program, free_ports
from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from tests.bench.b12_clocks import FLOOR, FULL_CLOCKS, OURS, file_cases, polling
from tests.bench.measure import Bar, Comparison, Effort, alternate, cpu_of_tree, report, summary
from tests.bench.peer_runs import HERE
from tests.bench.scoring_runs import fresh
from tests.bench.servers import Servers, drop_database
from tests.integration.complaints.engine import copy_clocks

QUICK_SECONDS, FULL_SECONDS = 30, 120
SETTLE_SECONDS = 15
GOAL_PERCENT = 2.0
"""Source: performance.md section 4, an idle service."""
WHOLE = "the whole worker"
NAMES = {WHOLE: WHOLE, OURS: "its poller alone", FLOOR: "a bare look"}
AUDITED = "INSERT INTO due_audit (id, began_at, differ, ended_at, last_differ) VALUES (1, now(), 0, now(), 0)"
COUNTED = (b"LOG:  statement: ", b"LOG:  execute ")
Side = Callable[[Servers, ServiceDatabase], AbstractContextManager[Child]]


@dataclass(frozen=True, slots=True)
class Idle:
    """Statements a second, and percent of a core of the process and of the database."""

    statements: float
    process: float
    database: float


def run(servers: Servers, effort: Effort) -> dict[str, Any]:
    """Leave each side alone over armed clocks, in so many windows as there are rounds."""
    clocks, seconds = effort.of(FULL_CLOCKS, FULL_CLOCKS), effort.of(QUICK_SECONDS, FULL_SECONDS)
    sides: dict[str, Side] = {WHOLE: _worker, OURS: _one(OURS), FLOOR: _one(FLOOR)}
    found = alternate(
        {name: partial(_left_alone, servers, side, clocks, seconds) for name, side in sides.items()},
        effort.of(1, 3),
    )
    comparisons = [
        Comparison(
            f"{NAMES[WHOLE]}, idle",
            [one.process for one in found[WHOLE]],
            GOAL_PERCENT,
            is_lower_better=True,
            unit=" % of a core",
        )
    ]
    lines = [
        f"  {NAMES[name]}: {summary([one.statements for one in idle])} statements a second, "
        f"{_percent([one.process for one in idle])} of a core, the database beside it "
        f"{_percent([one.database for one in idle])}"
        for name, idle in found.items()
    ]
    bars = [
        Bar("over armed clocks, % of a core", f"ours, {NAMES[name]}", [one.process for one in found[name]])
        for name in (WHOLE, OURS)
    ]
    bars.append(Bar(bars[0].panel, NAMES[FLOOR], [one.process for one in found[FLOOR]]))
    return report("IC", f"{clocks:,} clocks armed, none due, for {seconds} s", comparisons, lines, bars=bars)


def _percent(values: list[float]) -> str:
    return f"{sum(values) / len(values):.2f} % ({min(values):.2f}-{max(values):.2f})"


def _left_alone(servers: Servers, side: Side, clocks: int, seconds: int) -> Idle:
    """Return what one side took in a window, with nothing to do."""
    target = asyncio.run(_armed(servers, clocks))
    log = servers.folder / "postgres" / "postgres.log"
    with side(servers, target) as child:
        time.sleep(SETTLE_SECONDS)
        seen, begun = log.stat().st_size, time.monotonic()
        before = cpu_of_tree(child.pid), cpu_of_tree(servers.postgres_pid)
        time.sleep(seconds)
        after = cpu_of_tree(child.pid), cpu_of_tree(servers.postgres_pid)
        took = time.monotonic() - begun
        if child.exit_code() is not None:
            raise AssertionError(f"{child.name} ended.{child.last_words()}")
        with log.open("rb") as file:
            file.seek(seen)
            count = sum(any(word in line for word in COUNTED) for line in file)
    fired = asyncio.run(_fired(target))
    if fired:
        raise AssertionError(f"{fired} clocks fired of which none was due")
    asyncio.run(drop_database(servers.postgres, target.name))
    process, database = ((new - old) * 100 / took for old, new in zip(before, after, strict=True))
    return Idle(count / took, process, database)


async def _armed(servers: Servers, clocks: int) -> ServiceDatabase:
    """Make a database with so many clocks that are due in days, whose statements the server logs."""
    target = await asyncio.to_thread(fresh, servers, "complaints")
    db = Database(target.app_url, pool_size=2)
    cases = await file_cases(db, DeadlineEngine(load_policies(), TrustedClock()), target)
    await copy_clocks(target, -(-clocks // len(cases)))
    await db.close()
    owner = await asyncpg.connect(target.owner_url)
    await owner.execute("DELETE FROM deadline WHERE id IN (SELECT id FROM deadline OFFSET $1)", clocks)
    await owner.execute("VACUUM ANALYZE deadline")
    await owner.execute(AUDITED)
    if await owner.fetchval("SELECT count(*) FROM deadline WHERE next_fire_at > now()") != clocks:
        raise AssertionError(f"there are not {clocks} armed clocks")
    await owner.close()
    admin = await asyncpg.connect(servers.postgres)
    await admin.execute(f"ALTER DATABASE {target.name} SET log_statement = 'all'")
    await admin.execute("CHECKPOINT")  # else the window pays for it
    await admin.close()
    return target


async def _fired(target: ServiceDatabase) -> int:
    owner = await asyncpg.connect(target.owner_url)
    try:
        return int(await owner.fetchval("SELECT count(*) FROM deadline_fired"))
    finally:
        await owner.close()


def _one(module: str) -> Side:
    """Return the side that is one poller of a module."""

    @contextmanager
    def running(servers: Servers, target: ServiceDatabase) -> Iterator[Child]:
        with polling(module, target.app_url, 1, servers.folder) as [child]:
            yield child

    return running


@contextmanager
def _worker(servers: Servers, target: ServiceDatabase) -> Iterator[Child]:
    """Run the role `worker` as it is deployed, with nothing around it but database and broker."""
    argv = [sys.executable, "-m", "services.complaints.main", "--role", "worker"]
    environment = _settings(servers, target, servers.folder / "worker")
    child = Program("worker", argv, servers.folder / "worker.log", env=environment).start()
    try:
        yield child
    finally:
        child.kill()


def _settings(servers: Servers, target: ServiceDatabase, data: Path) -> Mapping[str, str]:
    data.mkdir(exist_ok=True)
    (port,) = free_ports(1)
    settings = {
        "OPS_HOST": "127.0.0.1",
        "OPS_PORT": str(port),
        "DATABASE_URL": target.app_url,
        "KAFKA_BOOTSTRAP": servers.kafka,
        "ISSUER": "http://127.0.0.1:1",
        "PUBLIC_URL": "http://127.0.0.1:1",
        "SECRET_KEY": "a secret of the benchmarks, long enough",
        "DATA_DIR": str(data),
        "AGENCY_NAMES": json.dumps({"a-1": "Badan Satu"}),
    }
    named = {f"ZI_COMPLAINTS_{name}": value for name, value in settings.items()}
    return named | {"ZI_ENVIRONMENT": "development", "PYTHONPATH": str(HERE)}
