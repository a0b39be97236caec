"""B11: what an event costs when the stream is not the usual one, and whether a filling database gets slower.

Each shape is scored by our consumer over a fresh database, turn by turn with the usual stream of as many
records: ten times the units, half of the records sent twice, one in a hundred poison, half of the answers of
one hot unit. Cost is CPU of client, broker and database per record. The drift is the cost of the last fifth
of a fill over that of its first, client and database.

Ten times the units bring fewer answers of a unit in a batch, and a year is counted once a batch: beside a
backlog, where that saving goes, both are scored once more in batches as small as live ones and with as many
answers of each unit, and the last fifths are compared: what is left is the size of the tables.
"""

import asyncio
import statistics
from typing import Any

from tests.bench.measure import Bar, Comparison, Effort, Round, ratios, report, summary
from tests.bench.scoring_runs import ours
from tests.bench.servers import Servers
from tests.bench.subject_scoring import FIFTHS
from tests.bench.truth import Truth
from tests.bench.workload import UNITS, Mix, refill

QUICK_EVENTS, FULL_EVENTS = 120_000, 360_000
FEWEST_BATCHES = 10
"""Two for each fifth of a fill: with fewer their costs say nothing."""
LIVE_BATCH = 250
"""Records: 500 events a second, twice a second."""
GOAL, GOAL_MEMORY = 1.2, 1.1
MANY = "ten times the units"
USUAL = "the usual stream"


def run(servers: Servers, effort: Effort) -> dict[str, Any]:
    """Compare each shape with the usual stream, and the last fifth of the usual one with its first."""
    events = effort.of(QUICK_EVENTS, FULL_EVENTS)
    shapes = {
        MANY: Mix(events, units=10 * UNITS),
        "half of the records sent twice": Mix(events, duplicates=0.5),
        "one in a hundred poison": Mix(events, poison=0.01),
        "half of the answers of one unit": Mix(events, hot=0.5),
    }
    sides: dict[str, list[Round]] = {}
    usual: dict[str, list[Round]] = {}
    _scored(servers, Mix(events))  # warms broker and database
    for number in range(effort.rounds):
        names = list(shapes) if number % 2 == 0 else list(reversed(shapes))
        beside = _scored(servers, Mix(events))
        for name in names:
            sides.setdefault(name, []).append(_scored(servers, shapes[name]))
            usual.setdefault(name, []).append(beside)
    comparisons = [
        Comparison(
            f"cost of an event, {name}",
            ratios(rounds, usual[name], Round.whole_us),
            GOAL,
            is_lower_better=True,
        )
        for name, rounds in sides.items()
    ]
    memory = ratios(sides[MANY], usual[MANY], lambda one: float(one.detail["max_rss_mb"]))
    comparisons.append(Comparison(f"memory, {MANY}", memory, GOAL_MEMORY, is_lower_better=True))
    sides[USUAL] = usual[MANY]
    live = _live(servers, effort)
    in_live = [many / few for many, few in zip(live[MANY], live[USUAL], strict=True)]
    comparisons.append(
        Comparison(f"cost of an event, {MANY}, live batches", in_live, GOAL, is_lower_better=True)
    )
    lines = [
        f"  {name}: {summary([one.whole_us() for one in rounds])} us/event" for name, rounds in sides.items()
    ]
    if min(one.detail["batches"] for one in sides[USUAL]) < FEWEST_BATCHES:
        lines.append("  no drift measured: too few batches; more events are needed")
    else:
        fifths = [[fifth_cost(fifth) for fifth in one.detail["fifths"]] for one in sides[USUAL]]
        drift = [one[-1] / one[0] for one in fifths]
        what = "last fifth of a fill over the first"
        comparisons.append(Comparison(what, drift, GOAL, is_lower_better=True))
        each = [
            statistics.median(costs) * 1e6 * len(fifths[0]) / events for costs in zip(*fifths, strict=True)
        ]
        told = ", ".join(f"{one:.1f}" for one in each)
        lines.append(f"  fifths of a fill, client and database: {told} us/event")
    lines += [f"  {name}, live batches: {summary(costs)} us/event" for name, costs in live.items()]
    panel = "cost of an event, us"
    bars = [Bar(panel, f"ours, {name}", [one.whole_us() for one in rounds]) for name, rounds in sides.items()]
    return report("B11", f"{events:,} records of several shapes", comparisons, lines, bars=bars)


def fifth_cost(fifth: dict[str, float]) -> float:
    """Return the CPU seconds of a fifth."""
    return fifth["client"] + fifth["database"]


def _live(servers: Servers, effort: Effort) -> dict[str, list[float]]:
    """Return what an event costs at the end of a fill in small batches, in us: few units and many."""
    events = effort.of(QUICK_EVENTS, FULL_EVENTS)
    mixes = {USUAL: Mix(events // 10), MANY: Mix(events, units=10 * UNITS)}
    costs: dict[str, list[float]] = {name: [] for name in mixes}
    for number in range(effort.rounds):
        for name in sorted(mixes, reverse=number % 2 == 1):
            last = _scored(servers, mixes[name], most=LIVE_BATCH).detail["fifths"][-1]
            costs[name].append(fifth_cost(last) * 1e6 * FIFTHS / mixes[name].events)
    return costs


def _scored(servers: Servers, mix: Mix, *, most: int = 0) -> Round:
    asyncio.run(refill(servers.kafka, mix))
    return ours(servers, Truth.of(mix), most=most)
