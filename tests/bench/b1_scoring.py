"""B1: durable scored events a second, beside quixstreams exactly once with changelog and output topic.

Both read the same filled topic from its start, each in a fresh process, over fresh state. Ours validates
every event, keeps facts, sheets, scores, gates and change lines in PostgreSQL and writes outbox rows; the
peer keeps items and a running total in RocksDB with a changelog and sends each new total. CPU counts the
client: for ours with the relay that publishes the outbox afterwards; broker and database are printed beside.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import asyncpg

from shared.contracts.planning import WorksheetAnswered
from shared.db.bootstrap import ServiceDatabase, bootstrap
from shared.db.migrate import migrate
from tests.bench.measure import Comparison, Round, alternate, cpu_of_tree, summary
from tests.bench.servers import Servers
from tests.bench.workload import fill
from tests.support.database import service_database

EVENTS = 60_000
HERE = Path(__file__).resolve().parents[2]
PEER = Path(__file__).parent / "peers" / "quixstreams"
PEER_ENVIRONMENT = HERE / ".local" / "bench" / "quixstreams"
LONGEST_SECONDS = 400


def run(servers: Servers, rounds: int) -> dict[str, Any]:
    """Compare with the better of the peer's default and tuned settings."""
    events = EVENTS * (3 if os.environ.get("FULL") else 1)
    asyncio.run(fill(servers.kafka, events))
    report: dict[str, Any] = {"id": "B1", "what": f"{events:,} answers scored durably", "comparisons": []}
    python = _peer_python()
    if python is None:
        rates = [ours(servers, events) for _ in range(rounds)]
        report["lines"] = [f"  ours: {summary([r.per_second for r in rates])} events/s", "  peer: absent"]
        return report
    ours(servers, events)  # warms broker and database
    variants = {name: peer(servers, python, events, name) for name in ("default", "tuned")}
    best = max(variants, key=lambda name: variants[name].per_second)
    mine, theirs = alternate(
        lambda: ours(servers, events), lambda: peer(servers, python, events, best), rounds
    )
    speed = [a.per_second / b.per_second for a, b in zip(mine, theirs, strict=True)]
    cpu = [a.cpu_us() / b.cpu_us() for a, b in zip(mine, theirs, strict=True)]
    comparisons = [
        Comparison(f"events/s over quixstreams ({best})", speed, 1.6),
        Comparison(f"client CPU over quixstreams ({best})", cpu, 0.85, is_lower_better=True),
    ]
    report["comparisons"] = [comparison.as_json() for comparison in comparisons]
    report["lines"] = [comparison.line() for comparison in comparisons] + [
        f"  {name}: {summary([r.per_second for r in found])} events/s; client CPU "
        f"{summary([r.cpu_us() for r in found])} us/event; "
        f"memory {max(r.detail['max_rss_mb'] for r in found):.0f} MB"
        for name, found in (("ours", mine), ("peer", theirs))
    ]
    report["lines"].append(
        f"  ours: of this the relay {summary([r.cpu_us('relay') for r in mine])} us/event; "
        f"servers: broker {summary([r.cpu_us('broker') for r in mine])} us/event, "
        f"database {summary([r.cpu_us('database') for r in mine])} us/event"
    )
    return report


def ours(servers: Servers, events: int) -> Round:
    """Score the topic with our consumer over a fresh database; fast and wrong fails."""
    target = service_database(servers.postgres, "scoring", f"b1_{os.urandom(4).hex()}")
    asyncio.run(_prepare(servers, target))
    return measured(servers, target, events, HERE)


def measured(servers: Servers, target: ServiceDatabase, events: int, checkout: Path) -> Round:
    """Run a checkout's own side over a prepared database, check the result and drop the database."""
    before = cpu_of_tree(servers.kafka_pid), cpu_of_tree(servers.postgres_pid)
    found = _run(
        [sys.executable, "-m", "tests.bench.subject_scoring", servers.kafka, target.app_url, str(events)],
        checkout,
    )
    after = cpu_of_tree(servers.kafka_pid), cpu_of_tree(servers.postgres_pid)
    asyncio.run(_check(target.owner_url, servers.postgres, target.name, events))
    cpu = {
        "client": found["cpu_seconds"] + found["relay_cpu_seconds"],
        "relay": found["relay_cpu_seconds"],
        "broker": after[0] - before[0],
        "database": after[1] - before[1],
    }
    return Round(events, found["seconds"], cpu, {"max_rss_mb": found["max_rss_mb"]})


def peer(servers: Servers, python: Path, events: int, variant: str) -> Round:
    """Score the topic with quixstreams over fresh state."""
    with tempfile.TemporaryDirectory(prefix="zi-peer-") as state:
        found = _run(
            [
                str(python),
                str(PEER / "peer.py"),
                servers.kafka,
                WorksheetAnswered.topic,
                str(events),
                state,
                variant,
            ],
            HERE,
        )
    return Round(
        int(found["records"]),
        found["seconds"],
        {"client": found["cpu_seconds"]},
        {"max_rss_mb": found["max_rss_mb"]},
    )


async def _prepare(servers: Servers, target: ServiceDatabase) -> None:
    await bootstrap(servers.postgres, target)
    await migrate("scoring", target.owner_url)
    await begin(target)


async def begin(target: ServiceDatabase) -> None:
    """Place the consumer's watermarks at the start of the filled topic."""
    connection = await asyncpg.connect(target.app_url)
    await connection.execute(
        "INSERT INTO watermark (consumer, topic, partition, next_offset, cluster_id)"
        " SELECT 'scoring', $1, p, 0, '' FROM generate_series(0, 11) AS p",
        WorksheetAnswered.topic,
    )
    await connection.close()


async def _check(owner_url: str, admin_url: str, name: str, events: int) -> None:
    """Every event is a fact or was replaced by a later one of its item, and no score drifts."""
    connection = await asyncpg.connect(owner_url)
    versions = await connection.fetchval("SELECT sum(worksheet_version) FROM standing")
    newest = await connection.fetchval(
        "SELECT count(*) FROM standing s WHERE worksheet_version <>"
        " (SELECT max(version) FROM newest_answer a WHERE a.unit_id = s.unit_id AND a.year = s.year)"
    )
    dead = await connection.fetchval("SELECT count(*) FROM dead_letter")
    await connection.close()
    if (versions, newest, dead) != (events, 0, 0):
        raise AssertionError(
            f"{versions} of {events} versions, {newest} standings behind, {dead} dead letters"
        )
    admin = await asyncpg.connect(admin_url)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


def _run(argv: list[str], checkout: Path) -> dict[str, Any]:
    done = subprocess.run(
        argv,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout)},
    )
    if done.returncode != 0:
        raise AssertionError(f"{argv[:3]} failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _peer_python() -> Path | None:
    """Return the peer's interpreter, installing its locked environment at first; None when that fails."""
    python = PEER_ENVIRONMENT / "bin" / "python"
    if python.exists():
        return python
    uv = Path(sys.executable).parent / "uv"
    try:
        subprocess.run([uv, "venv", "-q", PEER_ENVIRONMENT], check=True)
        subprocess.run(
            [
                uv,
                "pip",
                "install",
                "-q",
                "--python",
                python,
                "--require-hashes",
                "-r",
                PEER / "requirements.lock",
            ],
            check=True,
        )
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"the peer's environment could not be installed: {error}")
        return None
    return python
