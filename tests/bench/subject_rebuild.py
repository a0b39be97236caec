"""B10's side: the public entry of scoring's rebuild, in a process of its own that may start others.

    python -m tests.bench.subject_rebuild DATABASE_URL BOOTSTRAP PROCESSES POSTGRES_PID [nothing]

With `nothing` no record is read: what a rebuild takes by itself.
Prints one JSON line: records, seconds, CPU seconds of all processes, memory of the largest, the digest, and
what each stage took.
"""

import asyncio
import gc
import json
import os
import resource
import sys
import time
from itertools import pairwise
from typing import Any

from services.scoring.rebuild import rebuild
from shared.kafka.client import Partition
from shared.server.serving import GC_THRESHOLDS
from tests.bench.measure import cpu_of_tree

STAGES = ("fold", "count", "end")
"""Reading, folding and writing facts; counting unit years; adopting versions, and the digest."""


class Marks:
    """What had been spent when each stage began: wall seconds, CPU seconds of ours and of the database."""

    def __init__(self, postgres_pid: int) -> None:
        self._pid = postgres_pid
        self._spent: list[tuple[float, float, float]] = []
        self._stage = ""
        self.unit_years = 0

    def say(self, what: str, done: int, total: int) -> None:
        """Note the beginning of a stage, and the end of counting."""
        if what != self._stage:
            self._stage = what
            self.mark()
        if what == "unit years" and done == total:
            self.unit_years = total
            self.mark()

    def mark(self) -> None:
        self._spent.append((time.perf_counter(), cpu_of_tree(os.getpid()), cpu_of_tree(self._pid)))

    def stages(self) -> dict[str, dict[str, float]]:
        """Return what each stage took."""
        names = ("seconds", "client", "database")
        return {
            stage: dict(zip(names, (b - a for a, b in zip(one, two, strict=True)), strict=True))
            for stage, (one, two) in zip(STAGES, pairwise(self._spent), strict=True)
        }


async def measure(
    url: str, bootstrap: str, processes: int, postgres_pid: int, ends: dict[Partition, int] | None
) -> dict[str, Any]:
    """Rebuild up to these offsets and return the figures."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    marks = Marks(postgres_pid)
    started, cpu = time.perf_counter(), cpu_of_tree(os.getpid())
    found = await rebuild(url, bootstrap, ends, processes=processes, say=marks.say)
    marks.mark()
    return {
        "records": found.records,
        "unit_years": marks.unit_years,
        "seconds": time.perf_counter() - started,
        "cpu_seconds": cpu_of_tree(os.getpid()) - cpu,
        "max_rss_mb": max(
            resource.getrusage(who).ru_maxrss / 1000
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        ),
        "digest": found.digest.text,
        "stages": marks.stages(),
    }


if __name__ == "__main__":
    url, bootstrap, processes, postgres_pid, *amount = sys.argv[1:]
    found = measure(url, bootstrap, int(processes), int(postgres_pid), {} if amount else None)
    print(json.dumps(asyncio.run(found)))
