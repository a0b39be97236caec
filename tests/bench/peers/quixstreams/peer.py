"""The peer of B1: the same scoring job on quixstreams, exactly once, with changelog and output topic.

Runs in its own environment. Reads `count` answer events, keeps each unit's item values and running total
in RocksDB state (the layout that serves it best: two small keys an event), sends the
new total of the unit for every event, and prints one JSON line: records, seconds from the first
record handled to the last commit, CPU seconds and memory.

    peer.py BOOTSTRAP TOPIC COUNT STATE_DIR VARIANT     VARIANT: default | tuned
"""

import json
import resource
import sys
import time
import uuid
from typing import Any

from quixstreams import Application, State

LETTERS = {"A": 1.0, "B": 0.75, "C": 0.5, "D": 0.25, "E": 0.0}
TUNED_CONSUMER = {"fetch.queue.backoff.ms": 5, "queued.min.messages": 100_000, "fetch.wait.max.ms": 50}
TUNED_PRODUCER = {"linger.ms": 20, "compression.type": "zstd", "batch.num.messages": 10_000}


def main() -> None:
    bootstrap, topic_name, count_text, state_dir, variant = sys.argv[1:]
    count = int(count_text)
    run = uuid.uuid4().hex[:8]
    is_tuned = variant == "tuned"
    app = Application(
        broker_address=bootstrap,
        consumer_group=f"peer-{run}",
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        state_dir=state_dir,
        loglevel="ERROR",
        commit_interval=5.0,
        commit_every=0,
        consumer_extra_config=TUNED_CONSUMER if is_tuned else {"fetch.queue.backoff.ms": 5},
        producer_extra_config=TUNED_PRODUCER if is_tuned else {},
    )
    source = app.topic(topic_name, value_deserializer="json", key_deserializer="str")
    target = app.topic(f"peer-out-{run}", value_serializer="json", key_serializer="str")
    seen = {"n": 0, "started": 0.0, "cpu": 0.0}

    def score(value: dict[str, Any], state: State) -> dict[str, Any]:
        if seen["n"] == 0:
            seen["started"] = time.perf_counter()
            seen["cpu"] = cpu_seconds()
        seen["n"] += 1
        item = value["item_code"]
        known = state.get(item)
        total = state.get("total") or 0.0
        if known is None or value["version"] > known[0]:
            points = LETTERS[value["letter"]]
            total += points - (known[1] if known else 0.0)
            state.set(item, [value["version"], points])
            state.set("total", total)
        if seen["n"] >= count:
            app.stop()  # a count given to `run` would keep every output in memory
        return {"unit_id": value["unit_id"], "total": total, "version": value["version"]}

    stream = app.dataframe(source)
    stream = stream.apply(score, stateful=True).to_topic(target)
    app.run()
    seconds = time.perf_counter() - seen["started"]
    print(
        json.dumps(
            {
                "records": seen["n"],
                "seconds": seconds,
                "cpu_seconds": cpu_seconds() - seen["cpu"],
                "max_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
            }
        )
    )


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
