"""What was typed into a form comes back with every refusal, whoever refuses: every form of every service."""

import asyncio
import errno
import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from starlette.formparsers import FormParser, MultiPartParser
from starlette.requests import Request
from starlette.types import Message, Receive

from services.complaints.intake.pages.report import ReportForm
from shared.db.faults import StorageFullError
from shared.db.roles import SERVICES
from shared.http.app import operations_of
from shared.http.bodies import Bodies
from shared.http.limits.bursts import RateLimitedError
from shared.http.paths import login_paths
from shared.http.state import state_of
from shared.http.typed import FORM_BYTES, FormKeeper, Typed, typed_in
from shared.process.line import BusyError, Line
from tests.contracts.applications import application
from tests.support.http import client_of, toy_app
from tests.support.polling import until
from tests.support.tokens import TestIssuer

BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
TYPED = {
    "text": 'Loket "tutup" & <b>sepi</b>\r\nsejak pukul sebelas, kata Wulan O\'Contoh.',
    "name": "Wulan Contoh",
    "receipt": "VBS8V-YX879",
    "reason": "Belum puas",
    "key": "k" * 32,
    "decision": "willing",
    "waktu": "4",
}


def form_routes(*, is_public: bool) -> list[tuple[str, str]]:
    """Return service and path of every form that people type into: each POST that answers with pages.

    A form for a file is none of them: its caller is asked for before it is read.
    """
    found = []
    for service in SERVICES:
        state = state_of(application(service))
        for route in operations_of(application(service).router):
            operation = route.operation_id or ""
            if "POST" not in (route.methods or ()) or not operation.startswith("page_"):
                continue
            takes_file = (route.max_body_size or 0) > state.settings.max_body_bytes
            if not takes_file and (state.matrix[operation].scope == "public") == is_public:
                found.append((service, route.path))
    return found


PUBLIC_FORMS, OWN_FORMS = form_routes(is_public=True), form_routes(is_public=False)
FORMS = PUBLIC_FORMS + OWN_FORMS


def test_there_are_forms_to_send() -> None:
    assert {("complaints", "/lapor"), ("complaints", "/lacak"), ("survey", "/s/jawaban")} <= set(FORMS)
    assert len(FORMS) >= 9


@asynccontextmanager
async def browser(service: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Send to a service whose database is away."""
    transport = httpx2.ASGITransport(application(service), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


def lost(page: httpx2.Response, path: str, typed: dict[str, str] | None = None) -> list[str]:
    """Return the fields whose text cannot be sent again from this page."""
    form = re.search(rf'<form[^>]* action="{re.escape(path)}".*?</form>', page.text, re.DOTALL)
    if form is None:
        return ["no form"]
    there = html.unescape(form[0]).replace("\r\n", "\n")
    fields = TYPED if typed is None else typed
    return [
        name
        for name, value in fields.items()
        if f'name="{name}"' not in there or value.replace("\r\n", "\n") not in there
    ]


@pytest.mark.parametrize(("service", "path"), FORMS)
async def test_a_busy_service_gives_back_what_was_typed(
    service: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_: Line) -> None:
        raise BusyError("full")

    monkeypatch.setattr(Line, "enter", full)
    async with browser(service) as client:
        page = await client.post(path, data=TYPED, headers=BROWSER)
    assert (page.status_code, lost(page, path)) == (503, [])
    assert int(page.headers["retry-after"]) > 0


@pytest.mark.parametrize(("service", "path"), FORMS)
async def test_a_service_without_its_database_gives_back_what_was_typed(service: str, path: str) -> None:
    cookies = {"Cookie": f"__Host-zi-{service}=a-session-of-somebody"}
    async with browser(service) as client:
        page = await client.post(path, data=TYPED, headers=BROWSER | cookies)
    assert (page.status_code, lost(page, path)) == (503, [])


@pytest.mark.parametrize(("service", "path"), FORMS)
async def test_a_form_beyond_all_forms_is_refused_and_never_parsed(
    service: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parsing holds up everybody: not for what is given back, and not for the route, however it is sent."""
    parsed: list[object] = []

    def parse(*_: object, **__: object) -> list[object]:
        parsed.append(path)
        return []

    monkeypatch.setattr("shared.http.typed.parse_qsl", parse)
    for parser in (FormParser, MultiPartParser):
        monkeypatch.setattr(parser, "parse", parse)
    body = b"text=" + b"%41" * (FORM_BYTES // 3)

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 50_000):
            yield body[start : start + 50_000]

    async with browser(service) as client:
        for kind in ("application/x-www-form-urlencoded", "Application/X-WWW-Form-URLencoded ;charset=utf-8"):
            for content in (body, chunks()):
                page = await client.post(path, content=content, headers=BROWSER | {"Content-Type": kind})
                assert page.status_code == 413
                assert "terlalu panjang untuk ditampilkan kembali" in page.text
        multipart = await client.post(path, files={"text": body}, headers=BROWSER)
        assert multipart.status_code == 413
    assert parsed == []


async def test_a_form_longer_than_this_service_takes_comes_back_to_be_shortened(issuer: TestIssuer) -> None:
    large = TYPED | {"text": "Panjang. " * 1000}
    async with client_of(toy_app(issuer.verifier(), max_body_bytes=2048)) as client:
        page = await client.post("/form", data=large, headers=BROWSER)
    assert (page.status_code, lost(page, "/form", large)) == (413, [])
    assert "Pendekkan" in page.text


def test_the_longest_form_that_is_filled_in_as_told_is_read() -> None:
    """A sign beyond the first plane is percent-encoded in twelve bytes; nothing takes more."""
    told = ReportForm.model_json_schema()["properties"]
    typed = {
        name: "\N{FACE WITH TEARS OF JOY}" * max(one.get("maxLength", 0) for one in (field, *field["anyOf"]))
        for name, field in ((name, {"anyOf": [], **field}) for name, field in told.items())
    }
    assert len(typed["text"]) == 5000
    assert 2 * len(urlencode(typed)) < FORM_BYTES


@pytest.mark.parametrize(("service", "path"), FORMS)
async def test_a_fault_of_ours_gives_back_what_was_typed(
    service: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("shared.http.authorization.form_token", broken)
    async with browser(service) as client:
        page = await client.post(path, data=TYPED, headers=BROWSER)
    assert (page.status_code, lost(page, path)) == (500, [])


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (RateLimitedError("toy", 30), 429),
        (OSError(errno.ENOSPC, "full"), 507),
        (StorageFullError("full"), 507),
    ],
)
@pytest.mark.parametrize(("service", "path"), FORMS)
async def test_whoever_asks_too_often_or_finds_no_space_gets_back_what_was_typed(
    service: str, path: str, refusal: Exception, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise refusal

    monkeypatch.setattr("shared.http.authorization.form_token", refuse)
    async with browser(service) as client:
        page = await client.post(path, data=TYPED, headers=BROWSER)
    assert (page.status_code, lost(page, path)) == (status, [])
    assert int(page.headers["retry-after"]) >= 30


@pytest.mark.parametrize(("service", "path"), PUBLIC_FORMS)
async def test_an_expired_form_token_gives_back_what_was_typed_with_a_new_one(
    service: str, path: str
) -> None:
    pages = state_of(application(service)).pages
    assert pages is not None
    cookie = {"Cookie": f"{pages.cookies[0]}=a-cookie-that-stands-for-somebody"}
    async with browser(service) as client:
        old = TYPED | {"csrf": "0" * 64}
        page = await client.post(path, data=old, headers=BROWSER | cookie)
        if page.status_code != 403:  # a public form that stands for nobody carries no token
            assert path in ("/lapor", "/lacak", "/lapor/selesai")
            return
        assert lost(page, path) == []
        fresh = re.search(r'name="csrf" value="([A-Za-z0-9_-]{86})"', page.text)
        assert fresh is not None
        again = await client.post(path, data=TYPED | {"csrf": fresh[1]}, headers=BROWSER | cookie)
        assert again.status_code != 403
        foreign = await client.post(
            path, data=old, headers=BROWSER | cookie | {"Sec-Fetch-Site": "cross-site"}
        )
        assert foreign.status_code == 403
        assert TYPED["name"] not in foreign.text
        unnamed = await client.post(path, data=old, headers={"Accept": "text/html"} | cookie)
        assert unnamed.status_code == 403
        assert fresh[1] not in unnamed.text, "a token only for whom the browser names as our own page"


@pytest.mark.parametrize(("service", "path"), OWN_FORMS)
async def test_each_form_behind_the_log_in_gives_back_what_was_typed_when_the_session_has_ended(
    service: str, path: str
) -> None:
    async with browser(service) as client:
        page = await client.post(path, data=TYPED, headers=BROWSER)
    assert (page.status_code, lost(page, path)) == (401, [])
    again = re.search(r'<a[^>]* href="([^"]+)"[^>]*>Masuk lagi</a>', page.text)
    assert again is not None
    assert again[1].startswith(f"{login_paths(service).start}?")


async def test_an_ended_log_in_gives_back_what_was_typed(issuer: TestIssuer) -> None:
    async with client_of(toy_app(issuer.verifier())) as client:
        page = await client.post("/mine", data=TYPED, headers=BROWSER)
        empty = await client.post("/mine", headers=BROWSER)
    assert (page.status_code, lost(page, "/mine")) == (401, [])
    assert "Masuk lagi" in page.text
    assert empty.status_code == 401
    assert "belum ada yang tercatat. Masuk lagi, lalu ulangi langkah ini." in empty.text


async def test_an_address_that_is_not_there_gives_back_what_was_typed(issuer: TestIssuer) -> None:
    async with client_of(toy_app(issuer.verifier())) as client:
        page = await client.post("/lama", data=TYPED, headers=BROWSER)
    assert (page.status_code, lost(page, "/lama")) == (404, [])


async def test_programs_get_problems_and_nothing_back(issuer: TestIssuer) -> None:
    async with client_of(toy_app(issuer.verifier())) as client:
        answer = await client.post("/submit", data=TYPED)
    assert answer.status_code == 422
    assert TYPED["name"] not in answer.text


# -- the keeper ---------------------------------------------------------------------------------------------


def scope(length: int) -> dict[str, Any]:
    headers = [
        (b"content-type", b"application/x-www-form-urlencoded"),
        (b"content-length", str(length).encode()),
    ]
    return {"type": "http", "method": "POST", "headers": headers}


def sending(*messages: Message) -> Receive:
    """Return what receives these messages and then nothing for ever."""
    left = list(messages)

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    return receive


def part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_only_so_much_is_kept_at_a_time_and_all_of_it_is_given_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.http.bodies.SMALL_BYTES", 0)
    bodies = Bodies(8, 0.01)
    keeper = FormKeeper(bodies, most_each=10)
    first, second, third = scope(8), scope(8), scope(8)
    async with keeper.keeping(first, sending(part(b"a=%C3%A9"))) as received:
        async with keeper.keeping(second, sending(part(b"a", more=True), part(b"=1"))) as passed:
            assert typed_in(Request(second)) == Typed((), is_kept=False)
            assert [(await passed())["body"] for _ in range(2)] == [b"a", b"=1"], "nothing is lost"
        typed = typed_in(Request(first))
        assert typed is not None
        assert typed.fields == (("a", "é"),)
        assert await received() == part(b"a=%C3%A9")
        assert bodies.held == 8
    assert bodies.held == 0
    async with keeper.keeping(third, sending(part(b"a=%C3%A9"))):
        assert typed_in(Request(third)) == typed


async def test_who_only_announces_a_form_takes_nobody_s_room() -> None:
    """More such senders than there is room for by their word: the text of others is kept all the same."""
    bodies = Bodies(100, 60)
    keeper = FormKeeper(bodies, most_each=100)

    async def announce() -> None:
        async with keeper.keeping(scope(100), sending(part(b"a=", more=True))):
            pass

    idle = [asyncio.create_task(announce()) for _ in range(20)]

    async def have_begun() -> bool:
        return bodies.held == 40

    await until(have_begun)
    asked = scope(3)
    async with keeper.keeping(asked, sending(part(b"a=1"))):
        assert typed_in(Request(asked)) == Typed((("a", "1"),))
    for task in idle:
        task.cancel()
    await asyncio.gather(*idle, return_exceptions=True)
    assert bodies.held == 0


async def test_one_source_fills_a_quarter_of_the_room_and_others_find_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.http.bodies.SMALL_BYTES", 2)
    bodies = Bodies(40, 60)
    keeper = FormKeeper(bodies, most_each=100)

    async def send(host: str, found: list[str], most: int = 1) -> None:
        """Hold as many bodies side by side as come whole, of at most `most`."""
        asked = scope(6) | {"client": (host, 1)}
        async with keeper.keeping(asked, sending(part(b"a=1", more=True), part(b"234"))):
            found.append(asked["zi.body"].end)
            if len(found) < most:
                await send(host, found, most)

    crowd: list[str] = []
    others: list[str] = []
    asked = scope(6) | {"client": ("2001:db8::1", 1)}
    async with keeper.keeping(asked, sending(part(b"a=1234"))):
        await send("2001:db8::2", crowd, 2)
        await send("2001:db8:0:1::1", others)
        await send("192.0.2.1", others)
    assert (crowd, others) == (["whole", "no_room"], ["whole", "whole"])
    assert bodies.held == 0


async def test_who_goes_away_while_sending_is_told_on() -> None:
    receive = sending(part(b"a=", more=True), {"type": "http.disconnect"})
    async with FormKeeper(Bodies(10), most_each=10).keeping(scope(8), receive) as received:
        assert [(await received())["type"] for _ in range(2)] == ["http.request", "http.disconnect"]


async def test_the_text_that_is_kept_is_not_copied() -> None:
    """A form of the largest size would else take its room several times over."""
    asked = scope(3)
    receive = sending(part(b"a", more=True), part(b"=1"))
    async with FormKeeper(Bodies(10), most_each=10).keeping(asked, receive) as received:
        assert (await received())["body"] is asked["zi.typed"]
