"""The peer of B1f: the whole scoring job on quixstreams, exactly once.

Runs in its own environment. Each answer is checked against the instrument and kept with its version and
points in RocksDB (with changelog); a newer one moves the sums of every node above its item and the 24 gates.
Each change sends a score event and, for gates that flipped, gate events to Kafka, and the score is upserted
into PostgreSQL by quixstreams' own sink. All numbers are whole multiples of 1/denominator: exact, as ours.
This layout serves it best: one small key per item and one per unit; keeping a unit's answers in one value was
slower. Prints one JSON line: records, seconds from the first record handled to the last commit, CPU seconds,
memory, scores and gate flips sent.

    peer.py BOOTSTRAP TOPIC COUNT STATE_DIR DATABASE_URL INSTRUMENT_FILE
"""

import json
import resource
import sys
import time
import uuid
from collections.abc import Iterator
from math import gcd
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from quixstreams import Application, State
from quixstreams.sinks.community.postgresql import PostgreSQLSink

CONSUMER = {"fetch.queue.backoff.ms": 5, "queued.min.messages": 100_000, "fetch.wait.max.ms": 50}
PRODUCER = {"linger.ms": 20, "compression.type": "zstd", "batch.num.messages": 10_000}
YEARS = range(2000, 2101)
LAYERS = ("unit", "tpi", "tpn")
TOLD = ("unit_id", "year", "total", "upper", "answered", "version")
KEPT = (*TOLD, "gates_met")


class Scoring:
    """The instrument and the job; counts what it did."""

    def __init__(self, instrument: dict[str, Any]) -> None:
        self.denominator: int = instrument["denominator"]
        self.points: dict[str, dict[str, int]] = instrument["points"]
        self.best: dict[str, int] = instrument["best"]
        self.above: dict[str, list[int]] = instrument["above"]
        """Places in a unit's sums that an item adds to; the total stands at 0."""
        self.sums: int = instrument["sums"]
        self.gates: list[tuple[str, list[int], int, int]] = instrument["gates"]
        """Name, places of the basis, and the minimum as numerator and denominator."""
        self.top = sum(self.best.values())
        self.records = self.scores = self.flips = 0
        self.started = self.cpu = 0.0

    def apply(self, value: dict[str, Any], state: State) -> dict[str, Any] | None:
        """Take one answer; return the score when the answer was news."""
        if not self.records:
            self.started, self.cpu = time.perf_counter(), cpu_seconds()
        self.records += 1
        item, version, points = value["item_code"], value["version"], self.checked(value)
        known = state.get(item)
        if known is not None and version <= known[0]:
            return None
        unit = state.get("unit") or [[0] * self.sums, 0, 0, ""]
        sums, met_before = unit[0], unit[3]
        delta = points - (known[2] if known else 0)
        for place in self.above[item]:
            sums[place] += delta
        if known is None:
            unit[1] += 1
            unit[2] += self.best[item]
        unit[3] = met = " ".join(self.met(sums))
        state.set(item, [version, value["letter"], points])
        state.set("unit", unit)
        self.scores += 1
        flipped = [] if met == met_before else sorted(set(met.split()) ^ set(met_before.split()))
        self.flips += len(flipped)
        return {
            "unit_id": value["unit_id"],
            "year": value["year"],
            "total": self.exact(sums[0]),
            "upper": self.exact(sums[0] + self.top - unit[2]),
            "answered": unit[1],
            "version": version,
            "gates_met": met,
            "flipped": flipped,
        }

    def checked(self, value: dict[str, Any]) -> int:
        """Return the points of an answer that can be true; raises `ValueError` or `KeyError` for another."""
        version = value["version"]
        if not isinstance(value["unit_id"], str) or not isinstance(version, int) or version < 1:
            raise ValueError("no unit or no version")
        if value["year"] not in YEARS or value["layer"] not in LAYERS:
            raise ValueError("no year or no layer")
        return self.points[value["item_code"]][value["letter"]]

    def met(self, sums: list[int]) -> Iterator[str]:
        """Yield the names of the gates that sums meet."""
        for name, basis, minimum, of in self.gates:
            if sum([sums[place] for place in basis]) * of >= minimum * self.denominator:
                yield name

    def exact(self, points: int) -> str:
        """Return points as an exact fraction."""
        common = gcd(points, self.denominator)
        below = self.denominator // common
        return str(points // common) if below == 1 else f"{points // common}/{below}"


def main() -> None:
    bootstrap, topic_name, count_text, state_dir, database_url, instrument_file = sys.argv[1:]
    count = int(count_text)
    scoring = Scoring(json.loads(Path(instrument_file).read_text()))
    run = uuid.uuid4().hex[:8]
    app = Application(
        broker_address=bootstrap,
        consumer_group=f"peer-{run}",
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        state_dir=state_dir,
        loglevel="ERROR",
        commit_interval=5.0,
        commit_every=0,
        consumer_extra_config=CONSUMER,
        producer_extra_config=PRODUCER,
    )
    source = app.topic(topic_name, value_deserializer="json", key_deserializer="str")
    scores = app.topic(f"peer-scores-{run}", value_serializer="json", key_serializer="str")
    gates = app.topic(f"peer-gates-{run}", value_serializer="json", key_serializer="str")

    def apply(value: dict[str, Any], state: State) -> dict[str, Any] | None:
        score = scoring.apply(value, state)
        if scoring.records >= count:
            app.stop()  # a count given to `run` would count outputs, and keep them all in memory
        return score

    stream = app.dataframe(source).apply(apply, stateful=True).filter(lambda score: score is not None)
    stream.apply(lambda score: {name: score[name] for name in TOLD}).to_topic(scores)
    flipped = stream.filter(lambda score: bool(score["flipped"])).apply(gate_events, expand=True)
    flipped.to_topic(gates)
    stream.apply(lambda score: {name: score[name] for name in KEPT}).sink(sink(database_url))
    app.run()
    print(
        json.dumps(
            {
                "records": scoring.records,
                "seconds": time.perf_counter() - scoring.started,
                "cpu_seconds": cpu_seconds() - scoring.cpu,
                "max_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
                "scores": scoring.scores,
                "flips": scoring.flips,
            }
        )
    )


def gate_events(score: dict[str, Any]) -> list[dict[str, Any]]:
    """Return an event per flipped gate."""
    met = set(score["gates_met"].split())
    return [
        {"unit_id": score["unit_id"], "gate": gate, "is_met": gate in met, "version": score["version"]}
        for gate in score["flipped"]
    ]


def sink(database_url: str) -> PostgreSQLSink:
    """Return the sink that keeps the newest score of each unit's year."""
    parts = urlsplit(database_url)
    return PostgreSQLSink(
        host=parts.hostname,
        port=parts.port,
        dbname=parts.path[1:],
        user=parts.username,
        password=unquote(parts.password or ""),
        table_name="score",
        primary_key_columns=["unit_id", "year"],
        upsert_on_primary_key=True,
        include_metadata=False,
    )


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
