"""One process of B10: the public entry of scoring's rebuild.

    python -m tests.bench.subject_rebuild DATABASE_URL BOOTSTRAP PARTITIONS_FILE

The file names the partitions to replay, none of them for all. Prints one JSON line: records, seconds, CPU
seconds, memory, and the digest as numbers.
"""

import asyncio
import gc
import json
import resource
import sys
import time
from pathlib import Path
from time import process_time
from typing import Any

from services.scoring.consumer import SERVICE
from services.scoring.rebuild import rebuild
from shared.contracts.topics import consumed_by
from shared.kafka.client import Partition
from shared.kafka.reader import Reader
from shared.server.serving import GC_THRESHOLDS
from tests.bench.b10_rebuild import parts


async def measure(url: str, bootstrap: str, partitions: list[int]) -> dict[str, Any]:
    """Rebuild and return the figures."""
    ends = await _ends(bootstrap, partitions) if partitions else None
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    started, cpu = time.perf_counter(), process_time()
    found = await rebuild(url, bootstrap, ends)
    return {
        "records": found.records,
        "seconds": time.perf_counter() - started,
        "cpu_seconds": process_time() - cpu,
        "max_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "digest": parts(found.digest),
    }


async def _ends(bootstrap: str, partitions: list[int]) -> dict[Partition, int]:
    async with Reader(bootstrap, consumed_by(SERVICE)) as reader:
        return {place: end for place, end in (await reader.ends()).items() if place[1] in partitions}


if __name__ == "__main__":
    print(
        json.dumps(asyncio.run(measure(sys.argv[1], sys.argv[2], json.loads(Path(sys.argv[3]).read_text()))))
    )
