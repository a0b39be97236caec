"""A crowd at the gate: who is served, who waits, who is refused at once, and what is never refused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Request, UploadFile
from prometheus_client import REGISTRY

from shared.db import Database
from shared.db.faults import DatabaseBusyError, StaleStatementError, StorageFullError
from shared.http import create_app
from shared.http.admission import TooSlowError
from shared.http.live import EventSourceResponse, ServerSentEvent, live
from shared.http.state import state_of
from shared.security import AccessMatrix, Operation
from tests.support.http import AWAY, PAGES, client_of, settings
from tests.support.polling import until
from tests.support.tokens import TestIssuer

MATRIX = AccessMatrix(
    *(
        Operation(name, (), "public", name)
        for name in ("work", "send", "upload", "read", "write", "page_live")
    )
)


class Work:
    """What requests do here: begin, and wait for the test's word."""

    def __init__(self) -> None:
        self.begun = 0
        self.broken_off = 0
        self.may_end = asyncio.Event()
        self.faults: list[Exception] = []

    async def do(self) -> None:
        self.begun += 1
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.broken_off += 1
            raise


@pytest.fixture
def work() -> Work:
    return Work()


class Crowd:
    """The small service of these tests, and callers of it."""

    def __init__(self, app: FastAPI, client: httpx2.AsyncClient, work: Work) -> None:
        self.app = app
        self.client = client
        self.work = work
        self.calls: list[asyncio.Task[httpx2.Response]] = []

    def call(self, method: str, path: str, **options: Any) -> asyncio.Task[httpx2.Response]:
        task = asyncio.create_task(self.client.request(method, path, **options))
        self.calls.append(task)
        return task

    async def until_begun(self, count: int) -> None:
        async def is_begun() -> bool:
            return self.work.begun >= count

        await until(is_begun)

    async def until_waiting(self, count: int, lane: str = "work") -> None:
        async def is_waiting() -> bool:
            return sample("zi_http_waiting_requests", lane=lane) == count

        await until(is_waiting)

    async def fill(self) -> None:
        """Let two work and one wait, which is all there is room for."""
        for _ in range(3):
            self.call("GET", "/work")
        await self.until_begun(2)
        await self.until_waiting(1)


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def crowd_of(issuer: TestIssuer, work: Work, **changed: Any) -> AsyncIterator[Crowd]:
    router, pages = APIRouter(), APIRouter()

    @router.get("/work", operation_id="work")
    async def do_work() -> dict[str, bool]:
        await work.do()
        return {"done": True}

    @router.post("/work", operation_id="send")
    async def send(body: dict[str, int]) -> dict[str, bool]:
        await work.do()
        return {"done": True}

    @router.post("/upload", operation_id="upload", max_body_size=50_000)
    async def upload(file: UploadFile) -> dict[str, bool]:
        await work.do()
        return {"done": True}

    @router.get("/fault", operation_id="read")
    @router.post("/fault", operation_id="write")
    async def fault() -> dict[str, bool]:
        if work.faults:
            raise work.faults.pop()
        return {"done": True}

    @pages.get("/live", operation_id="page_live", response_class=EventSourceResponse)
    async def page_live(request: Request) -> AsyncIterator[ServerSentEvent]:
        async def source() -> AsyncIterator[ServerSentEvent]:
            yield ServerSentEvent(event="patch", data="1")
            await asyncio.Event().wait()

        async for event in live(request, source()):
            yield event

    limits = {"requests_at_once": 2, "requests_waiting": 1, "waiting_seconds": 30, "request_seconds": 60}
    app = create_app(
        service="crowd",
        title="Kerumunan",
        settings=settings(**(limits | changed)),
        db=Database(AWAY),
        matrix=MATRIX,
        verifier=issuer.verifier(),
        error_status={},
        routers=[router],
        page_routers=[pages],
        pages=PAGES,
    )
    async with client_of(app) as client:
        crowd = Crowd(app, client, work)
        try:
            yield crowd
        finally:
            work.may_end.set()
            state_of(app).begin_stop()
            await asyncio.gather(*crowd.calls)


async def test_who_finds_the_line_full_is_refused_at_once_and_others_are_served(
    issuer: TestIssuer, work: Work
) -> None:
    before = sample("zi_http_refused_total", lane="work", reason="full")
    async with crowd_of(issuer, work) as crowd:
        await crowd.fill()
        refused = [await crowd.client.get("/work") for _ in range(5)]
        for answer in refused:
            assert (answer.status_code, answer.json()["code"]) == (503, "busy")
            assert 1 <= int(answer.headers["retry-after"]) <= 10
        assert sample("zi_http_at_work_requests", lane="work") == 2
        assert work.begun == 2
        work.may_end.set()
        assert [(await call).status_code for call in crowd.calls] == [200] * 3
    assert sample("zi_http_refused_total", lane="work", reason="full") == before + 5
    assert sample("zi_http_at_work_requests", lane="work") == 0


async def test_a_refused_request_s_body_is_never_read(issuer: TestIssuer, work: Work) -> None:
    async with crowd_of(issuer, work) as crowd:
        await crowd.fill()

        read: list[bytes] = []

        async def body() -> AsyncIterator[bytes]:
            read.append(b"{}")
            yield read[0]

        answer = await crowd.client.post("/work", content=body())
        assert (answer.status_code, read) == (503, [])


async def test_a_browser_reads_a_page_when_it_is_refused(issuer: TestIssuer, work: Work) -> None:
    async with crowd_of(issuer, work) as crowd:
        await crowd.fill()
        answer = await crowd.client.get("/work", headers={"Accept": "text/html"})
        assert answer.status_code == 503
        assert "Layanan sedang sibuk" in answer.text
        assert answer.headers["content-security-policy"]


async def test_who_waits_too_long_in_line_is_refused(issuer: TestIssuer, work: Work) -> None:
    async with crowd_of(issuer, work, waiting_seconds=0.05) as crowd:
        for _ in range(2):
            crowd.call("GET", "/work")
        await crowd.until_begun(2)
        answer = await crowd.client.get("/work")
        assert (answer.status_code, answer.json()["code"]) == (503, "busy")


async def test_work_that_takes_too_long_is_broken_off_and_said_so(issuer: TestIssuer, work: Work) -> None:
    async with crowd_of(issuer, work, request_seconds=0.05) as crowd:
        answer = await crowd.client.post("/work", json={})
        assert (answer.status_code, answer.json()["code"]) == (503, "too_slow")
        assert answer.headers["retry-after"]
        assert (work.begun, work.broken_off) == (1, 1)
        assert sample("zi_http_at_work_requests", lane="work") == 0


@pytest.mark.parametrize("path", ["/openapi.json", "/static/style.css"])
async def test_descriptions_and_static_files_are_never_refused(
    issuer: TestIssuer, work: Work, path: str
) -> None:
    async with crowd_of(issuer, work) as crowd:
        await crowd.fill()
        assert (await crowd.client.get(path)).status_code == 200


async def test_forms_do_not_wait_for_uploads_and_log_ins_for_neither(issuer: TestIssuer, work: Work) -> None:
    async with crowd_of(issuer, work, files_at_once=1, requests_waiting=0) as crowd:
        crowd.call("POST", "/upload", files={"file": ("a.txt", b"x", "text/plain")})
        await crowd.until_begun(1)
        busy = await crowd.client.post("/upload", files={"file": ("a.txt", b"x", "text/plain")})
        assert busy.json()["code"] == "busy"
        for _ in range(2):
            crowd.call("GET", "/work")
        await crowd.until_begun(3)
        assert (await crowd.client.get("/work")).json()["code"] == "busy"
        login = await crowd.client.get("/auth/login", headers={"Host": "localhost"})
        assert login.status_code == 303


async def test_open_streams_take_no_place_of_work_and_have_a_cap_of_their_own(
    issuer: TestIssuer, work: Work
) -> None:
    async with crowd_of(issuer, work, streams_at_once=20) as crowd:
        for _ in range(20):
            crowd.call("GET", "/live")

        async def are_open() -> bool:
            return sample("zi_http_open_streams") == 20

        await until(are_open)
        assert sample("zi_http_at_work_requests", lane="streams") == 0
        assert (await crowd.client.get("/fault")).status_code == 200
        refused = await crowd.client.get("/live")
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")


async def test_a_read_that_meets_a_migration_is_repeated(issuer: TestIssuer, work: Work) -> None:
    async with crowd_of(issuer, work) as crowd:
        work.faults = [StaleStatementError("stale")] * 2
        assert (await crowd.client.get("/fault")).status_code == 200
        work.faults = [StaleStatementError("stale")] * 9
        answer = await crowd.client.get("/fault")
        assert (answer.status_code, answer.json()["code"]) == (503, "database_away")


async def test_what_may_change_something_is_not_repeated_from_outside(issuer: TestIssuer, work: Work) -> None:
    async with crowd_of(issuer, work) as crowd:
        work.faults = [StaleStatementError("stale")] * 2
        assert (await crowd.client.post("/fault")).status_code == 503
        assert len(work.faults) == 1


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (DatabaseBusyError("pool"), 503, "busy"),
        (StorageFullError("disk"), 507, "storage_full"),
        (OSError(28, "No space left on device"), 507, "storage_full"),
        (OSError(122, "Disk quota exceeded"), 507, "storage_full"),
    ],
)
async def test_each_shortage_is_called_by_its_name(
    issuer: TestIssuer, work: Work, fault: Exception, status: int, code: str
) -> None:
    async with crowd_of(issuer, work) as crowd:
        work.faults = [fault]
        answer = await crowd.client.post("/fault")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert int(answer.headers["retry-after"]) >= 1


async def test_who_finds_no_connection_is_counted_as_refused(issuer: TestIssuer, work: Work) -> None:
    before = sample("zi_http_refused_total", lane="work", reason="pool")
    async with crowd_of(issuer, work) as crowd:
        work.faults = [DatabaseBusyError("pool")]
        assert (await crowd.client.post("/fault")).status_code == 503
    assert sample("zi_http_refused_total", lane="work", reason="pool") == before + 1


async def test_a_request_that_was_broken_off_is_not_said_to_be_unrecorded() -> None:
    assert "mungkin sudah tercatat" in str(TooSlowError())
    assert "kunci yang sama" in str(TooSlowError())


async def test_another_fault_of_a_file_is_a_fault_of_ours(issuer: TestIssuer, work: Work) -> None:
    async with crowd_of(issuer, work) as crowd:
        work.faults = [OSError(5, "I/O error")]
        assert (await crowd.client.post("/fault")).status_code == 500


async def test_an_upload_that_cannot_be_put_aside_is_no_fault_of_its_sender(
    issuer: TestIssuer, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("starlette.datastructures.UploadFile.write", fail)
    async with crowd_of(issuer, work) as crowd:
        answer = await crowd.client.post("/upload", files={"file": ("a.txt", b"x", "text/plain")})
        assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
