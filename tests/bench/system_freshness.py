"""Freshness of the whole system: from a service's answer to a command to what scoring's API says.

`make run`'s own processes over real HTTP. Planning takes 100 events a second (20 commands of five answers);
among them complaints takes reports and survey takes responses, a few of each. The clock starts when the
service has answered, that is after its commit, and stops at the first GET of the score that shows the act:
the worksheet version, the share of complaints followed up, the count of responses in the survey status. The
reader asks every 20 ms, so up to that is the reader's own.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from shared.kernel import Zone
from tests.bench.measure import memory_mb, percentile
from tests.bench.workload import option_items
from tests.support.polling import until
from tests.support.system import LocalSystem, start_system

UNIT = "bench-unit"
YEAR = datetime.now(Zone.WIB.tz).year
"""Reports count in the year they are received in, so everything else does too."""
ANSWERS = 5
COMMANDS_PER_SECOND = 20
SECONDS = 15
WARM_UP_SECONDS = 3
SAMPLES = 20
"""Reports, and as many responses, over `SECONDS`."""
READ_EVERY_SECONDS = 0.02
GOAL_P95_SECONDS = 1.0
FED_ITEM = "A.II.5.ii.a"
REPORT = "Loket tutup sebelum jam layanan berakhir."


@dataclass
class Way:
    """One way into the score: numbered acts, when each was answered and when it was shown.

    `shown` reads from a score up to which number acts have arrived.
    """

    shown: Callable[[Mapping[str, Any]], int]
    answered: dict[int, float] = field(default_factory=dict)
    seen: dict[int, float] = field(default_factory=dict)

    def look(self, score: Mapping[str, Any], now: float) -> None:
        """Note the acts that this score is the first to show."""
        reached = self.shown(score)
        self.seen |= {
            number: now for number in self.answered if number <= reached and number not in self.seen
        }

    def waits(self, since: float) -> list[float]:
        """Return the seconds of the acts answered since a moment; shown before the answer arrived is 0."""
        return [
            max(0.0, self.seen[number] - moment)
            for number, moment in self.answered.items()
            if moment >= since
        ]


def cases_counted(score: Mapping[str, Any]) -> int:
    """Return how many reports count while one of them is followed up: the item is worth one of so many."""
    (value,) = (entry["value_exact"] for entry in score["questions"] if entry["code"] == FED_ITEM)
    share = Fraction(value or 0)
    return share.denominator if share.numerator == 1 else 0


def responses_counted(score: Mapping[str, Any]) -> int:
    """Return the responses that the survey status counts."""
    return max((entry["n"] for entry in score["survey"]), default=0)


def run() -> dict[str, Any]:
    """Start a system, measure, stop it; returns milliseconds by way and the memory of each service."""
    with tempfile.TemporaryDirectory(prefix="zi-bench-system-") as folder:
        system = start_system(Path(folder) / "state", DEMO="0")
        try:
            tokens = _prepare(system)
            waits = asyncio.run(_measure(system, tokens))
            memory = {
                name: round(max(map(memory_mb, system.pids(f"services.{name}.main"))))
                for name in ("planning", "complaints", "survey", "scoring")
            }
        finally:
            system.stop()
    return {
        "events": len(waits["planning"]) * ANSWERS,
        "samples": {name: len(found) for name, found in waits.items()},
        "milliseconds": {
            name: {f"p{share}": round(percentile(found, share / 100) * 1000, 1) for share in (50, 95, 99)}
            for name, found in waits.items()
        },
        "memory_mb": memory,
    }


def _prepare(system: LocalSystem) -> list[str]:
    """Make a unit with a report followed up and an open survey; returns the invitations' tokens."""
    system.zi("unit", "create", "--id", UNIT, "--name", "Unit Ukur", "--json").json()
    system.zi("programme", "create", "--unit", UNIT, "--year", str(YEAR), "--target", "WBK", "--json").json()
    campaign = system.zi("survey", "create", "--unit", UNIT, "--year", str(YEAR), "--json").json()
    invited = system.zi("survey", "invite", campaign["campaign_id"], "--count", str(SAMPLES), "--json").json()
    made = system.zi("complaint", "submit", "--unit", UNIT, "--text", REPORT, "--json").json()
    team = ("--name", "Tim Penanganan", "--decree", "SK-1/2025", "--on", "2025-01-02")
    system.zi("complaint", "handling-unit", "add", "--unit", UNIT, *team, "--json").json()
    for act in (
        ("verify", made["id"]),
        ("dispose", made["id"]),
        ("follow-up", made["id"], "--text", "Loket ditinjau.", "--evidence", "BA-1"),
        (
            "respond",
            made["id"],
            "--outcome",
            "terbukti",
            "--text",
            "Jadwal diperbaiki.",
            "--evidence",
            "BA-2",
        ),
        ("approve", made["id"]),
        ("accept", "--receipt", made["receipt"]),
    ):
        system.zi("complaint", *act, "--json").json()
    return [one["token"] for one in invited["items"]]


async def _measure(system: LocalSystem, tokens: list[str]) -> dict[str, list[float]]:
    ways = {
        "planning": Way(lambda score: int(score["version"])),
        "complaints": Way(cases_counted),
        "survey": Way(responses_counted),
    }

    async def all_shown() -> bool:
        return all(len(way.seen) == len(way.answered) for way in ways.values())

    reader_token, operator, officer = (
        system.token(*person)
        for person in (("verifier",), ("unit_operator", UNIT), ("complaint_officer", UNIT))
    )
    async with httpx2.AsyncClient(timeout=30) as http:
        reader = asyncio.create_task(_read(http, system, reader_token, list(ways.values())))
        started = time.monotonic()
        await asyncio.gather(
            _answer(http, system, operator, ways["planning"].answered),
            _report(http, system, officer, ways["complaints"].answered),
            _respond(http, system, tokens, ways["survey"].answered),
        )
        await until(all_shown, seconds=30, what="the score shows every act")
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
    return {name: way.waits(started + WARM_UP_SECONDS) for name, way in ways.items()}


async def _answer(
    http: httpx2.AsyncClient, system: LocalSystem, token: str, answered: dict[int, float]
) -> None:
    """Answer the worksheet at random gaps; the acts' numbers are its versions."""
    draw = random.Random(8)
    items = option_items()
    url = f"{system.addresses['planning']}/units/{UNIT}/worksheets/{YEAR}/answers"
    running: set[asyncio.Task[None]] = set()

    async def send() -> None:
        answers = [
            {"item_code": code, "letter": draw.choice(letters)}
            for code, letters in draw.sample(items, ANSWERS)
        ]
        headers = {"Authorization": f"Bearer {token}", "If-Match": "*", "Idempotency-Key": str(uuid4())}
        reply = await http.post(url, json={"layer": "unit", "answers": answers}, headers=headers)
        reply.raise_for_status()
        answered[reply.json()["version"]] = time.monotonic()

    ends = time.monotonic() + WARM_UP_SECONDS + SECONDS
    while time.monotonic() < ends:
        task = asyncio.create_task(send())
        running.add(task)
        task.add_done_callback(running.discard)
        await asyncio.sleep(draw.expovariate(COMMANDS_PER_SECOND))
    await asyncio.gather(*running)


async def _report(
    http: httpx2.AsyncClient, system: LocalSystem, token: str, answered: dict[int, float]
) -> None:
    """Enter reports at the desk; the first case was made before, so they count from 2."""
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{system.addresses['complaints']}/cases"
    await asyncio.sleep(WARM_UP_SECONDS)
    for number in range(2, 2 + SAMPLES):
        body = {
            "unit_id": UNIT, "text": f"{REPORT} {number}", "stream": "masyarakat", "channel": "loket",
            "privacy_notice": "1",
        }  # fmt: skip
        reply = await http.post(url, json=body, headers=headers | {"Idempotency-Key": str(uuid4())})
        reply.raise_for_status()
        answered[number] = time.monotonic()
        await asyncio.sleep(SECONDS / SAMPLES)


async def _respond(
    http: httpx2.AsyncClient, system: LocalSystem, tokens: list[str], answered: dict[int, float]
) -> None:
    """Consent and respond as invited people; the clock starts at the response."""

    async def send(act: str, **body: Any) -> Any:
        reply = await http.post(f"{system.addresses['survey']}/respondent/{act}", json=body)
        reply.raise_for_status()
        return reply.json()

    await asyncio.sleep(WARM_UP_SECONDS)
    for number, token in enumerate(tokens, 1):
        sheet = await send("sheet", token=token)
        await send("consent", token=token, decision="willing", text_version=sheet["text_version"])
        scores = {question["key"]: sheet["high"] for question in sheet["questions"]}
        await send("responses", token=token, response_id=str(uuid4()), scores=scores)
        answered[number] = time.monotonic()
        await asyncio.sleep(SECONDS / SAMPLES)


async def _read(http: httpx2.AsyncClient, system: LocalSystem, token: str, ways: list[Way]) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{system.addresses['scoring']}/units/{UNIT}/score?year={YEAR}"
    while True:
        found = await http.get(url, headers=headers)
        now = time.monotonic()
        if found.is_success:
            score = found.json()
            for way in ways:
                way.look(score, now)
        await asyncio.sleep(READ_EVERY_SECONDS)
