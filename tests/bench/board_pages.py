"""PG: scoreboard and pages of a unit of scoring with 12, 2,000 and 5,000 units whose worksheets are full.

The units' registers, programmes, stages, all 113 answers, the surveys of four fifths of them and the
proposals of three fifths are folded by scoring's own fold; the pages come from its real api role over HTTP,
read one after the other by a browser session of a national reader.
"""

import asyncio
import random
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

from shared.contracts.base import EventData
from shared.db import Database
from shared.http.addresses import scoreboard, unit_page
from shared.instruments.lke import lke_instrument
from tests.bench.http_runs import Request, Served, serving
from tests.bench.measure import Bar, Comparison, Effort, percentile, report, summary
from tests.bench.scoring_runs import fresh
from tests.bench.servers import Servers, drop_database
from tests.support.lke import best
from tests.support.scoring import (
    YEAR,
    answered,
    fold_all,
    programme,
    proposed,
    registered,
    staged,
    tally,
    threshold,
)

QUICK_SIZES, FULL_SIZES = (12, 500), (12, 2_000, 5_000)
GOAL_MS = 100
WARM_UP = 5
BATCH = 4_000
BEST = best()
NARROW = "status=unmet&stage=desk&proposed=yes&missed=A.*.1&filled=full&survey=not_met&sort=gate"
NEXT_PAGE = re.compile(r'href="([^"]*cursor=[^"]*)"')


def run(servers: Servers, effort: Effort) -> dict[str, Any]:
    """Read each page at each size; the goal is of the largest size."""
    usual = FULL_SIZES if effort.is_full else QUICK_SIZES
    sizes = [max(usual[0], round(size * effort.share)) for size in usual]
    reads = effort.of(30, 100)
    target = fresh(servers)
    found: dict[int, dict[str, list[float]]] = {}
    filled = 0
    with tempfile.TemporaryDirectory(prefix="zi-bench-pages-") as folder:
        for size in sizes:
            asyncio.run(_fill(target.app_url, filled, size))
            filled = max(filled, size)
            with serving("scoring", target.app_url, Path(folder) / str(size)) as one:
                found[size] = _read_all(one, effort.rounds, reads)
    asyncio.run(drop_database(servers.postgres, target.name))
    comparisons = [
        Comparison(f"p95 of {page} at {sizes[-1]:,} units", values, GOAL_MS, is_lower_better=True, unit=" ms")
        for page, values in found[sizes[-1]].items()
    ]
    lines = [
        f"  {page} at {size:,} units: p95 {summary(values)} ms"
        for size, pages in found.items()
        for page, values in pages.items()
    ]
    bars = [
        Bar(f"{page}, p95 ms", f"ours, {size:,} units", pages[page])
        for page in found[sizes[-1]]
        for size, pages in found.items()
        if page in pages
    ]
    return report("PG", "pages of scoring, worksheets full", comparisons, lines, bars=bars, p95_ms=found)


def _read_all(one: Served, rounds: int, reads: int) -> dict[str, list[float]]:
    """Return the p95 in milliseconds of each page, per round."""
    first = scoreboard(YEAR)
    found = httpx2.get(f"http://127.0.0.1:{one.port}{first}", headers=one.reader, timeout=60)
    following = NEXT_PAGE.search(found.raise_for_status().text)
    pages = {
        "scoreboard, first page": first,
        "scoreboard, every filter": f"{first}&{NARROW}",
        "unit page": unit_page("unit-1", YEAR),
        "way to the predicate": f"{unit_page('unit-1')}/jalan?year={YEAR}&most_areas=3",
        "history of a year": f"{unit_page('unit-1')}/riwayat?year={YEAR}",
    }
    if following is not None:
        pages["scoreboard, second page"] = following.group(1).replace("&amp;", "&")
    p95: dict[str, list[float]] = {page: [] for page in pages}
    for number in range(rounds + 1):
        for page, target in pages.items():
            request: Request = {"method": "GET", "target": target, "headers": one.reader}
            took = one.load([request], connections=1, count=reads if number else WARM_UP).milliseconds
            if number:
                p95[page].append(percentile(took, 0.95))
    return p95


async def _fill(url: str, begin: int, end: int) -> None:
    db = Database(url, pool_size=2)
    facts: list[EventData] = []
    for number in range(begin, end):
        facts += _facts(number)
        if len(facts) >= BATCH:
            await fold_all(db, facts, batch=BATCH)
            facts.clear()
    await fold_all(db, facts, batch=BATCH)
    await db.close()


def _facts(number: int) -> Iterator[EventData]:
    """Yield a unit, its programme, survey and an answer to every item: letters as drawn, counts at best."""
    unit, draw, full = f"unit-{number}", random.Random(number), BEST
    yield registered(unit, agency_id=f"agency-{number % 40}", region=f"Wilayah {number % 12}")
    yield programme(unit, target="WBBM" if number % 5 == 0 else "WBK")
    if number % 5:
        yield tally(unit, f"campaign-{number}")
        yield threshold(unit, f"campaign-{number}", finished=25 + number % 9)
    yield staged(unit, ("penilaian_tpi", "desk", "desk")[number % 3])
    if number % 5 < 3:
        yield proposed(unit)
    for version, (code, question) in enumerate(lke_instrument().questions.items(), 1):
        letters = () if question.scale is None else tuple(question.scale.values)[:2]
        yield answered(unit, version, code, draw.choice(letters) if letters else full[code])
