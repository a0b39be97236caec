"""B1 and B1f: durable scored events a second, beside quixstreams exactly once.

All read the same filled topic from its start, each in a fresh process, over fresh state. Ours validates
every event, keeps facts, sheets, scores, gates and change lines in PostgreSQL and writes outbox rows. The
peer of B1 keeps items and a running total in RocksDB with a changelog and sends each new total; the peer of
B1f does our job (`peers/quixstreams_full`). CPU counts the client: for ours with the relay that publishes the
outbox afterwards; broker and database are printed beside.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from tests.bench.measure import Comparison, Effort, Round, alternate, ratios, report
from tests.bench.peer_runs import interpreter, same_job, total_only
from tests.bench.scoring_runs import bars, ours, side_line
from tests.bench.servers import Servers
from tests.bench.truth import Truth
from tests.bench.workload import Mix, refill

QUICK_EVENTS, FULL_EVENTS = 60_000, 540_000


def run(servers: Servers, effort: Effort) -> dict[str, Any]:
    """Compare with the better of the total-only peer's default and tuned settings."""
    mix, truth = filled(servers, effort)
    python = interpreter("quixstreams")
    if python is None:
        return _alone("B1", servers, truth, effort)
    ours(servers, truth)  # warms broker and database
    variants = {name: total_only(servers, python, mix.events, name) for name in ("default", "tuned")}
    best = max(variants, key=lambda name: variants[name].per_second)
    name = f"quixstreams ({best}), a running total"
    goals = {"events/s": 2.7, "client CPU": 0.4, "memory": 0.3}
    return _compare(
        "B1", servers, truth, effort, name, goals, lambda: total_only(servers, python, mix.events, best)
    )


def run_same_job(servers: Servers, effort: Effort) -> dict[str, Any]:
    """Compare with the peer that does the same job."""
    mix, truth = filled(servers, effort)
    python = interpreter("quixstreams_full")
    if python is None:
        return _alone("B1f", servers, truth, effort)
    ours(servers, truth)  # warms broker and database
    same_job(servers, python, mix.events, truth)
    goals = {"events/s": 4.5, "client CPU": 0.25}
    return _compare(
        "B1f",
        servers,
        truth,
        effort,
        "quixstreams, the same job",
        goals,
        lambda: same_job(servers, python, mix.events, truth),
    )


def filled(servers: Servers, effort: Effort) -> tuple[Mix, Truth]:
    """Fill the topic; return what is on it and what it must come to."""
    mix = Mix(effort.of(QUICK_EVENTS, FULL_EVENTS))
    asyncio.run(refill(servers.kafka, mix))
    return mix, Truth.of(mix)


def _compare(
    id_: str,
    servers: Servers,
    truth: Truth,
    effort: Effort,
    peer: str,
    goals: dict[str, float],
    theirs: Callable[[], Round],
) -> dict[str, Any]:
    sides = alternate({"ours": lambda: ours(servers, truth), peer: theirs}, effort.rounds)
    figures: dict[str, Callable[[Round], float]] = {
        "events/s": lambda one: one.per_second,
        "client CPU": Round.cpu_us,
        "memory": lambda one: float(one.detail["max_rss_mb"]),
    }
    comparisons = [
        Comparison(
            f"{what} over {peer}",
            ratios(sides["ours"], sides[peer], figures[what]),
            goal,
            is_lower_better=what != "events/s",
        )
        for what, goal in goals.items()
    ]
    return report(
        id_,
        f"{truth.good:,} answers scored durably",
        comparisons,
        [side_line(name, found) for name, found in sides.items()],
        bars=bars(sides),
    )


def _alone(id_: str, servers: Servers, truth: Truth, effort: Effort) -> dict[str, Any]:
    found = [ours(servers, truth) for _ in range(effort.rounds)]
    lines = [side_line("ours", found), "  peer: absent, its environment could not be installed"]
    return report(id_, f"{truth.good:,} answers scored durably", (), lines, bars=bars({"ours": found}))
