"""CO: this checkout beside another one of the project in the same run: does a change cost speed?

    AGAINST=HEAD~1 IDS=CO make bench      a revision, checked out into a temporary worktree
    AGAINST=../before IDS=CO make bench   a checkout that is there

Both score the same filled topic as in B1, each by its own code over its own migrated schema, turn by turn.
"""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

from tests.bench.b1_scoring import filled
from tests.bench.measure import Comparison, Effort, Round, alternate, ratios, report
from tests.bench.peer_runs import HERE
from tests.bench.scoring_runs import bars, of_checkout, side_line
from tests.bench.servers import Servers

GOAL = 0.95
"""Rounds on one machine agree within about a twentieth."""


def run(servers: Servers, effort: Effort) -> dict[str, Any]:
    """Compare rate, CPU and log with the checkout or the revision that `AGAINST` names."""
    named = os.environ.get("AGAINST")
    if named is None:
        return report("CO", "two checkouts", (), ["  skipped: AGAINST names no revision to compare with"])
    _, truth = filled(servers, effort)
    with checkout(named) as other:
        of_checkout(servers, truth, HERE)  # warms broker and database
        sides = alternate(
            {
                "this": lambda: of_checkout(servers, truth, HERE),
                named: lambda: of_checkout(servers, truth, other),
            },
            effort.rounds,
        )
    costs: dict[str, Callable[[Round], float]] = {
        "client CPU": Round.cpu_us,
        "relay CPU": lambda one: one.cpu_us("relay"),
        "CPU of client, broker and database": Round.whole_us,
        "WAL per event": lambda one: float(one.detail["wal_bytes_per_record"]),
    }
    this, other_side = sides["this"], sides[named]
    speed = ratios(this, other_side, lambda one: one.per_second)
    comparisons = [
        Comparison(f"events/s over {named}", speed, GOAL),
        *(
            Comparison(
                f"{what} over {named}",
                ratios(this, other_side, cost),
                round(1 / GOAL, 2),
                is_lower_better=True,
            )
            for what, cost in costs.items()
        ),
    ]
    return report(
        "CO",
        f"{truth.good:,} answers by two checkouts",
        comparisons,
        [side_line(name, found) for name, found in sides.items()],
        bars=bars(sides),
    )


@contextmanager
def checkout(named: str) -> Iterator[Path]:
    """Yield a folder with that revision's code: the folder itself, or a worktree that lasts for the block."""
    if Path(named).is_dir():
        yield Path(named).resolve()
        return
    with tempfile.TemporaryDirectory(prefix="zi-bench-against-") as folder:
        place = Path(folder) / "checkout"
        _git("worktree", "add", "--quiet", "--detach", str(place), named)
        try:
            yield place
        finally:
            _git("worktree", "remove", "--force", str(place))


def _git(*arguments: str) -> None:
    done = subprocess.run(
        [which("git") or "git", *arguments], cwd=HERE, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"git {' '.join(arguments[:2])}: {done.stderr.strip()}")
