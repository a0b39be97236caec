"""`make bench`: quick by default; `FULL=1` everything, `IDS="B1 B8"` picks. Text, JSON and a plot.

`ROUNDS=1 SHARE=0.1` is a first look: so many rounds, of a tenth of the usual amounts.
"""

import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.bench import (
    b1_scoring,
    b4_handler,
    b6_b7_posts,
    b8_freshness,
    b10_rebuild,
    b11_shapes,
    b12_clocks,
    b13_crowd,
    board_pages,
    commits,
    desk_pages,
    fd_front_door,
    idle,
    idle_clocks,
    workers,
    worksheet_pages,
)
from tests.bench.measure import Effort, sync_probe_ms
from tests.bench.peer_runs import locked
from tests.bench.plot import svg
from tests.bench.servers import servers

BENCHES = {
    "B1": b1_scoring.run,
    "B1f": b1_scoring.run_same_job,
    "B4": b4_handler.run,
    "B6": b6_b7_posts.run_cost,
    "B7": b6_b7_posts.run_tails,
    "B8": b8_freshness.run,
    "B10": b10_rebuild.run,
    "B11": b11_shapes.run,
    "B12": b12_clocks.run,
    "B13": b13_crowd.run,
    "PG": board_pages.run,
    "ID": idle.run,
    "IC": idle_clocks.run,
    "WK": workers.run,
    "CO": commits.run,
    "FD": fd_front_door.run,
    "IN": desk_pages.run,
    "WS": worksheet_pages.run_saves,
    "WY": worksheet_pages.run_year,
}
QUICK = ("B1", "B4", "B8")
"""What fits into three minutes."""
QUICK_ROUNDS, FULL_ROUNDS = 3, 5
ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "test-output" / "bench"
SHOWN = ROOT / "docs" / "images" / "bench.svg"
PACKAGES = ("faststream", "aiokafka", "sqlalchemy", "sqlmodel", "pydantic", "asyncpg")


def main() -> int:
    """Run the chosen benchmarks; exit 1 only on a clear miss, 2 on an unknown id."""
    effort = _effort()
    chosen = os.environ.get("IDS", "").split() or list(BENCHES if effort.is_full else QUICK)
    unknown = [name for name in chosen if name not in BENCHES]
    if unknown:
        print(f"no such benchmark: {' '.join(unknown)}; there are {' '.join(BENCHES)}", file=sys.stderr)
        return 2
    told: dict[str, Any] = {"rounds": effort.rounds, "share": effort.share, "results": []}
    with servers() as running:
        told["versions"] = _versions() | running.versions()
        told["sync_ms_before"] = round(sync_probe_ms(running.folder), 3)
        told["load_before"] = os.getloadavg()
        _print_head(told)
        for name in chosen:
            started, load = time.monotonic(), os.getloadavg()[0]
            print(f"{name} ...", flush=True)
            result = BENCHES[name](running, effort)
            result |= {"seconds": round(time.monotonic() - started, 1), "load_before": load}
            told["results"].append(result)
            head = f"{name}: {result['what']} ({result['seconds']} s, load {load:.1f} before)"
            print(head, *result["lines"], sep="\n", flush=True)
        told["sync_ms_after"] = round(sync_probe_ms(running.folder), 3)
        told["load_after"] = os.getloadavg()
    print(f"disk sync {told['sync_ms_before']} ms before, {told['sync_ms_after']} ms after; {_write(told)}")
    verdicts = [one["verdict"] for result in told["results"] for one in result["comparisons"]]
    return 1 if "misses" in verdicts else 0


def _effort() -> Effort:
    is_full = bool(os.environ.get("FULL"))
    rounds = os.environ.get("ROUNDS")
    return Effort(
        int(rounds) if rounds else FULL_ROUNDS if is_full else QUICK_ROUNDS,
        is_full,
        float(os.environ.get("SHARE", "1")),
    )


def _write(told: dict[str, Any]) -> Path:
    """Write report and plot; with PLOT=1 the plot also into the documents."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    file = OUTPUT / "latest.json"
    file.write_text(json.dumps(told, indent=1, default=str))
    picture = svg(told["results"], _conditions(told))
    (OUTPUT / "latest.svg").write_text(picture)
    if os.environ.get("PLOT"):
        SHOWN.write_text(picture)
    return file


def _versions() -> dict[str, str]:
    ours = {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    return ours | {"quixstreams": locked("quixstreams", "quixstreams")}


def _conditions(told: dict[str, Any]) -> Sequence[str]:
    load, sync = told["load_before"][0], told["sync_ms_before"]
    return (
        f"{os.cpu_count()} cores, load {load:.2f}, disk sync {sync} ms, {told['rounds']} rounds",
        ", ".join(f"{name} {number}" for name, number in told["versions"].items()),
    )


def _print_head(told: dict[str, Any]) -> None:
    print(*_conditions(told), sep="\n")


if __name__ == "__main__":
    sys.exit(main())
