"""Complaints under a crowd: more callers never mean fewer answers, and no clock waits for them."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from prometheus_client import REGISTRY

from services.complaints.deadlines.data import load_policies
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.store import canary
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.trusted_clock import TrustedClock
from services.complaints.intake import receipts
from services.complaints.intake.domain import receipt_of
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from shared.http.state import state_of
from tests.support.database import DatabaseMaker
from tests.support.every_service import REPORT, Service, running
from tests.support.polling import until

CALLERS = 200
ROOM = {"requests_at_once": 6, "requests_waiting": 60, "waiting_seconds": 30, "request_seconds": 120}
AT_WORK = "zi_http_at_work_requests"


@pytest.fixture
async def database(make_database: DatabaseMaker) -> ServiceDatabase:
    return await make_database("complaints")


@pytest.fixture
async def service(database: ServiceDatabase, tmp_path: Path) -> AsyncIterator[Service]:
    async with running("complaints", database, tmp_path, pool_size=8, **ROOM) as found:
        db = state_of(found.app).db
        await asyncio.gather(*(db.ping() for _ in range(8)))  # a connection is slow to make in a crowd
        yield found


async def all_at_once(service: Service, path: str, bodies: list[Any]) -> list[httpx2.Response]:
    """Send each body from a network of its own, all at once."""
    async with AsyncExitStack() as opened:

        async def send(number: int, body: Any) -> httpx2.Response:
            source = (f"10.0.{number // 250}.{number % 250 + 1}", 1)
            transport = httpx2.ASGITransport(service.app, client=source)
            client = await opened.enter_async_context(
                httpx2.AsyncClient(transport=transport, base_url="https://toy.test")
            )
            return await client.post(path, json=body, headers={"Idempotency-Key": uuid4().hex})

        return await asyncio.gather(*(send(number, body) for number, body in enumerate(bodies)))


async def test_a_crowd_gets_as_many_reports_through_as_there_is_room_and_the_rest_hear_busy(
    service: Service,
) -> None:
    answers = await all_at_once(service, "/public/cases", [REPORT] * CALLERS)
    told = Counter((answer.status_code, answer.json().get("code")) for answer in answers)
    assert set(told) == {(201, None), (503, "busy")}
    assert told[201, None] >= ROOM["requests_at_once"] + ROOM["requests_waiting"]
    assert (await service.rows())["case_file"] == told[201, None] + 1  # one was there before


async def test_a_crowd_that_holds_every_connection_keeps_no_clock_waiting(
    service: Service, database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canary, "PERIOD_SECONDS", 1)
    workers = Database(database.app_url, pool_size=2)
    engine = DeadlineEngine(load_policies(), TrustedClock())
    poller = asyncio.create_task(DeadlinePoller(workers, engine).worker().run())

    async def is_at_work() -> bool:
        return REGISTRY.get_sample_value(AT_WORK, {"lane": "work"}) == ROOM["requests_at_once"]

    async def has_fired_since() -> bool:
        return await fired(service) > before

    try:
        async with service.owner.transaction():
            await service.owner.execute("LOCK TABLE rate_limit")  # each report counts there first
            crowd = asyncio.create_task(all_at_once(service, "/public/cases", [REPORT] * CALLERS))
            await until(is_at_work)
            for _ in range(2):
                before = await fired(service)
                await until(has_fired_since, what="the canary fires while the crowd is stuck")
            assert await is_at_work()
        answers = await crowd
    finally:
        poller.cancel()
        await asyncio.gather(poller, return_exceptions=True)
        await workers.close()
    assert {answer.status_code for answer in answers} == {201, 503}


async def fired(service: Service) -> float:
    """Return when the canary fired last, in seconds of the database."""
    found = await service.owner.fetchval(
        "SELECT extract(epoch FROM max(breached_at)) FROM deadline WHERE kind = 'canary'"
    )
    return float(found or 0)


async def test_wrong_receipts_at_once_leave_room_for_everybody_else(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    proving, may_end = threading.Semaphore(0), threading.Event()

    def slowly(*_: str) -> bool:
        proving.release()
        may_end.wait(60)
        return False

    monkeypatch.setattr(receipts, "_verify", slowly)
    wrong = [{"receipt": receipt_of((number << 4).to_bytes(13))} for number in range(59)]
    wrong.append({"receipt": "not a receipt"})
    tries = asyncio.create_task(all_at_once(service, "/public/receipt-sessions", wrong))

    async def is_proving() -> bool:
        return proving.acquire(blocking=False)

    try:
        await until(is_proving, what="a receipt is being proved")
        for path in ("/public/units", "/public/channels", "/lapor"):
            assert (await service.client.get(path)).status_code == 200
    finally:
        may_end.set()
    answers = await tries
    told = Counter((answer.status_code, answer.json()["code"]) for answer in answers)
    assert set(told) <= {(404, "not_found"), (503, "busy")}
    assert told[404, "not_found"] >= receipts.AT_ONCE
    counted = await service.owner.fetchval("SELECT sum(hits) FROM rate_limit WHERE rule = 'receipt'")
    most = told[404, "not_found"] + receipts.TRIES_AT_ONCE
    assert counted <= most, f"who was refused at once has not tried: {told}"
    refused = [answer.json() | {"instance": ""} for answer in answers if answer.status_code == 404]
    assert all(one == refused[0] for one in refused)
