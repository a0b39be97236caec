"""Bodies on real sockets: those that do not come take no place, and no request vanishes from the counters."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from prometheus_client import REGISTRY

from shared.http.bodies import Bodies
from tests.support.edge import GUARD_SECONDS, Edge, listening
from tests.support.http import toy_app
from tests.support.polling import until
from tests.support.tokens import TestIssuer

HOST = b"Host: toy.test\r\n"
KINDS = (
    b"application/json",
    b"application/x-www-form-urlencoded",
    b"multipart/form-data; boundary=x",
    b"text/plain",
)
HELLO = b"GET /hello HTTP/1.1\r\n" + HOST + b"\r\n"
THING = b'{"name": "meja"}'
PLACES = 2


def post(path: str, *fields: bytes, kind: bytes = b"application/json", length: int = len(THING)) -> bytes:
    """Return the head of a POST that announces a body."""
    lines = [f"POST {path} HTTP/1.1\r\n".encode() + HOST.strip(), b"Content-Type: " + kind, *fields]
    if not any(field.startswith(b"Transfer-Encoding") for field in fields):
        lines.append(b"Content-Length: %d" % length)
    return b"\r\n".join((*lines, b"", b""))


def bearer(issuer: TestIssuer, role: str) -> bytes:
    return b"Authorization: " + issuer.headers(role)["Authorization"].encode()


def status(head: bytes) -> int:
    return int(head.split(b" ", 2)[1])


def requests() -> float:
    """All requests that were ever counted, whatever became of them."""
    return sum(
        sample.value
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name == "zi_http_requests_total"
    )


@asynccontextmanager
async def served(issuer: TestIssuer, **changed: Any) -> AsyncIterator[Edge]:
    given = {"requests_at_once": PLACES, "requests_waiting": 1, "files_at_once": 1, "waiting_seconds": 1}
    async with listening(toy_app(issuer.verifier(), **(given | changed))) as edge:
        yield edge


async def asked(edge: Edge, data: bytes) -> tuple[int, Any]:
    """Return status and content of the answer to this request on a connection of its own."""
    dialogue = await edge.open()
    await dialogue.say(data)
    head, body = await dialogue.answer()
    await dialogue.close()
    return status(head), json.loads(body)


async def are_counted(count: float) -> None:
    async def so_many() -> bool:
        return requests() == count

    await until(so_many, seconds=GUARD_SECONDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", ["/submit", "/form", "/keluar", "/nowhere"])
@pytest.mark.parametrize("coding", [False, True], ids=["length", "chunked"])
async def test_unsent_bodies_keep_nobody_out_and_are_counted_when_they_leave(
    issuer: TestIssuer, path: str, kind: bytes, *, coding: bool
) -> None:
    fields = (b"Transfer-Encoding: chunked",) if coding else ()
    async with served(issuer) as edge:
        before = requests()
        held = [await edge.open() for _ in range(5 * PLACES)]
        for dialogue in held:
            await dialogue.say(post(path, *fields, kind=kind))
        for _ in range(3):
            assert (await asked(edge, HELLO))[0] == 200
        assert (await asked(edge, post("/submit") + THING))[0] == 200
        for dialogue in held:
            await dialogue.close()
        await are_counted(before + 4 + len(held))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_body_that_stays_away_is_told_so_and_counted(
    issuer: TestIssuer, kind: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.http.app.Bodies", partial(Bodies, seconds=0.1))
    async with served(issuer) as edge:
        before = requests()
        dialogue = await edge.open()
        await dialogue.say(post("/submit", kind=kind) + THING[:-1])
        head, body = await dialogue.answer()
        assert (status(head), json.loads(body)["code"]) == (408, "body_slow")
        await dialogue.say(THING[-1:] + HELLO)
        assert status((await dialogue.answer())[0]) == 200, "what comes late is no part of the next request"
        await are_counted(before + 2)


async def test_a_body_that_comes_in_pieces_is_read_whole(issuer: TestIssuer) -> None:
    async with served(issuer) as edge:
        dialogue = await edge.open()
        await dialogue.say(post("/submit", b"Transfer-Encoding: chunked"))
        for sign in THING:
            await dialogue.say(b"1\r\n" + bytes([sign]) + b"\r\n")
            await asyncio.sleep(0)
        await dialogue.say(b"0\r\n\r\n" + HELLO)
        head, body = await dialogue.answer()
        assert (status(head), json.loads(body)["name"]) == (200, "meja")
        assert status((await dialogue.answer())[0]) == 200


async def test_a_chunked_body_beyond_the_limit_is_refused_before_its_end(issuer: TestIssuer) -> None:
    async with served(issuer) as edge:
        dialogue = await edge.open()
        await dialogue.say(
            post("/submit", b"Transfer-Encoding: chunked") + b"c00\r\n" + b"x" * 0xC00 + b"\r\n"
        )
        head, body = await dialogue.answer()
        assert (status(head), json.loads(body)["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
async def test_the_body_of_a_read_is_not_waited_for(issuer: TestIssuer, method: bytes) -> None:
    async with served(issuer) as edge:
        asking = method + HELLO.removeprefix(b"GET").removesuffix(b"\r\n") + b"Content-Length: 5\r\n\r\n"
        dialogue = await edge.open()
        await dialogue.say(asking)
        head = await dialogue.head()
        assert status(head) == 200


async def test_who_asks_before_sending_is_told_to_go_on(issuer: TestIssuer) -> None:
    async with served(issuer) as edge:
        dialogue = await edge.open()
        await dialogue.say(post("/submit", b"Expect: 100-continue"))
        assert status(await dialogue.head()) == 100
        await dialogue.say(THING + HELLO)
        assert status((await dialogue.answer())[0]) == 200
        assert status((await dialogue.answer())[0]) == 200


@pytest.mark.parametrize(
    ("path", "role", "length", "expected"),
    [
        ("/submit", "", 10_000_000, 413),
        ("/upload", "", 1000, 401),
        ("/upload", "verifier", 1000, 403),
        ("/upload", "unit_operator", 60_000, 413),
    ],
    ids=["too large", "a file of nobody", "a file of another", "too large a file"],
)
async def test_who_asks_before_sending_and_is_refused_sends_nothing_and_nothing_follows(
    issuer: TestIssuer, path: str, role: str, length: int, expected: int
) -> None:
    token = (bearer(issuer, role),) if role else ()
    kind = b"multipart/form-data; boundary=x" if path == "/upload" else KINDS[0]
    async with served(issuer) as edge:
        before = requests()
        dialogue = await edge.open()
        await dialogue.say(post(path, b"Expect: 100-continue", *token, kind=kind, length=length))
        head, _ = await dialogue.answer()
        assert status(head) == expected
        assert b"connection: close" in head.lower()
        assert await dialogue.rest() == b""
        await are_counted(before + 1)


async def test_files_of_whom_nobody_lets_in_take_no_place_and_are_counted_as_uploads(
    issuer: TestIssuer,
) -> None:
    def refused() -> float:
        labels = {"method": "POST", "route": "/upload", "status": "4xx"}
        return REGISTRY.get_sample_value("zi_http_requests_total", labels) or 0

    def denied() -> float:
        return REGISTRY.get_sample_value("zi_auth_denied_total", {"reason": "role"}) or 0

    kind = b"multipart/form-data; boundary=x"
    file = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhello\r\n--x--\r\n'
    async with served(issuer) as edge:
        before = refused(), denied()
        for token in ((), (b"Authorization: Bearer x.y.z",), (bearer(issuer, "verifier"),)):
            dialogue = await edge.open()
            await dialogue.say(post("/upload", *token, kind=kind, length=1000))
            assert status((await dialogue.answer())[0]) in (401, 403)
        assert (refused(), denied()) == (before[0] + 3, before[1] + 1)
        good = post("/upload", bearer(issuer, "unit_operator"), kind=kind, length=len(file)) + file
        assert await asked(edge, good) == (200, {"bytes": 5})


async def test_who_leaves_in_the_middle_of_a_file_is_counted_as_gone(
    issuer: TestIssuer, logs: list[Any]
) -> None:
    kind = b"multipart/form-data; boundary=x"
    async with served(issuer) as edge:
        before = requests()
        dialogue = await edge.open()
        head = post("/upload", bearer(issuer, "unit_operator"), kind=kind, length=1000)
        await dialogue.say(
            head + b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhe'
        )

        async def is_at_work() -> bool:
            return REGISTRY.get_sample_value("zi_http_at_work_requests", {"lane": "files"}) == 1

        await until(is_at_work, seconds=GUARD_SECONDS)
        await dialogue.close()
        await are_counted(before + 1)
    (line,) = [line for line in logs if line["event"] == "http_request"]
    assert (line["status"], line["route"]) == (499, "/upload")
    assert [line for line in logs if line["log_level"] == "error"] == []
