"""A rebuild in a process of its own, by bulk or record by record as live, over topics that are filled.

    python -m tests.bench.subject_rebuild BOOTSTRAP DATABASE_URL bulk|live

Prints one JSON line: records and unit years, the seconds of reading, of counting
and of the end, CPU seconds, memory, digest. Imports of this process do not count.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

from services.scoring import rebuild as rebuilding
from services.scoring.rebuilding.gathering import BATCH_RECORDS
from services.scoring.rebuilding.logs import Logs, size
from services.scoring.rebuilding.one_by_one import apply_as_live
from services.scoring.rebuilding.shard import Gathered
from shared.consumer.dead_letters import Reasons
from shared.db import Database
from shared.kafka.reader import Reader


async def as_live(
    db: Database, reader: Reader, parts: list[Logs], dead: Reasons, say: Callable[[int, int], None]
) -> Gathered:
    """Replay all logs through the live fold: what a rebuild was before it went by bulk."""
    starts = {place: start for logs in parts for place, (start, _) in logs.items()}
    ends = {place: end for logs in parts for place, (_, end) in logs.items()}
    gathered, total = Gathered(), sum(map(size, parts))
    async for batch in reader.batches(starts, ends, at_once=BATCH_RECORDS):
        gathered.records += await apply_as_live(db, batch, dead)
        say(gathered.records, total)
    return gathered


def measure(bootstrap: str, db_url: str, way: str) -> dict[str, Any]:
    """Rebuild and return the figures."""
    ends: dict[str, tuple[float, float, int]] = {"": (time.perf_counter(), time.process_time(), 0)}

    def say(what: str, done: int, _: int) -> None:
        ends[what] = time.perf_counter(), time.process_time(), done

    with patch.object(rebuilding, "gather", as_live) if way == "live" else nullcontext():
        rebuilt = asyncio.run(rebuilding.rebuild(db_url, bootstrap, say=say))
    say("end", 1, 1)
    begun, read, ended = (ends[name] for name in ("", "records", "end"))
    counted = ends.get("unit years", (*read[:2], 0))  # the live fold has counted on its way
    return {
        "records": rebuilt.records,
        "unit_years": counted[2],
        "seconds": [read[0] - begun[0], counted[0] - read[0], ended[0] - counted[0]],
        "cpu_seconds": [read[1] - begun[1], counted[1] - read[1], ended[1] - counted[1]],
        "max_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "digest": rebuilt.digest.text,
    }


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
