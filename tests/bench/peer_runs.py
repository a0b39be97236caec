"""Peers in their own locked environments: install, run, read what they print."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from math import lcm
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from shared.contracts.planning import WorksheetAnswered
from shared.instruments.lke import TOTAL, lke_instrument, rule_set, rule_set_for_year
from shared.instruments.lke.hot_path import item_points
from tests.bench.measure import Round
from tests.bench.servers import Metered, Servers, drop_database
from tests.bench.truth import Truth, check_peer
from tests.bench.workload import YEAR, option_items
from tests.support.database import PASSWORD

HERE = Path(__file__).resolve().parents[2]
PEERS = Path(__file__).parent / "peers"
ENVIRONMENTS = HERE / ".local" / "bench"
LONGEST_SECONDS = 600


def interpreter(peer: str) -> Path | None:
    """Return a peer's interpreter, its locked environment installed at first; None, told, when that fails."""
    environment = ENVIRONMENTS / peer
    python = environment / "bin" / "python"
    if python.exists():
        return python
    uv = Path(sys.executable).parent / "uv"
    lock = PEERS / peer / "requirements.lock"
    install: list[str | Path] = [
        uv,
        "pip",
        "install",
        "-q",
        "--python",
        python,
        "--require-hashes",
        "-r",
        lock,
    ]
    try:
        subprocess.run([uv, "venv", "-q", environment], check=True)
        subprocess.run(install, check=True)
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"the environment of {peer} could not be installed: {error}")
        return None
    return python


def locked(peer: str, package: str) -> str:
    """Return the version of a package in a peer's lock."""
    lines = (PEERS / peer / "requirements.lock").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith(f"{package}=="))
    return line.split()[0].partition("==")[2]


def run_json(argv: list[str], checkout: Path = HERE, **environment: str) -> dict[str, Any]:
    """Run a program in a checkout and return the JSON of its last line; raises when it fails."""
    done = subprocess.run(
        argv,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout)} | environment,
    )
    if done.returncode != 0:
        raise AssertionError(f"{argv[:3]} failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def total_only(servers: Servers, python: Path, events: int, variant: str) -> Round:
    """Score the topic with the peer that keeps items and a running total, over fresh state."""
    with tempfile.TemporaryDirectory(prefix="zi-peer-") as state, Metered(servers) as meter:
        program = str(PEERS / "quixstreams" / "peer.py")
        found = run_json(
            [str(python), program, servers.kafka, WorksheetAnswered.topic, str(events), state, variant]
        )
    return meter.round(found)


def same_job(servers: Servers, python: Path, events: int, truth: Truth) -> Round:
    """Score the topic with the peer that does our whole job, over fresh state; fast and wrong fails."""
    name, url = asyncio.run(new_database(servers.postgres))
    with tempfile.TemporaryDirectory(prefix="zi-peer-") as state, Metered(servers) as meter:
        file = Path(state) / "instrument.json"
        file.write_text(json.dumps(instrument()))
        program = str(PEERS / "quixstreams_full" / "peer.py")
        found = run_json(
            [str(python), program, servers.kafka, WorksheetAnswered.topic, str(events), state, url, str(file)]
        )
    asyncio.run(check_peer(url, truth))
    if found["scores"] != truth.answers:
        raise AssertionError(f"the peer told {found['scores']} scores of {truth.answers} answers")
    asyncio.run(drop_database(servers.postgres, name))
    return meter.round(found)


def instrument() -> dict[str, Any]:
    """Return the instrument as the peer of the same job reads it: whole numbers only."""
    lke, rules = lke_instrument(), rule_set(rule_set_for_year(YEAR))
    exact = {
        code: {letter: item_points(code, letter) for letter in letters} for code, letters in option_items()
    }
    best = {code: question.share for code, question in lke.questions.items()}
    parts = [*best.values(), *(points for scale in exact.values() for points in scale.values())]
    denominator = lcm(*(part.denominator for part in parts))
    bases = [code for gate in rules.gates for code in gate.basis]
    nodes = list(dict.fromkeys((TOTAL, *lke.nodes, *bases)))
    under = {node: {question.code for question in lke.questions_under(node)} for node in nodes}
    return {
        "denominator": denominator,
        "points": {
            code: {letter: int(points * denominator) for letter, points in scale.items()}
            for code, scale in exact.items()
        },
        "best": {code: int(points * denominator) for code, points in best.items()},
        "above": {code: [place for place, node in enumerate(nodes) if code in under[node]] for code in exact},
        "sums": len(nodes),
        "gates": [
            (
                f"{gate.predicate}:{gate.code}",
                [nodes.index(code) for code in gate.basis],
                *gate.minimum.as_integer_ratio(),
            )
            for gate in rules.gates
        ],
    }


async def new_database(admin_url: str) -> tuple[str, str]:
    """Create an empty database of a role of the same name; return the name, and its URL with a password."""
    name = f"peer_{os.urandom(4).hex()}"
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
        await connection.execute(f"CREATE DATABASE {name} OWNER {name}")
    finally:
        await connection.close()
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    return name, urlunsplit(parts._replace(netloc=f"{name}:{PASSWORD}@{host}", path=f"/{name}"))
