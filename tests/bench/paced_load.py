"""Act as people do, each at a pace of their own, and tell how long each answer took: a process of its own.

    python -m tests.bench.paced_load FILE      (JSON: host, port, pace_seconds, seconds, people)

Each of `people` is a list of turns; a turn is a list of requests with their `label`, sent one after another
over the person's kept connection. Turns begin `pace_seconds` apart whether the one before was quick or slow,
first at a moment that is drawn for each, and a late answer counts from when its turn was due: nobody waits
for a slow service without its being seen. Prints one JSON line: milliseconds of each answer by label, how
often each status came by label, and how many turns each person had.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from tests.bench.http_load import anew, answer, encoded

SEED = 1


async def act(plan: dict[str, Any]) -> dict[str, Any]:
    """Let everybody act and return the figures."""
    pace, host = plan["pace_seconds"], plan["host"]
    people = [
        [[(one["label"], encoded(host, one)) for one in turn] for turn in person] for person in plan["people"]
    ]
    took: dict[str, list[float]] = defaultdict(list)
    told: dict[str, Counter[int]] = defaultdict(Counter)
    draw = random.Random(SEED)
    begin = time.perf_counter() + 1
    ends = begin + plan["seconds"]

    async def person(turns: list[list[tuple[str, bytes]]], first: float) -> int:
        reader, writer = await asyncio.open_connection(host, plan["port"])
        done = 0
        for turn in turns:
            due = begin + first + done * pace
            if due >= ends:
                break
            await asyncio.sleep(max(0, due - time.perf_counter()))
            since = due
            for label, request in turn:
                writer.write(anew(request))
                status = await answer(reader)
                took[label].append((time.perf_counter() - since) * 1000)
                told[label][status] += 1
                since = time.perf_counter()
            done += 1
        writer.close()
        return done

    turns = await asyncio.gather(*(person(one, draw.uniform(0, pace)) for one in people))
    return {"milliseconds": took, "told": told, "turns": turns}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(act(json.loads(Path(sys.argv[1]).read_text())))))
