"""B10: rebuild scoring from its topics, six of ten events of complaint cases; the digest must equal live's.

The live consumer scores the filled topics first: its rate is the yardstick, its digest the truth. Then the
public entry of the rebuild replays them into an empty database: in one process, and in two that share the
partitions, whose digests add up to the whole, since a digest is a sum over rows. A national year is 28 M
events at the same rate, by calculation.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

from services.scoring.store.digest import Digest, digest
from shared.contracts.complaints import CaseFact
from shared.contracts.planning import WorksheetAnswered
from shared.db import Database
from tests.bench.measure import Bar, Comparison, Effort, Round, report, summary
from tests.bench.peer_runs import HERE, run_json
from tests.bench.scoring_runs import fresh, measured, side_line
from tests.bench.servers import Metered, Servers, drop_database
from tests.bench.workload import YEAR_EVENTS, Mix, refill

QUICK_EVENTS, FULL_EVENTS = 100_000, 1_000_000
CASES = 0.6
TOPICS = (WorksheetAnswered.topic, CaseFact.topic)
GOAL_MINUTES = {1: 5, 2: 3}
GOAL_MB = 400
PARTITIONS = 12


def run(servers: Servers, effort: Effort) -> dict[str, Any]:
    """Rebuild with one and with two processes."""
    mix = Mix(effort.of(QUICK_EVENTS, FULL_EVENTS), cases=CASES)
    asyncio.run(refill(servers.kafka, mix))
    live, truth = _live(servers, mix.events)
    found = {
        processes: [_rebuilt(servers, mix.events, processes, truth) for _ in range(effort.of(1, 3))]
        for processes in GOAL_MINUTES
    }
    years = {
        processes: [YEAR_EVENTS / one.per_second / 60 for one in rounds]
        for processes, rounds in found.items()
    }
    memory = [one.detail["max_rss_mb"] for rounds in found.values() for one in rounds]
    comparisons = [
        *(
            Comparison(
                f"a national year by calculation, {processes} process{'es' if processes > 1 else ''}",
                years[processes],
                goal,
                is_lower_better=True,
                unit=" min",
            )
            for processes, goal in GOAL_MINUTES.items()
        ),
        Comparison("memory of a process", [max(memory)], GOAL_MB, is_lower_better=True, unit=" MB"),
    ]
    lines = [side_line("live", [live])] + [
        f"  rebuild in {processes}: {summary([one.per_second for one in rounds])} events/s; us/event: client "
        f"{summary([one.cpu_us() for one in rounds])}, database "
        f"{summary([one.cpu_us('database') for one in rounds])}; WAL "
        f"{summary([one.detail['wal_bytes_per_record'] for one in rounds])} B/event; a year takes its "
        f"processes {summary([YEAR_EVENTS * one.cpu_us() / 6e7 for one in rounds])} min of CPU; digest equal"
        for processes, rounds in found.items()
    ]
    bars = [Bar("rebuild, events/s", "live", [live.per_second])] + [
        Bar("rebuild, events/s", f"ours, {processes} at a time", [one.per_second for one in rounds])
        for processes, rounds in found.items()
    ]
    what = f"rebuild from {mix.events:,} events, {CASES:.0%} of cases"
    return report("B10", what, comparisons, lines, bars=bars, year_minutes=years)


def _live(servers: Servers, events: int) -> tuple[Round, dict[str, tuple[int, ...]]]:
    target = fresh(servers)
    found = measured(servers, target, events, HERE, TOPICS)
    truth = parts(asyncio.run(_digest(target.owner_url)))
    asyncio.run(drop_database(servers.postgres, target.name))
    return found, truth


def _rebuilt(servers: Servers, events: int, processes: int, truth: dict[str, tuple[int, ...]]) -> Round:
    """Rebuild into a database per process; raises unless the digests add up to the live one."""
    targets = [fresh(servers, begins=False) for _ in range(processes)]
    shares = [range(number, PARTITIONS, processes) for number in range(processes)]
    with Metered(servers) as meter, tempfile.TemporaryDirectory(prefix="zi-bench-rebuild-") as folder:

        def one(number: int) -> dict[str, Any]:
            file = Path(folder) / f"{number}.json"
            file.write_text(json.dumps(list(shares[number]) if processes > 1 else []))
            url = targets[number].owner_url
            argv = [sys.executable, "-m", "tests.bench.subject_rebuild", url, servers.kafka, str(file)]
            return run_json(argv)

        with ThreadPoolExecutor(processes) as pool:
            found = list(pool.map(one, range(processes)))
    for target in targets:
        asyncio.run(drop_database(servers.postgres, target.name))
    whole = added([{name: tuple(part) for name, part in one["digest"].items()} for one in found])
    wrong = [name for name in truth if truth[name] != whole.get(name)]
    records = sum(one["records"] for one in found)
    if wrong or records != events:
        raise AssertionError(f"{records} of {events} records rebuilt; other than live: {wrong}")
    return meter.round(
        {
            "records": records,
            "seconds": max(one["seconds"] for one in found),
            "cpu_seconds": sum(one["cpu_seconds"] for one in found),
            "max_rss_mb": max(one["max_rss_mb"] for one in found),
        }
    )


def parts(found: Digest) -> dict[str, tuple[int, ...]]:
    """Return a digest as numbers: rows, and two sums of hashes, by kind."""
    return {
        name: (rows, *(int(Decimal(one)) for one in sums.split(":")))
        for name, (rows, sums) in found.parts.items()
    }


def added(digests: Sequence[dict[str, tuple[int, ...]]]) -> dict[str, tuple[int, ...]]:
    """Return the digest of databases that share no row, as if they were one."""
    return {name: tuple(map(sum, zip(*(one[name] for one in digests), strict=True))) for name in digests[0]}


async def _digest(url: str) -> Digest:
    db = Database(url, pool_size=1)
    async with db.reading(patient=True) as session:
        found = await digest(session)
    await db.close()
    return found
