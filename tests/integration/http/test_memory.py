"""Memory has an end, whatever strangers send: many log-ins begun, and requests of which no two are alike."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from sqlalchemy import text

from shared.db import Database
from shared.http.login.routes import BURST
from shared.http.state import state_of
from tests.support.http import PROCESSED, client_of, toy_app
from tests.support.logging_in import BASE, app_of
from tests.support.tokens import TestIssuer

STARTS = 2_000
REQUESTS = 8_000
AT_ONCE = 8
PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20
START_MIB = 48
"""Of 2,000 starts. A client for each of them took 1,000 MiB, which a collector as patient as ours keeps."""
REQUEST_MIB = 26
"""Of 8,000 requests: 3.3 KiB each would break it."""


@pytest.fixture(autouse=True)
def patient_collector() -> Iterator[None]:
    """Collect as seldom as a service does (`shared.process.workers`), so that garbage shows too."""
    before = gc.get_threshold()
    gc.collect()
    gc.set_threshold(50_000, 50, 100)
    yield
    gc.set_threshold(*before)


def resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_MIB


def series() -> int:
    return sum(len(metric.samples) for metric in REGISTRY.collect())


def kept(app: FastAPI) -> dict[str, int]:
    """Return what a process remembers of its callers."""
    state = state_of(app)
    return {"asking": len(state.sessions._asking), "farewells": len(state.sessions._farewells)}


async def in_parallel(count: int, one: Callable[[int], Awaitable[None]]) -> None:
    numbers = iter(range(count))

    async def worker() -> None:
        for number in numbers:
            await one(number)

    async with asyncio.TaskGroup() as workers:  # ends them all with the first that fails
        for _ in range(AT_ONCE):
            workers.create_task(worker())


class Strangers:
    """Asks the application itself, each time from another address: a client would cost more than it does."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._number = 0

    async def ask(
        self, method: str, target: str, headers: Mapping[str, str] | None = None, *, json: object = None
    ) -> int:
        """Send one request and return the status of its answer."""
        self._number += 1
        host = ".".join(str(byte) for byte in (10, *self._number.to_bytes(3, "big")))
        path, _, query = target.partition("?")
        body = b"" if json is None else orjson.dumps(json)
        told = {"Host": "toy.test", "Content-Length": str(len(body)), **(headers or {})}
        if body:
            told["Content-Type"] = "application/json"
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in told.items()],
            "server": ("toy.test", 443),
            "client": (host, 1),
        }
        messages = iter(({"type": "http.request", "body": body, "more_body": False},))
        answered = asyncio.Event()
        statuses: list[int] = []

        async def receive() -> MutableMapping[str, Any]:
            message = next(messages, None)
            if message is None:
                await answered.wait()
            return message or {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            elif not message.get("more_body"):
                answered.set()

        await self._app(scope, receive, send)
        (status,) = statuses
        return status


@pytest.fixture
async def app(issuer: TestIssuer, db: Database) -> AsyncIterator[FastAPI]:
    PROCESSED.clear()
    app = toy_app(issuer.verifier(), db, public_url=BASE)
    async with client_of(app):
        yield app
    PROCESSED.clear()


async def test_2000_log_ins_begun_cost_no_memory_and_no_row(provider: str, db: Database) -> None:
    app = app_of(provider, db)
    async with client_of(app, base_url=BASE) as client:

        async def start(number: int) -> None:
            if number % int(BURST.partition("/")[0]) == 0:
                state_of(app).bursts._rules.clear()
            answer = await client.get("/masuk?next=/mine")
            assert answer.status_code == 303
            client.cookies.clear()

        await in_parallel(100, start)
        http, before, metrics = state_of(app).issuer._oauth(), resident_mib(), series()
        await in_parallel(STARTS, start)
        assert resident_mib() - before < START_MIB
        assert state_of(app).issuer._oauth() is http, "one client serves the process"
        assert series() == metrics
        async with db.reading() as session:
            for table in ("login_state", "page_session", "rate_limit"):
                assert await session.scalar(text(f"SELECT count(*) FROM {table}")) == 0


async def test_8000_requests_of_which_no_two_are_alike_cost_no_memory(
    app: FastAPI, issuer: TestIssuer, logs: list[Any]
) -> None:
    """Unique keys, sources, paths, cookies, tokens, states and stream ids; a sixth of them are commands."""
    admin = issuer.headers("admin", level="agency")
    strangers = Strangers(app)

    async def ask(number: int) -> None:
        logs.clear()
        unique = f"{number:032x}"
        thing = {"name": f"n{number:08}"}
        match number % 6:
            case 0:
                headers = admin | {"Idempotency-Key": unique}
                assert await strangers.ask("POST", "/things", headers, json=thing) == 201
            case 1:
                assert await strangers.ask("POST", "/submit", json=thing) == 200
            case 2:
                headers = {"Cookie": f"__Host-zi-toy={unique}", "X-Request-Id": unique}
                assert await strangers.ask("GET", f"/mine?unique={unique}", headers) == 303
            case 3:
                assert await strangers.ask("GET", f"/{unique}") == 404
            case 4:
                headers = {"Authorization": f"Bearer {unique}.{unique}.{unique}"}
                assert await strangers.ask("GET", "/whoami", headers) == 401
            case _:
                query = f"state={unique + unique[:11]}&code={unique}"
                assert await strangers.ask("GET", f"/masuk/kembali?{query}") == 400

    await in_parallel(1_000, ask)
    before, metrics = resident_mib(), series()
    await in_parallel(REQUESTS, lambda number: ask(1_000 + number))
    assert resident_mib() - before < REQUEST_MIB
    assert series() == metrics
    assert kept(app) == {"asking": 0, "farewells": 0}
