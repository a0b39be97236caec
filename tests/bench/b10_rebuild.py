"""B10: rebuild scoring from its topics, six of ten events of complaint cases; the digest must equal live's.

The live consumer scores the filled topics first: its rate is the yardstick, its digest the truth. Then the
public entry of the rebuild replays them into an empty database, in one process and in two. A unit's year
holds as many events as in a national year, which is reckoned from what an event and a unit year cost beyond
what a rebuild of nothing takes.
"""

import asyncio
import statistics
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from services.scoring.store.digest import digest
from shared.contracts.complaints import CaseFact
from shared.contracts.planning import WorksheetAnswered
from shared.db import Database
from tests.bench.measure import Bar, Comparison, Effort, Round, alternate, report, summary
from tests.bench.peer_runs import HERE, run_json
from tests.bench.scoring_runs import fresh, measured, side_line
from tests.bench.servers import Metered, Servers, drop_database
from tests.bench.subject_rebuild import STAGES
from tests.bench.workload import YEAR_EVENTS, YEAR_UNITS, Mix, refill

QUICK_EVENTS, FULL_EVENTS = 300_000, 1_000_000
"""Of 100,000 what a process does for the first time is still a third of the time."""
CASES = 0.6
TOPICS = (WorksheetAnswered.topic, CaseFact.topic)
GOAL_MINUTES = {1: 5, 2: 3}
GOAL_MB = 400

Stages = dict[str, dict[str, float]]
"""By stage: wall seconds, CPU seconds of client and database."""


def run(servers: Servers, effort: Effort) -> dict[str, Any]:
    """Rebuild with one and with two processes, in turns."""
    events = effort.of(QUICK_EVENTS, FULL_EVENTS)
    mix = Mix(events, units=max(1, events * YEAR_UNITS // YEAR_EVENTS), cases=CASES)
    asyncio.run(refill(servers.kafka, mix))
    live, truth = _live(servers, mix.events)
    sides = {str(number): partial(_rebuilt, servers, events, number, truth) for number in GOAL_MINUTES}
    found = {int(name): rounds for name, rounds in alternate(sides, effort.rounds).items()}
    for processes, rounds in found.items():
        nothing = _rebuild(servers, processes, "nothing").detail["stages"]
        for one in rounds:
            one.detail["stages"] = beyond(one.detail["stages"], nothing)
    years = {processes: [year_minutes(one) for one in rounds] for processes, rounds in found.items()}
    memory = [one.detail["max_rss_mb"] for rounds in found.values() for one in rounds]
    comparisons = [
        *(
            Comparison(
                f"a national year by calculation, {processes} process{'es' if processes > 1 else ''}",
                years[processes],
                goal,
                is_lower_better=True,
                unit=" min",
            )
            for processes, goal in GOAL_MINUTES.items()
        ),
        Comparison("memory of a process", [max(memory)], GOAL_MB, is_lower_better=True, unit=" MB"),
    ]
    lines = [side_line("live", [live])]
    for processes, rounds in found.items():
        lines += [rebuild_line(processes, rounds), *(stage_line(stage, rounds) for stage in STAGES)]
    bars = [Bar("rebuild, events/s", "live", [live.per_second])] + [
        Bar("rebuild, events/s", f"ours, {processes} at a time", [one.per_second for one in rounds])
        for processes, rounds in found.items()
    ]
    what = (
        f"rebuild from {mix.events:,} events of {mix.units} unit years, {CASES:.0%} of cases; a national "
        f"year is {YEAR_EVENTS:,} of {YEAR_UNITS:,}"
    )
    return report("B10", what, comparisons, lines, bars=bars, year_minutes=years)


def beyond(stages: Stages, nothing: Stages) -> Stages:
    """Return what each stage took beyond what it takes by itself."""
    return {
        stage: {of: max(0.0, spent - nothing[stage][of]) for of, spent in stages[stage].items()}
        for stage in STAGES
    }


def year_minutes(one: Round, of: str = "seconds") -> float:
    """Return what a national year takes by what an event and a unit year took: time, or CPU of a part."""
    stages, events, unit_years = one.detail["stages"], one.records, one.detail["unit_years"]
    by_event = (stages["fold"][of] + stages["end"][of]) / events
    return float(YEAR_EVENTS * by_event + YEAR_UNITS * stages["count"][of] / unit_years) / 60


def rebuild_line(processes: int, rounds: Sequence[Round]) -> str:
    """Return one line about a number of processes: rate, log, and the CPU that a national year takes."""
    return (
        f"  rebuild in {processes}: {summary([one.per_second for one in rounds])} events/s, digest equal; "
        f"WAL {summary([one.detail['wal_bytes_per_record'] for one in rounds])} B/event; a year takes "
        f"{summary([year_minutes(one, 'client') for one in rounds])} min of the client's CPU, "
        f"{summary([year_minutes(one, 'database') for one in rounds])} of the database's"
    )


def stage_line(stage: str, rounds: Sequence[Round]) -> str:
    """Return what a stage cost: of an event, or of a unit year where these are counted."""
    whole, unit, scale = (
        ("unit_years", "ms/unit year", 1e3) if stage == "count" else ("records", "us/event", 1e6)
    )

    def each(of: str) -> str:
        values = [scale * one.detail["stages"][stage][of] / one.detail[whole] for one in rounds]
        return f"{statistics.median(values):.2f}"

    return (
        f"{stage}, {unit}: {each('seconds')}; CPU of the client {each('client')}, database {each('database')}"
    )


def _live(servers: Servers, events: int) -> tuple[Round, str]:
    target = fresh(servers)
    found = measured(servers, target, events, HERE, TOPICS)
    truth = asyncio.run(_digest(target.owner_url))
    asyncio.run(drop_database(servers.postgres, target.name))
    return found, truth


def _rebuilt(servers: Servers, events: int, processes: int, truth: str) -> Round:
    """Rebuild; raises unless the digest is the live one's."""
    found = _rebuild(servers, processes)
    if found.detail["digest"] != truth or found.records != events:
        raise AssertionError(f"{found.records} of {events} rebuilt: {found.detail['digest']}, not {truth}")
    return found


def _rebuild(servers: Servers, processes: int, *amount: str) -> Round:
    """Rebuild into a fresh database."""
    target = fresh(servers, begins=False)
    module = "tests.bench.subject_rebuild"
    asked = (target.owner_url, servers.kafka, str(processes), str(servers.postgres_pid), *amount)
    with Metered(servers) as meter:
        found = run_json([sys.executable, "-m", module, *asked])
    asyncio.run(drop_database(servers.postgres, target.name))
    return meter.round(found)


async def _digest(url: str) -> str:
    db = Database(url, pool_size=1)
    async with db.reading(patient=True) as session:
        found = await digest(session)
    await db.close()
    return found.text
