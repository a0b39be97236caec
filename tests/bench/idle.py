"""ID: what a service takes while nothing happens, and how long its imports are.

`make run`'s own processes, left alone: CPU of each service in percent of one core, its memory, and beside it
database and broker, which every service asks now and then. Imports are timed in fresh processes over compiled
bytecode, less an interpreter that imports nothing.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.measure import Bar, Comparison, Effort, cpu_of_tree, memory_mb, report, summary
from tests.bench.peer_runs import HERE
from tests.bench.servers import Servers
from tests.support.system import LocalSystem, start_system

NAMES = ("planning", "complaints", "survey", "scoring")
GOAL_PERCENT, GOAL_MB, GOAL_IMPORT_SECONDS = 2.0, 110.0, 0.8
SETTLE_SECONDS = 10
BESIDE = {"database": "postgres", "broker": "kafka.Kafka"}
LOAD = "from time import process_time; import {what}; print(process_time())"


def run(_servers: Servers, effort: Effort) -> dict[str, Any]:
    """Measure each service, in so many windows as there are rounds."""
    seconds = effort.of(20, 60)
    with tempfile.TemporaryDirectory(prefix="zi-bench-idle-") as folder:
        system = start_system(Path(folder) / "state", DEMO="0")
        try:
            time.sleep(SETTLE_SECONDS)
            windows = [_window(system, seconds) for _ in range(effort.of(1, 3))]
            memory = {name: max(map(memory_mb, _pids(system, name))) for name in NAMES}
        finally:
            system.stop()
    imports = _imports(effort.rounds)
    comparisons = []
    for name in NAMES:
        percent = [window[name] for window in windows]
        comparisons += [
            Comparison(f"{name}, idle", percent, GOAL_PERCENT, is_lower_better=True, unit=" % of a core"),
            Comparison(f"{name}, memory", [memory[name]], GOAL_MB, is_lower_better=True, unit=" MB"),
            Comparison(
                f"{name}, imports", imports[name], GOAL_IMPORT_SECONDS, is_lower_better=True, unit=" s"
            ),
        ]
    lines = [
        f"  {name} beside them: {summary([window[name] for window in windows])} % of a core"
        for name in windows[0]
        if name not in NAMES
    ]
    bars = [Bar("idle, % of a core", f"ours, {name}", [one[name] for one in windows]) for name in NAMES]
    bars += [Bar("imports, CPU seconds", f"ours, {name}", imports[name]) for name in NAMES]
    return report("ID", f"services idle for {seconds} s", comparisons, lines, bars=bars, memory_mb=memory)


def _window(system: LocalSystem, seconds: int) -> dict[str, float]:
    """Return the percent of a core that each service and server took over some seconds."""
    pids = {name: _pids(system, name) for name in NAMES}
    pids |= {name: system.pids(word) for name, word in BESIDE.items()}
    before = {name: sum(map(cpu_of_tree, found)) for name, found in pids.items()}
    started = time.monotonic()
    time.sleep(seconds)
    share = 100 / (time.monotonic() - started)
    return {name: (sum(map(cpu_of_tree, found)) - before[name]) * share for name, found in pids.items()}


def _pids(system: LocalSystem, service: str) -> list[int]:
    return system.pids(f"services.{service}.main")


def _imports(rounds: int) -> dict[str, list[float]]:
    """Return the CPU seconds that each service's imports take."""
    bare = min(_load("sys") for _ in range(rounds + 1))
    for name in NAMES:
        _load(f"services.{name}.main")  # compiles
    found: dict[str, list[float]] = {name: [] for name in NAMES}
    for _ in range(rounds):
        for name in NAMES:
            found[name].append(_load(f"services.{name}.main") - bare)
    return found


def _load(module: str) -> float:
    """Return the CPU seconds of an interpreter that imports a module; its bytecode may be written."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", LOAD.format(what=module)],
        cwd=HERE,
        env=environment | {"PYTHONPATH": str(HERE)},
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)
