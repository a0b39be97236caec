"""`make bench`: quick by default; `FULL=1` all rounds, `IDS="B1 B8"` picks. Text and JSON."""

import json
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.bench import b1_scoring, b8_freshness, b10_rebuild, b13_crowd, commits, fd_front_door
from tests.bench.measure import sync_probe_ms
from tests.bench.servers import servers

BENCHES = {
    "B1": b1_scoring.run,
    "B8": b8_freshness.run,
    "B10": b10_rebuild.run,
    "B13": b13_crowd.run,
    "CO": commits.run,
    "FD": fd_front_door.run,
}
QUICK_ROUNDS, FULL_ROUNDS = 3, 5
OUTPUT = Path(__file__).resolve().parents[2] / "test-output" / "bench"
PACKAGES = ("faststream", "aiokafka", "sqlalchemy", "sqlmodel", "pydantic", "asyncpg")


def main() -> int:
    """Run the chosen benchmarks; exit 1 only on a clear miss, 2 on an unknown id."""
    chosen = os.environ.get("IDS", "").split() or list(BENCHES)
    unknown = [name for name in chosen if name not in BENCHES]
    if unknown:
        print(f"no such benchmark: {' '.join(unknown)}; there are {' '.join(BENCHES)}", file=sys.stderr)
        return 2
    rounds = FULL_ROUNDS if os.environ.get("FULL") else QUICK_ROUNDS
    report: dict[str, Any] = {"versions": _versions(), "rounds": rounds, "results": []}
    with servers() as running:
        report["sync_ms_before"] = round(sync_probe_ms(running.folder), 3)
        report["load_before"] = os.getloadavg()
        _print_head(report)
        for name in chosen:
            started = time.monotonic()
            print(f"{name} ...", flush=True)
            result = BENCHES[name](running, rounds)
            result["seconds"] = round(time.monotonic() - started, 1)
            report["results"].append(result)
            print(f"{name}: {result['what']} ({result['seconds']} s)", *result["lines"], sep="\n", flush=True)
        report["sync_ms_after"] = round(sync_probe_ms(running.folder), 3)
        report["load_after"] = os.getloadavg()
    OUTPUT.mkdir(parents=True, exist_ok=True)
    file = OUTPUT / "latest.json"
    file.write_text(json.dumps(report, indent=1, default=str))
    print(f"disk sync {report['sync_ms_before']} ms before, {report['sync_ms_after']} ms after; {file}")
    verdicts = [c["verdict"] for result in report["results"] for c in result["comparisons"]]
    return 1 if "misses" in verdicts else 0


def _versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def _print_head(report: dict[str, Any]) -> None:
    load, sync = report["load_before"][0], report["sync_ms_before"]
    print(f"cores {os.cpu_count()}, load {load:.2f}, disk sync {sync} ms")
    print(", ".join(f"{name} {number}" for name, number in report["versions"].items()))


if __name__ == "__main__":
    sys.exit(main())
