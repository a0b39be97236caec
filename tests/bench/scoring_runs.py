"""Our side of every benchmark that scores a filled topic: a fresh database, the run, the check after it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import asyncpg

from shared.contracts.planning import WorksheetAnswered
from shared.db.bootstrap import ServiceDatabase, bootstrap
from shared.db.migrate import migrate
from tests.bench.measure import Bar, Round, summary
from tests.bench.peer_runs import HERE, LONGEST_SECONDS, run_json
from tests.bench.servers import Metered, Servers, drop_database
from tests.bench.truth import Truth, check_ours
from tests.support.database import service_database


def ours(servers: Servers, truth: Truth, *, most: int = 0) -> Round:
    """Score the filled topic with our consumer over a fresh database; fast and wrong fails.

    `most` bounds the records of a batch; 0: as many as the service takes.
    """
    target = fresh(servers)
    found = measured(servers, target, truth.good, HERE, most=most)
    asyncio.run(check_ours(target.owner_url, truth))
    asyncio.run(drop_database(servers.postgres, target.name))
    return found


def fresh(servers: Servers, service: str = "scoring", *, begins: bool = True) -> ServiceDatabase:
    """Return a new, migrated database; scoring's consumer stands at the start of the topic if it `begins`."""
    target = service_database(servers.postgres, service, f"bench_{os.urandom(4).hex()}")

    async def make() -> None:
        await bootstrap(servers.postgres, target)
        await migrate(service, target.owner_url)

    asyncio.run(make())
    if service == "scoring" and begins:
        asyncio.run(begin(target))
    return target


def of_checkout(servers: Servers, truth: Truth, checkout: Path) -> Round:
    """Score the topic with the code of a checkout over a fresh database of its own schema."""
    target = service_database(servers.postgres, "scoring", f"bench_{os.urandom(4).hex()}")
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
    found = measured(servers, target, truth.good, checkout)
    asyncio.run(check_ours(target.owner_url, truth))
    asyncio.run(drop_database(servers.postgres, target.name))
    return found


def measured(
    servers: Servers,
    target: ServiceDatabase,
    records: int,
    checkout: Path,
    topics: Sequence[str] = (),
    *,
    most: int = 0,
) -> Round:
    """Run a checkout's own side over a prepared database."""
    argv = [sys.executable, "-m", "tests.bench.subject_scoring", servers.kafka, target.app_url, str(records)]
    if checkout == HERE:
        argv += [str(servers.postgres_pid), str(most), *topics]
    with Metered(servers) as meter:
        found = run_json(argv, checkout)
    return meter.round(found)


async def begin(target: ServiceDatabase) -> None:
    """Place the consumer's watermarks at the start of the filled topic."""
    connection = await asyncpg.connect(target.app_url)
    await connection.execute(
        "INSERT INTO watermark (consumer, topic, partition, next_offset, cluster_id)"
        " SELECT 'scoring', $1, p, 0, '' FROM generate_series(0, 11) AS p",
        WorksheetAnswered.topic,
    )
    await connection.close()


def side_line(name: str, rounds: Sequence[Round]) -> str:
    """Return one line about a side: rate, CPU of its parts, log, memory."""
    parts = ", ".join(
        f"{part} {summary([one.cpu_us(part) for one in rounds])}" for part in ("client", "broker", "database")
    )
    relay = summary([one.cpu_us("relay") for one in rounds])
    return (
        f"  {name}: {summary([one.per_second for one in rounds])} events/s; us/event: {parts}; in the client "
        f"the relay {relay}; WAL {summary([one.detail['wal_bytes_per_record'] for one in rounds])} B/event; "
        f"memory {max(one.detail['max_rss_mb'] for one in rounds):.0f} MB"
    )


def bars(rounds: Mapping[str, Sequence[Round]]) -> list[Bar]:
    """Return what the plot shows of each side."""
    panels: dict[str, Callable[[Round], float]] = {
        "events/s": lambda one: one.per_second,
        "client CPU, us/event": Round.cpu_us,
        "client, broker and database CPU, us/event": Round.whole_us,
        "WAL, bytes/event": lambda one: float(one.detail["wal_bytes_per_record"]),
        "memory, MB": lambda one: float(one.detail["max_rss_mb"]),
    }
    return [
        Bar(panel, name, [value(one) for one in found])
        for panel, value in panels.items()
        for name, found in rounds.items()
    ]
