"""WS and WY: what the worksheet costs those who fill it, and those who open a year that is full.

WS: 50 operators, each in the worksheet of a unit of their own, save one item every five seconds through the
page's own save, and fetch the sums as its script does after each; on the machine's two cores, which also run
the load and the database. A save counts from the moment it was due. Every save must be taken, and the
worksheets must stand at exactly as many versions afterwards.
WY: one reader after another opens a unit's year with 113 items of five revisions in each of three layers,
notes and an evidence each: the largest area, the overview, and `GET worksheet`, among 50 such units.
"""

import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx2

from services.planning.evidence.domain import Form
from services.planning.evidence.usecases import add_evidence, written_content
from services.planning.layers import Layer
from services.planning.pages.worksheets.sheet import areas, questions_of
from services.planning.worksheets import store
from services.planning.worksheets.domain import Draft
from shared.db import Database
from shared.http.addresses import worksheet_page
from shared.http.crosssite import TOKEN_HEADER
from shared.instruments.lke import lke_instrument, parse_answer
from shared.security import Principal, Scope
from tests.bench.b6_b7_posts import AGENCY, YEAR, fill_planning
from tests.bench.http_load import FRESH
from tests.bench.http_runs import Request, Served, serving
from tests.bench.measure import Bar, Comparison, Effort, cpu_of_tree, percentile, report, summary
from tests.bench.peer_runs import run_json
from tests.bench.scoring_runs import fresh
from tests.bench.servers import Servers, drop_database

PEOPLE, PACE_SECONDS = 50, 5.0
SAVE_GOAL_MS, READ_GOAL_MS = 150, 200
REVISIONS = 5
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
WARM_UP = 3
UNITS = [f"unit-{number}" for number in range(PEOPLE)]
TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
SAVE, SUMS = "save", "sums"
NOTE = "Sesuai laporan triwulan terakhir; dibahas dengan tim area dan disetujui pimpinan."


def run_saves(servers: Servers, effort: Effort) -> dict[str, Any]:
    """WS: let 50 people fill their worksheets."""
    seconds = effort.of(30, round(PACE_SECONDS * len(lke_instrument().questions)))
    rounds, cpu = [], []
    with _planning(servers, revisions=0) as (one, url):
        versions = dict.fromkeys(UNITS, 0)
        _fill_by_pages(one, url, versions, seconds=2 * PACE_SECONDS)  # the first plans and pages of a process
        for _ in range(effort.rounds):
            before = cpu_of_tree(one.pid)
            rounds.append(_fill_by_pages(one, url, versions, seconds=seconds))
            cpu.append((cpu_of_tree(one.pid) - before) * 1000 / len(rounds[-1][SAVE]))
    p95 = [percentile(found[SAVE], 0.95) for found in rounds]
    comparisons = [Comparison("p95 of a save", p95, SAVE_GOAL_MS, is_lower_better=True, unit=" ms")]
    lines = [
        f"  {label}, ms: "
        + ", ".join(
            f"{name} {summary([percentile(found[label], share) for found in rounds])}"
            for name, share in SHARES.items()
        )
        for label in (SAVE, SUMS)
    ]
    saves = sum(len(found[SAVE]) for found in rounds)
    lines.append(f"  {saves:,} saves, refusals 0; a save with its sums took {summary(cpu)} ms of server CPU")
    bars = [
        Bar(
            f"save of an item, {PEOPLE} people, ms", f"ours, {name}", [percentile(f[SAVE], s) for f in rounds]
        )
        for name, s in SHARES.items()
    ]
    what = f"{PEOPLE} people save an item every {PACE_SECONDS:g} s for {seconds} s"
    return report("WS", what, comparisons, lines, bars=bars)


def run_year(servers: Servers, effort: Effort) -> dict[str, Any]:
    """WY: open a unit's full year."""
    reads = effort.of(30, 150)
    with _planning(servers, revisions=REVISIONS) as (one, _):
        _check_is_full(one)
        found = _read_all(one, effort.rounds, reads)
    comparisons = [
        Comparison(f"p95 of {name}", values, READ_GOAL_MS, is_lower_better=True, unit=" ms")
        for name, values in found.items()
    ]
    lines = [f"  {name}: p95 {summary(values)} ms" for name, values in found.items()]
    bars = [Bar("a full year, p95 ms", f"ours, {name}", values) for name, values in found.items()]
    what = f"a unit's year, 113 items x {REVISIONS} revisions x {len(Layer)} layers"
    return report("WY", what, comparisons, lines, bars=bars)


def _check_is_full(one: Served) -> None:
    """Raise unless the year that is read has what it should: pages of an empty one are quick."""
    unit = UNITS[0]
    base = f"http://127.0.0.1:{one.port}"
    told = httpx2.get(
        f"{base}/units/{unit}/worksheets/{YEAR}", headers=one.operators[unit], timeout=60
    ).json()
    items = len(lke_instrument().questions)
    if told["version"] != items * REVISIONS * len(Layer):
        raise AssertionError(f"the worksheet has version {told['version']}")
    if any(item[layer.value] is None for item in told["items"] for layer in Layer):
        raise AssertionError("a layer of the worksheet has no answer to an item")


def _read_all(one: Served, rounds: int, reads: int) -> Mapping[str, list[float]]:
    """Return the p95 in milliseconds of each read, per round."""
    unit = UNITS[0]
    largest = max(areas(), key=lambda key: len(questions_of(key)))
    targets = {
        "an area": (worksheet_page(unit, YEAR, largest), one.browsers[unit]),
        "the overview": (worksheet_page(unit, YEAR), one.browsers[unit]),
        "GET worksheet": (f"/units/{unit}/worksheets/{YEAR}", one.operators[unit]),
    }
    p95: dict[str, list[float]] = {name: [] for name in targets}
    for number in range(rounds + 1):
        for name, (target, headers) in targets.items():
            request: Request = {"method": "GET", "target": target, "headers": headers}
            took = one.load([request], connections=1, count=reads if number else WARM_UP).milliseconds
            if number:
                p95[name].append(percentile(took, 0.95))
    return p95


def _fill_by_pages(
    one: Served, url: str, versions: dict[str, int], *, seconds: float
) -> Mapping[str, list[float]]:
    """Let everybody go on from the version their worksheet has; return the milliseconds by label."""
    plan = {
        "host": "127.0.0.1",
        "port": one.port,
        "pace_seconds": PACE_SECONDS,
        "seconds": seconds,
        "people": [_turns(one, unit, versions[unit], round(seconds / PACE_SECONDS) + 1) for unit in UNITS],
    }
    file = one.folder / "people.json"
    file.write_text(json.dumps(plan))
    found = run_json([sys.executable, "-m", "tests.bench.paced_load", str(file)])
    told = {label: set(statuses) for label, statuses in found["told"].items()}
    if told != {SAVE: {"200"}, SUMS: {"200"}}:
        raise AssertionError(f"answers other than 200: {found['told']}")
    for unit, turns in zip(UNITS, found["turns"], strict=True):
        versions[unit] += turns
    if asyncio.run(_versions(url)) != versions:
        raise AssertionError("worksheets stand at other versions than their operators saved")
    taken: Mapping[str, list[float]] = found["milliseconds"]
    return taken


def _turns(one: Served, unit: str, seen: int, count: int) -> Sequence[Sequence[Request]]:
    """Return what an operator sends: item after item from where they stand, and after each the sums."""
    here, session = worksheet_page(unit, YEAR), one.browsers[unit]
    page = httpx2.get(f"http://127.0.0.1:{one.port}{here}/1", headers=session, timeout=60).raise_for_status()
    token = TOKEN.findall(page.text)[0]
    codes = list(lke_instrument().questions)
    browser = session | {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}
    turns = []
    for version in range(seen, seen + count):
        code = codes[version % len(codes)]
        own = {
            "Content-Type": "application/json",
            "If-Match": f'"{version}"',
            "Idempotency-Key": FRESH,
            TOKEN_HEADER: token,
        }
        answer = {"item_code": code, "note": f"{NOTE} {version}", **_typed(code, version)}
        area = next(key for key in areas() if code in {item.code for item in questions_of(key)})
        turns.append(
            [
                {
                    "label": SAVE,
                    "method": "POST",
                    "target": f"{here}/jawaban",
                    "headers": browser | own,
                    "body": json.dumps({"answers": [answer]}),
                },
                {
                    "label": SUMS,
                    "method": "GET",
                    "target": f"{here}/ringkas.json?area={area}",
                    "headers": browser,
                },
            ]
        )
    return turns


def _typed(code: str, number: int) -> Mapping[str, Any]:
    """Return an answer to an item, another one for another number."""
    question = lke_instrument().questions[code]
    if question.scale is not None:
        letters = list(question.scale.values)
        return {"letter": letters[number % len(letters)]}
    if question.inputs:
        return {
            "inputs": {entry.key: 1 + (number + place) % 9 for place, entry in enumerate(question.inputs)}
        }
    return {"index": f"3.{number % 100:02d}"}


@contextmanager
def _planning(servers: Servers, *, revisions: int) -> Iterator[tuple[Served, str]]:
    """Serve planning over units whose worksheets have so many revisions of everything; yield its database."""
    target = fresh(servers, "planning")
    asyncio.run(fill_planning(target.app_url, UNITS))
    if revisions:
        asyncio.run(_fill_years(target.app_url, revisions))
    with (
        tempfile.TemporaryDirectory(prefix="zi-bench-sheets-") as folder,
        serving("planning", target.app_url, Path(folder), UNITS) as one,
    ):
        yield one, target.app_url
    asyncio.run(drop_database(servers.postgres, target.name))


async def _fill_years(url: str, revisions: int) -> None:
    """Write every item of every layer so many times, each time otherwise, with an evidence each."""
    db = Database(url, pool_size=2)
    for unit in UNITS:
        scope = Scope("unit", agencies=frozenset({AGENCY}), units=frozenset({unit}))
        operator = Principal(f"operator-{unit}", frozenset({"unit_operator"}), scope)
        async with db.transaction() as session:
            proofs = [
                await add_evidence(
                    session,
                    operator,
                    written_content(f"Bukti {code}", Form.TEXT, "Map area."),
                    unit_id=unit,
                    layer=Layer.UNIT,
                    kind="lainnya",
                    title=f"Bukti {code}",
                )
                for code in lke_instrument().questions
            ]
            for number in range(revisions):
                for layer in Layer:
                    await _write_layer(
                        session, operator, unit, layer, number, [one.evidence_id for one in proofs]
                    )
    await db.close()


async def _write_layer(
    session: Any, operator: Principal, unit: str, layer: Layer, number: int, proofs: Sequence[Any]
) -> None:
    taken = await store.take(session, operator.scope, unit, YEAR, operator.subject)
    if taken is None:
        raise AssertionError(f"{unit} has no worksheet")
    drafts = []
    for place, code in enumerate(lke_instrument().questions):
        typed = _typed(code, number + place + len(layer))
        answer = parse_answer(code, next(iter(typed.values())))
        linked = (proofs[place],) if layer is Layer.UNIT else ()
        drafts.append(Draft(code, answer, f"{NOTE} {number}", linked))
    await store.append(session, taken.worksheet, layer, drafts, f"{layer.value}-{unit}")


async def _versions(url: str) -> Mapping[str, int]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT unit_id, version FROM worksheet WHERE year = $1", YEAR)
    finally:
        await connection.close()
    return {row["unit_id"]: row["version"] for row in rows}
