"""SIGKILL of services, relay and consumer while commands flow: nothing is lost, nothing is doubled.

Accepted commands, distinct events, outbox rows and effects are counted and must be equal; the score must be
what a second implementation computes from the history. A violation prints its seed.
"""

import asyncio
import os
from functools import partial
from pathlib import Path

import pytest

from deploy.local.state import SERVICES
from tests.chaos.client import Caller
from tests.chaos.history import History
from tests.chaos.nemesis import Nemesis, Target
from tests.chaos.oracle import (
    Verdict,
    judge_complaints,
    judge_facts,
    judge_outbox,
    judge_scores,
    judge_survey,
    judge_topics,
    read_topics,
)
from tests.chaos.sheet import YEAR
from tests.chaos.stand import CONSUMERS, RELAYS, Stand
from tests.chaos.workload import Workload
from tests.support.polling import until

KILLS = 20
EVENTS_PER_SECOND = 40
COMMANDS_PER_SECOND = EVENTS_PER_SECOND / 3.8
"""Six of ten commands cause five events, four cause two."""
PROBES = dict.fromkeys(SERVICES, "/readyz") | dict.fromkeys(RELAYS, "/livez") | {CONSUMERS[1]: "/livez"}
"""What tells of each process that it is back; of two of a kind one may rightly wait for its right."""


async def quiet(stand: Stand) -> bool:
    """Tell whether no tally waits, every outbox is empty and scoring has applied everything."""
    if await stand.value("survey", "SELECT count(*) FROM campaign WHERE told_tally IS NOT NULL"):
        return False
    for service in SERVICES:
        if await stand.value(service, "SELECT count(*) FROM outbox_waiting"):
            return False
    standing = await stand.zi("consumer", "status", "--service", "scoring", "--json")
    return standing.code == 0 and all(place["lag"] == 0 and not place["halted"] for place in standing.json())


def pids(stand: Stand, process: str) -> list[int]:
    child = stand.supervisor.child(process)
    return [] if child.exit_code() is not None else [child.pid]


@pytest.mark.parametrize("seed", [int(os.environ.get("ZI_CHAOS_SEED", "7"))])
async def test_twenty_kills_lose_and_double_nothing(running_stand: Stand, seed: int) -> None:
    stand = running_stand  # without the check of `stand` that no process ends
    history = History()
    caller = Caller(history)
    workload = Workload(stand, seed, people=120)
    await workload.prepare()
    targets = [
        Target(name, partial(pids, stand, name), partial(stand.is_ready, name, probe))
        for name, probe in PROBES.items()
    ]
    nemesis = Nemesis(seed, targets, KILLS)
    stop = asyncio.Event()
    load = asyncio.create_task(workload.run(caller, stop, per_second=COMMANDS_PER_SECOND))
    await nemesis.run()
    stop.set()
    await load
    await caller.settle(seconds=60)
    await caller.close()
    await until(lambda: quiet(stand), seconds=90, what="outboxes empty, lag 0")
    stand.ended.clear()

    verdict = Verdict()
    records = await read_topics(stand.kafka.bootstrap)
    mine = [record for record in records if record.unit_id in workload.units]
    judge_topics(verdict, records)
    judge_facts(verdict, mine, workload.facts(history))
    for service in SERVICES:
        await judge_outbox(verdict, stand.database(service), service, records)
    scoring = stand.database("scoring")
    await judge_scores(verdict, scoring, history, workload.units[0], YEAR)
    await judge_complaints(
        verdict, scoring, stand.database("complaints"), workload.units[1], history.accepted("/cases")
    )
    await judge_survey(
        verdict,
        stand.database("survey"),
        scoring,
        workload.units[2],
        willing=history.accepted("/consent"),
        answered=history.accepted("/responses"),
    )
    verdict.counted |= {
        "seed": seed,
        "kills": dict(nemesis.done),
        "commands": history.counts(),
        "slowest recovery in s": round(max(nemesis.recoveries), 1),
    }
    verdict.write(Path(__file__).parents[2] / "test-output" / "chaos.json")
    assert sum(nemesis.done.values()) == KILLS
    assert history.counts()["unknown"] == 0
    assert verdict.violations == [], f"seed {seed}"
