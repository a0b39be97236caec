"""B6 and B7: what a POST of one answer costs the server, and how far its slowest stand from the usual.

B6: planning's real service against the same work written by hand on asyncpg (`bare_post`, which says what it
does and leaves out), CPU of the server process per answer, few callers at a time. Each POST has a key of its
own, and both log each request, as in use. Beside it what the hand-written one takes with nothing around it,
and then without a database.
B7: 16 connections at planning's service; p99 over p50, with the garbage collector frozen as served and not.
"""

import asyncio
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from services.planning.plan.domain import Target
from services.planning.plan.usecases import create_programme
from services.planning.units.domain import DEFAULT_ECHELON, DEFAULT_TYPE, Unit
from services.planning.units.usecases import register_unit
from shared.db import Database
from shared.kernel import Zone
from shared.security import Principal, Scope
from tests.bench import bare_post
from tests.bench.http_load import FRESH
from tests.bench.http_runs import Request, Served, serving
from tests.bench.measure import Bar, Comparison, Effort, alternate, percentile, report, summary
from tests.bench.peer_runs import new_database
from tests.bench.scoring_runs import fresh
from tests.bench.servers import Servers, drop_database
from tests.bench.workload import option_items

UNITS = [f"unit-{number}" for number in range(64)]
AGENCY = "bench"
YEAR = datetime.now(UTC).year
ADMIN = Principal("bench-admin", frozenset({"admin"}), Scope("agency", agencies=frozenset({AGENCY})))
CONNECTIONS, CROWD = 4, 16
WARM_UP = 400
"""Of every connection of a pool each statement is prepared before the clock runs."""


def run_cost(servers: Servers, effort: Effort) -> dict[str, Any]:
    """B6: compare the server's CPU per answer."""
    count = effort.of(600, 4_000)
    with tempfile.TemporaryDirectory(prefix="zi-bench-post-") as folder, ExitStack() as stack:
        places = {name: Path(folder) / name for name in ("planning", "bare", "alone", "none")}
        served = {
            "ours": stack.enter_context(_planning(servers, places["planning"])),
            "on asyncpg": stack.enter_context(_bare(servers, "bare", places["bare"])),
            "on asyncpg, nothing around it": stack.enter_context(_bare(servers, "alone", places["alone"])),
            "nothing around it, no database": stack.enter_context(serving("none", "", places["none"], UNITS)),
        }
        for one in served.values():
            one.load(_posts(one), connections=CONNECTIONS, count=WARM_UP)

        def cost(one: Served) -> float:
            return one.load(_posts(one), connections=CONNECTIONS, count=count).cpu_us

        found = alternate({name: partial(cost, one) for name, one in served.items()}, effort.rounds)
    pairs = zip(found["ours"], found["on asyncpg"], strict=True)
    ratio = Comparison(
        "server CPU of a POST answer over the same on asyncpg",
        [a / b for a, b in pairs],
        1.3,
        is_lower_better=True,
    )
    return report(
        "B6",
        f"{count:,} POSTs of one answer, row, outbox and audit",
        [ratio],
        [f"  {name}: {summary(values)} us of server CPU" for name, values in found.items()],
        bars=[Bar("POST answer, server CPU, us", name, values) for name, values in found.items()],
    )


def run_tails(servers: Servers, effort: Effort) -> dict[str, Any]:
    """B7: compare the slowest with the usual, and with a collector that is not frozen."""
    seconds = effort.of(10, 60)
    with tempfile.TemporaryDirectory(prefix="zi-bench-tails-") as folder:

        def tails(name: str) -> list[float]:
            is_frozen = name == "frozen"
            with _planning(servers, Path(folder) / name, is_frozen=is_frozen) as one:
                one.load(_posts(one), connections=CROWD, count=WARM_UP)
                took = one.load(_posts(one), connections=CROWD, seconds=seconds).milliseconds
            return [percentile(took, share) for share in (0.5, 0.95, 0.99)]

        found = alternate({name: partial(tails, name) for name in ("frozen", "not frozen")}, effort.rounds)
    frozen, free = found["frozen"], found["not frozen"]
    comparisons = [
        Comparison("p99 over p50, frozen", [one[2] / one[0] for one in frozen], 1.5, is_lower_better=True),
        Comparison(
            "p99 over that of a collector not frozen",
            [a[2] / b[2] for a, b in zip(frozen, free, strict=True)],
            0.5,
            is_lower_better=True,
        ),
    ]
    lines = [
        f"  {name}, ms: "
        + ", ".join(
            f"{share} {summary([one[place] for one in rounds])}"
            for place, share in enumerate(("p50", "p95", "p99"))
        )
        for name, rounds in found.items()
    ]
    bars = [
        Bar(
            f"POST answer at {CROWD} connections, {share}, ms",
            f"ours, {name}",
            [one[place] for one in rounds],
        )
        for place, share in ((0, "p50"), (2, "p99"))
        for name, rounds in found.items()
    ]
    what = f"POSTs of one answer from {CROWD} connections for {seconds} s"
    return report("B7", what, comparisons, lines, bars=bars)


def _posts(one: Served) -> list[Request]:
    """Return a POST of one answer to each unit, another item each time."""
    items = option_items()
    requests = []
    for place, (unit, headers) in enumerate(one.operators.items()):
        code, letters = items[place % len(items)]
        answer = {"item_code": code, "letter": letters[0]}
        requests.append(
            {
                "method": "POST",
                "target": f"/units/{unit}/worksheets/{YEAR}/answers",
                "headers": {
                    **headers,
                    "Content-Type": "application/json",
                    "If-Match": "*",
                    "Idempotency-Key": FRESH,
                },
                "body": json.dumps({"layer": "unit", "answers": [answer]}),
            }
        )
    return requests


@contextmanager
def _planning(servers: Servers, folder: Path, *, is_frozen: bool = True) -> Iterator[Served]:
    """Serve planning over a fresh database with units and programmes."""
    target = fresh(servers, "planning")
    asyncio.run(fill_planning(target.app_url, UNITS))
    with serving("planning", target.app_url, folder, UNITS, is_frozen=is_frozen) as one:
        yield one
    asyncio.run(drop_database(servers.postgres, target.name))


async def fill_planning(url: str, units: Sequence[str]) -> None:
    """Register units of one agency, each with the year's programme."""
    db = Database(url, pool_size=2)
    async with db.transaction() as session:
        for unit in units:
            entry = Unit(
                unit_id=unit,
                agency_id=AGENCY,
                name=f"Kantor {unit}",
                unit_type=DEFAULT_TYPE,
                echelon=DEFAULT_ECHELON,
                has_service_function=True,
                zone=Zone.WIB,
                is_active=True,
                is_demo=False,
                version=1,
            )
            await register_unit(session, ADMIN, entry)
            await create_programme(session, ADMIN, unit, YEAR, Target.WBK)
    await db.close()


@contextmanager
def _bare(servers: Servers, what: str, folder: Path) -> Iterator[Served]:
    """Serve the hand-written peer over its own tables."""
    name, url = asyncio.run(new_database(servers.postgres))
    asyncio.run(_fill_bare(url))
    with serving(what, url, folder, UNITS) as one:
        yield one
    asyncio.run(drop_database(servers.postgres, name))


async def _fill_bare(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(bare_post.TABLES)
    await connection.executemany("INSERT INTO unit VALUES ($1, 'bench', NULL)", [(unit,) for unit in UNITS])
    rows = [(unit, YEAR) for unit in UNITS]
    await connection.executemany("INSERT INTO worksheet VALUES ($1, $2, 0)", rows)
    await connection.close()
