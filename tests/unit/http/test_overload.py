"""A crowd at the gate: who is served, who waits, who is refused at once, and what is never refused."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Request, UploadFile
from fastapi.responses import StreamingResponse
from prometheus_client import REGISTRY
from starlette.types import Message

from shared.db import Database
from shared.db.faults import DatabaseBusyError, StaleStatementError, StorageFullError
from shared.db.roles import SERVICES
from shared.http.app import create_app, operations_of
from shared.http.bodies import SMALL_BYTES, Bodies
from shared.http.overload import TooSlowError
from shared.http.pages.live import EventSourceResponse, ServerSentEvent, live
from shared.http.state import state_of
from shared.security import AccessMatrix, Operation
from tests.contracts.applications import application
from tests.support.http import AWAY, PAGES, client_of, settings
from tests.support.polling import until
from tests.support.tokens import TestIssuer

MATRIX = AccessMatrix(
    *(
        Operation(name, (), "public", name)
        for name in ("work", "send", "upload", "packed", "read", "write", "page_live")
    ),
    Operation("known", {"tpi"}, "unit", "known"),
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

    @router.post("/known", operation_id="known", max_body_size=50_000)
    @router.post("/upload", operation_id="upload", max_body_size=50_000)
    async def upload(file: UploadFile) -> dict[str, bool]:
        await work.do()
        return {"done": True}

    @router.post("/packed", operation_id="packed", response_class=StreamingResponse)
    async def packed(body: dict[str, int]) -> StreamingResponse:
        return StreamingResponse(iter([b"x"]))

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


class Unsent:
    """Requests over the raw interface whose bodies are announced and do not come."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self.sent: list[Message] = []
        self.waiting = 0

    async def send(
        self, path: str, kind: str, *parts: Message, headers: Sequence[tuple[bytes, bytes]] = ()
    ) -> None:
        """Send a head and these parts; then nothing comes for ever."""
        left = list(parts)

        async def receive() -> Message:
            if not left:
                self.waiting += 1
                await asyncio.Event().wait()
            return left.pop(0)

        async def send(message: Message) -> None:
            self.sent.append(message)

        head = [(b"host", b"localhost"), (b"content-length", b"100"), (b"content-type", kind.encode())]
        scope = {
            "type": "http", "method": "POST", "path": path, "raw_path": path.encode(),
            "headers": [*head, *headers],
            "query_string": b"", "http_version": "1.1", "scheme": "http", "root_path": "",
            "client": ("127.0.0.1", 1), "server": ("localhost", 80), "asgi": {"version": "3.0"},
        }  # fmt: skip
        await self._app(scope, receive, send)

    @property
    def statuses(self) -> list[int]:
        return [message["status"] for message in self.sent if message["type"] == "http.response.start"]


KINDS = ("application/json", "multipart/form-data; boundary=x", "text/plain", "")
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("kind", [*KINDS, FORM])
@pytest.mark.parametrize("path", ["/work", "/packed", "/keluar", "/nowhere"])
async def test_who_sends_no_body_takes_no_place(issuer: TestIssuer, work: Work, path: str, kind: str) -> None:
    work.may_end.set()
    async with crowd_of(issuer, work) as crowd:
        unsent = Unsent(crowd.app)
        idle = [asyncio.create_task(unsent.send(path, kind)) for _ in range(20)]

        async def are_idle() -> bool:
            return unsent.waiting == 20

        await until(are_idle)
        for lane in ("work", "files", "login"):
            assert sample("zi_http_at_work_requests", lane=lane) == 0
            assert sample("zi_http_waiting_requests", lane=lane) == 0
        assert (await crowd.client.get("/work")).status_code == 200
        assert (await crowd.client.post("/work", json={})).status_code == 200
        for task in idle:
            task.cancel()
        await asyncio.gather(*idle, return_exceptions=True)


@pytest.mark.parametrize("kind", [*KINDS, FORM])
async def test_a_body_that_does_not_come_in_time_is_given_up(
    issuer: TestIssuer, work: Work, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.http.app.Bodies", partial(Bodies, seconds=0.01))
    async with crowd_of(issuer, work) as crowd:
        unsent = Unsent(crowd.app)
        await unsent.send("/work", kind, {"type": "http.request", "body": b"{", "more_body": True})
    assert unsent.statuses == [408]
    assert b'"code":"body_slow"' in unsent.sent[1]["body"]
    assert work.begun == 0


@pytest.mark.parametrize(
    ("path", "kind"),
    [*((path, kind) for path in ("/work", "/packed") for kind in (*KINDS, FORM)), ("/upload", KINDS[1])],
)
async def test_who_goes_away_while_sending_is_nobody_s_fault(
    issuer: TestIssuer, work: Work, path: str, kind: str, logs: list[Any]
) -> None:
    async with crowd_of(issuer, work) as crowd:
        unsent = Unsent(crowd.app)
        begun: Message = {"type": "http.request", "body": b"--x\r\n", "more_body": True}
        await unsent.send(path, kind, begun, {"type": "http.disconnect"})
    assert unsent.statuses == []
    (line,) = [line for line in logs if line["event"] == "http_request"]
    assert line["status"] == 499
    assert [line for line in logs if line["log_level"] == "error"] == []


@pytest.mark.parametrize(
    ("role", "status"), [(None, 401), ("", 401), ("verifier", 403)], ids=["none", "bad", "other role"]
)
async def test_who_may_not_bring_a_file_takes_no_place_among_the_files(
    issuer: TestIssuer, work: Work, role: str | None, status: int, logs: list[Any]
) -> None:
    given = {None: {}, "": {"Authorization": "Bearer x.y.z"}}.get(role) or (
        issuer.headers(role) if role else {}
    )
    async with crowd_of(issuer, work, files_at_once=1) as crowd:
        unsent = Unsent(crowd.app)
        headers = [(name.lower().encode(), value.encode()) for name, value in given.items()]
        await unsent.send("/known", "multipart/form-data; boundary=x", headers=headers)
        assert (unsent.statuses, unsent.waiting) == ([status], 0)
        (line,) = [line for line in logs if line["event"] == "http_request"]
        assert line["route"] == "/known"
        refused = [line for line in logs if line["event"] == "call_forbidden"]
        assert [line["operation"] for line in refused] == ["known"] * (status == 403)
        work.may_end.set()
        files = {"file": ("a.txt", b"x", "text/plain")}
        good = await crowd.client.post("/known", files=files, headers=issuer.headers("tpi"))
        assert good.status_code == 200


async def test_a_body_beyond_the_limit_is_refused_unread(issuer: TestIssuer, work: Work) -> None:
    async with crowd_of(issuer, work, max_body_bytes=1024) as crowd:
        read: list[bytes] = []

        async def body() -> AsyncIterator[bytes]:
            for _ in range(100):
                read.append(b"x" * 1000)
                yield read[-1]

        told = await crowd.client.post("/work", content=body(), headers={"Content-Length": "100000"})
        assert (told.status_code, told.json()["code"], read) == (413, "body_too_large", [])
        untold = await crowd.client.post("/work", content=body())
        assert (untold.status_code, untold.json()["code"], len(read)) == (413, "body_too_large", 2)


async def test_bodies_beyond_all_room_are_told_busy(
    issuer: TestIssuer, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = Bodies(SMALL_BYTES, 60)
    monkeypatch.setattr("shared.http.app.Bodies", lambda _: bodies)
    before = sample("zi_http_refused_total", lane="work", reason="bodies")
    async with crowd_of(issuer, work, max_body_bytes=2 * SMALL_BYTES) as crowd:
        unsent, part = Unsent(crowd.app), "application/json"
        small: Message = {"type": "http.request", "body": b"x" * SMALL_BYTES, "more_body": True}
        large: Message = {"type": "http.request", "body": b"x" * (SMALL_BYTES + 1), "more_body": True}
        waiting = [asyncio.create_task(unsent.send("/work", part, small)) for _ in range(2)]

        async def are_held() -> bool:
            return unsent.waiting == 2

        await until(are_held)
        await unsent.send("/work", part, large)
        assert (unsent.statuses, bodies.held) == ([503], 2 * SMALL_BYTES)
        assert sample("zi_http_refused_total", lane="work", reason="bodies") == before + 1
        work.may_end.set()
        small_one = await crowd.client.post("/work", json={"a": 1})
        assert small_one.status_code == 200, "what is small is always taken"
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert bodies.held == 0


@pytest.mark.parametrize("service", SERVICES)
def test_no_read_has_a_body(service: str) -> None:
    """The overload control waits for no body of a GET, so none may be read in its place."""
    reads = [route for route in operations_of(application(service).router) if "GET" in (route.methods or ())]
    assert reads
    assert [route.path for route in reads if route.body_field is not None] == []


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
        login = await crowd.client.get("/masuk", headers={"Host": "localhost"})
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
