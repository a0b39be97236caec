"""B13: a crowd at the public form and at the live pages; more callers must not mean fewer answers.

`make run`'s own processes over real HTTP: 300 live pages stay open in scoring, and callers post reports to
complaints as fast as they are answered, 10 at first and then 200, each report from an address of its own.
Whoever is told to come again later waits as long as was asked. Meanwhile one reader loads the scoreboard.
"""

import asyncio
import itertools
import ssl
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from tests.bench.measure import Comparison, Effort, percentile, report
from tests.bench.servers import Servers
from tests.support.polling import until
from tests.support.system import LocalSystem, start_system

UNIT = "bench-unit"
STREAMS = 300
FEW, MANY = 10, 200
WARM_UP_SECONDS, SECONDS = 3.0, 6.0
"""A crowd that has just come spends its first moments on connecting."""
LONGEST_RETRY_SECONDS = 8.0
PERSON = "hendra"
REPORT = {"unit_id": UNIT, "text": "Loket tutup sebelum jam layanan berakhir.", "privacy_notice": "1"}
GOAL = 0.9
BUSY = (503, "busy")

Told = Counter[tuple[int, str]]
Post = Callable[[httpx2.AsyncClient], Awaitable[httpx2.Response]]


def run(_servers: Servers, effort: Effort) -> dict[str, Any]:
    """Compare what 200 callers get through with what 10 do; fails on any 5xx but an honest 503."""
    with tempfile.TemporaryDirectory(prefix="zi-bench-crowd-") as folder:
        system = start_system(Path(folder) / "state", DEMO="0", ZI_SCORING_STREAMS_PER_PERSON=str(STREAMS))
        try:
            system.zi("unit", "create", "--id", UNIT, "--name", "Unit Ukur", "--json").json()
            pairs, reads, told = asyncio.run(_measure(system, effort.rounds))
        finally:
            system.stop()
    unexpected = {key: count for key, count in told.items() if key[0] not in (200, 201) and key != BUSY}
    if unexpected:
        raise AssertionError(f"answers that no crowd excuses: {unexpected}")
    comparison = Comparison(
        f"reports accepted per second at {MANY} callers over those at {FEW}",
        [many / few for few, many in pairs],
        GOAL,
    )
    p50, p99 = (round(percentile(reads, share) * 1000) for share in (0.5, 0.99))
    return report(
        "B13",
        f"a crowd: {STREAMS} live pages, then {FEW} and {MANY} callers at the public form",
        [comparison],
        [
            f"  accepted per second: {[f'{few:.0f} -> {many:.0f}' for few, many in pairs]}",
            f"  scoreboard under them: p50 {p50} ms, p99 {p99} ms over {len(reads)} reads",
            f"  answers: {dict(told)}",
        ],
        accepted_per_second={"few": [few for few, _ in pairs], "many": [many for _, many in pairs]},
        scoreboard_ms={"p50": p50, "p99": p99, "reads": len(reads)},
        told={f"{status} {code}".strip(): count for (status, code), count in told.items()},
    )


async def _measure(system: LocalSystem, rounds: int) -> tuple[list[tuple[float, float]], list[float], Told]:
    told: Told = Counter()
    reads: list[float] = []
    addresses = (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in itertools.count(1))
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    tls = ssl.create_default_context()  # a client makes its own, dearly, when it is given none
    async with (
        httpx2.AsyncClient(timeout=60, limits=limits, verify=tls) as watching,
        httpx2.AsyncClient(timeout=60, verify=tls) as http,
    ):
        form = f"{system.addresses['complaints']}/public/cases"
        board = system.addresses["scoring"]

        async def post(caller: httpx2.AsyncClient) -> httpx2.Response:
            headers = {"X-Forwarded-For": next(addresses), "Idempotency-Key": uuid4().hex}
            return await caller.post(form, json=REPORT, headers=headers)

        async def is_known() -> bool:
            return (await post(http)).is_success

        await until(is_known, what="complaints knows the unit")
        session = await log_in(http, system.addresses["front"])
        streams = [asyncio.create_task(_stream(watching, board, session, told)) for _ in range(STREAMS)]

        async def are_open() -> bool:
            shown = await http.get(f"{system.addresses['scoring_ops']}/metrics")
            return f"zi_http_open_streams {STREAMS}.0" in shown.text

        await until(are_open, seconds=120, what=f"{STREAMS} live pages are open")
        reader = asyncio.create_task(_read(http, board, session, reads, told))
        pairs = []
        for number in range(rounds):
            found = {}
            for callers in (FEW, MANY) if number % 2 == 0 else (MANY, FEW):
                found[callers] = await _crowd(post, callers, tls, told)
            pairs.append((found[FEW], found[MANY]))
        for task in (reader, *streams):
            task.cancel()
        await asyncio.gather(reader, *streams, return_exceptions=True)
    return pairs, reads, told


async def log_in(http: httpx2.AsyncClient, door: str) -> dict[str, str]:
    """Return the cookie of a new session; by hand, since no client sends Secure ones over plain HTTP."""

    def cookies(answer: httpx2.Response) -> dict[str, str]:
        http.cookies.clear()
        return {"Cookie": "; ".join(line.partition(";")[0] for line in answer.headers.get_list("set-cookie"))}

    begun = await http.get(f"{door}/masuk?next=/")
    held = cookies(begun)
    chosen = await http.post(begun.headers["location"], data={"user": PERSON})
    http.cookies.clear()
    return cookies(await http.get(chosen.headers["location"], headers=held))


async def _stream(http: httpx2.AsyncClient, board: str, session: dict[str, str], told: Told) -> None:
    async with http.stream(
        "GET", f"{board}/nilai/-/langsung?year=2026", headers=session, timeout=None
    ) as answer:
        told[answer.status_code, ""] += 1
        async for _ in answer.aiter_bytes():
            pass


async def _read(
    http: httpx2.AsyncClient, board: str, session: dict[str, str], reads: list[float], told: Told
) -> None:
    while True:
        started = time.perf_counter()
        answer = await http.get(board, headers=session)
        reads.append(time.perf_counter() - started)
        told[answer.status_code, ""] += 1
        await asyncio.sleep(0.05)


async def _crowd(post: Post, callers: int, tls: ssl.SSLContext, told: Told) -> float:
    """Return the reports accepted per second while this many callers post.

    Each has a client of its own: what one shared pool of connections costs grows with its callers.
    """
    accepted = 0
    begins = time.perf_counter() + WARM_UP_SECONDS
    ends = begins + SECONDS

    async def call() -> None:
        nonlocal accepted
        async with httpx2.AsyncClient(timeout=60, verify=tls) as caller:
            while time.perf_counter() < ends:
                answer = await post(caller)
                code = "" if answer.is_success else answer.json()["code"]
                told[answer.status_code, code] += 1
                if answer.is_success:
                    accepted += begins <= time.perf_counter() < ends
                else:
                    pause = float(answer.headers.get("Retry-After", 1))
                    await asyncio.sleep(min(pause, LONGEST_RETRY_SECONDS))

    await asyncio.gather(*(call() for _ in range(callers)))
    return accepted / SECONDS
