"""Servers and callers of the benchmarks over HTTP: start, load, read CPU and latencies."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.process import free_ports, is_listening
from tests.bench.measure import cpu_of_tree, memory_mb
from tests.bench.peer_runs import HERE, run_json

START_SECONDS = 120
Request = dict[str, Any]
"""Method, target, headers and body, as `tests.bench.http_load` reads them."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: its port and process, and the headers of who may ask.

    `operators` are the headers of programs by unit, `browsers` those of the same people's sessions at pages.
    """

    port: int
    pid: int
    folder: Path
    operators: dict[str, dict[str, str]]
    reader: dict[str, str]
    browsers: dict[str, dict[str, str]]

    def load(
        self, requests: Sequence[Request], *, connections: int, count: int = 0, seconds: float = 0
    ) -> "Load":
        """Send requests from another process; any answer but a 200 fails."""
        plan = {
            "host": "127.0.0.1",
            "port": self.port,
            "connections": connections,
            "count": count,
            "seconds": seconds,
            "requests": list(requests),
        }
        file = self.folder / "plan.json"
        file.write_text(json.dumps(plan))
        before = cpu_of_tree(self.pid)
        found = run_json([sys.executable, "-m", "tests.bench.http_load", str(file)])
        if found["told"].keys() != {"200"}:
            raise AssertionError(f"answers other than 200: {found['told']}")
        return Load(found["milliseconds"], cpu_of_tree(self.pid) - before, memory_mb(self.pid))


@dataclass(frozen=True, slots=True)
class Load:
    """What a load took: milliseconds of each answer, the server's CPU seconds, its memory afterwards."""

    milliseconds: list[float]
    cpu_seconds: float
    memory_mb: float

    @property
    def cpu_us(self) -> float:
        """CPU microseconds of the server per answer."""
        return self.cpu_seconds * 1e6 / len(self.milliseconds)


@contextmanager
def serving(
    what: str, url: str, folder: Path, units: Sequence[str] = (), *, is_frozen: bool = True
) -> Iterator[Served]:
    """Run a server of `tests.bench.subject_http` while the block runs."""
    port, ops_port = free_ports(2)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "units.json").write_text(json.dumps(list(units)))
    argv = [
        sys.executable,
        "-m",
        "tests.bench.subject_http",
        what,
        url,
        str(folder),
        str(port),
        str(ops_port),
    ]
    log = folder / f"{what}.log"
    with log.open("w") as sink:
        process = subprocess.Popen(
            argv if is_frozen else [*argv, "unfrozen"],
            cwd=HERE,
            env=os.environ | {"PYTHONPATH": str(HERE), "ZI_ENVIRONMENT": "development"},
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    try:
        ends = time.monotonic() + START_SECONDS
        while not is_listening(port):
            if process.poll() is not None or time.monotonic() > ends:
                raise AssertionError(f"{what} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
        access = json.loads((folder / "access.json").read_text())
        yield Served(port, process.pid, folder, **access)
    finally:
        process.terminate()
        process.wait(60)
