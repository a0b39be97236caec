"""Bytes that are no request, on real sockets: one refusal, the end, and nothing smuggled behind it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from prometheus_client import REGISTRY

from shared.server.connection import Limits
from shared.server.entrance import Entrance
from tests.support.edge import GUARD_SECONDS, Dialogue, Edge, listening
from tests.support.polling import until
from tests.support.wire import FIXED, GET, REFUSED, chunks

SMUGGLED = GET.replace(b"/a", b"/smuggled")


class Served:
    """A server on a free port; `seen` holds each request's path, with its body once that has come."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, bytes | None]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.port = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.seen.append((scope["path"], None))
        place, body = len(self.seen) - 1, b""
        if scope["path"] != "/early":
            while (message := await receive())["type"] == "http.request":
                body += message["body"]
                if not message["more_body"]:
                    break
            else:
                return
            self.seen[place] = (scope["path"], body)
            await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def hears(self, *said: bytes) -> bytes:
        """Send these bytes one after the other and return all that comes until the server closes."""
        reader, writer = await self.open()
        async with asyncio.timeout(GUARD_SECONDS):
            for data in said:
                writer.write(data)
                await writer.drain()
            heard = await reader.read()
        writer.close()
        return heard


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    app = Served()
    async for _ in serving(app, Limits()):
        yield app


async def serving(app: Served, limits: Limits) -> AsyncIterator[None]:
    async with listening(app, limits, lifespan="off") as edge:
        app.port = edge.port
        yield
        app.may_answer.set()


def statuses(heard: bytes) -> list[int]:
    return [int(part[:3]) for part in heard.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize("name", REFUSED)
async def test_a_refusal_is_the_last_word_and_nothing_behind_it_is_a_request(
    served: Served, name: str
) -> None:
    heard = await served.hears(REFUSED[name] + SMUGGLED)
    assert statuses(heard) in ([400], [501])
    assert b"Connection: close" in heard
    assert b"application/problem+json" in heard
    assert [path for path, body in served.seen if body is not None] == []
    assert "/smuggled" not in {path for path, _ in served.seen}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_request_before_it_is_answered_first(served: Served, name: str) -> None:
    served.may_answer.clear()
    hearing = asyncio.create_task(served.hears(FIXED + REFUSED[name] + SMUGGLED))

    async def has_come() -> bool:
        return ("/a", b"hello") in served.seen

    await until(has_come, seconds=GUARD_SECONDS)
    served.may_answer.set()
    heard = await hearing
    assert statuses(heard) in ([200, 400], [200, 501])
    assert "/smuggled" not in {path for path, _ in served.seen}


async def test_a_bad_chunk_ends_the_request_that_was_at_work(served: Served) -> None:
    heard = await served.hears(chunks(b"5\r\nhello\r\n"), b"x\r\n" + SMUGGLED)
    assert statuses(heard) == [400]
    assert served.seen == [("/a", None)]


async def test_a_bad_chunk_after_the_answer_gets_no_answer_of_its_own(served: Served) -> None:
    reader, writer = await served.open()
    writer.write(chunks(b"5\r\nhello\r\n").replace(b"/a", b"/early"))
    async with asyncio.timeout(GUARD_SECONDS):
        heard = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"x\r\n" + SMUGGLED)
        heard += await reader.read()
    writer.close()
    assert statuses(heard) == [200]
    assert served.seen == [("/early", None)]


async def test_a_head_that_is_too_long_is_refused(served: Served) -> None:
    heard = await served.hears(b"GET /a HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000)
    assert statuses(heard) == [431]
    assert served.seen == []


async def test_good_requests_share_a_connection(served: Served) -> None:
    last = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    heard = await served.hears(FIXED + GET, chunks(b"3\r\nabc\r\n0\r\n\r\n"), last)
    assert statuses(heard) == [200] * 4
    assert served.seen == [("/a", b"hello"), ("/a", b""), ("/a", b"abc"), ("/a", b"")]


async def test_a_head_that_never_ends_is_given_up() -> None:
    app = Served()
    async for _ in serving(app, Limits(head_seconds=0.2)):
        heard = await app.hears(b"GET /a HTTP/1.1\r\nHost:")
        assert statuses(heard) == [408]
        assert app.seen == []


HERE, ELSEWHERE = "127.0.0.2", "127.0.0.3"


def broken_off(reason: str) -> float:
    return REGISTRY.get_sample_value("zi_http_broken_off_total", {"reason": reason}) or 0


async def working(app: Served, edge: Edge, source: str, count: int) -> list[Dialogue]:
    """Return connections of this source whose requests are at work."""
    app.may_answer.clear()
    before = len(app.seen)
    found = [await edge.open(source) for _ in range(count)]
    for dialogue in found:
        await dialogue.say(GET)

    async def are_at_work() -> bool:
        return len(app.seen) == before + count

    await until(are_at_work, seconds=GUARD_SECONDS)
    return found


async def is_refused(edge: Edge, source: str) -> bool:
    """Ask on a new connection; tell whether it was refused as one too many, and closed."""
    asking = await edge.open(source)
    await asking.say(GET)
    heard = await asking.rest()
    await asking.close()
    assert statuses(heard) == [503]
    assert 2 <= int(heard.partition(b"Retry-After: ")[2].partition(b"\r\n")[0]) <= 8
    assert b"Connection: close" in heard
    return b'"code": "busy"' in heard


async def test_a_source_that_holds_too_many_connections_gets_503_and_others_are_served() -> None:
    app, entrance = Served(), Entrance(10, 3)
    before = broken_off("crowded_source")
    async with listening(app, entrance=entrance, lifespan="off") as edge:
        held = await working(app, edge, HERE, 3)
        assert await is_refused(edge, HERE)
        (other,) = await working(app, edge, ELSEWHERE, 1)
        assert broken_off("crowded_source") == before + 1
        app.may_answer.set()
        for dialogue in (*held, other):
            assert statuses((await dialogue.answer())[0]) == [200], "nobody at work is disturbed"
            await dialogue.close()

        async def is_empty() -> bool:
            return entrance.taken == 0

        await until(is_empty, seconds=GUARD_SECONDS)


async def test_a_process_that_holds_too_many_connections_refuses_more_and_a_proxy_is_no_source() -> None:
    app, before = Served(), broken_off("crowded")
    entrance = Entrance(5, 1, is_trusted=lambda host: host == HERE)
    async with listening(app, entrance=entrance, lifespan="off") as edge:
        held = await working(app, edge, HERE, 5)
        assert await is_refused(edge, HERE)
        assert await is_refused(edge, ELSEWHERE)
        assert broken_off("crowded") == before + 2
        app.may_answer.set()
        await asyncio.gather(*(dialogue.answer() for dialogue in held))


async def test_connections_at_rest_make_room_for_those_who_ask() -> None:
    app = Served()
    async with listening(app, entrance=Entrance(2, 2), lifespan="off") as edge:
        used, silent = await edge.open(HERE), await edge.open(HERE)
        await used.say(GET)
        assert statuses((await used.answer())[0]) == [200]
        for _ in range(2):
            new = await edge.open(HERE)
            await new.say(GET)
            assert statuses((await new.answer())[0]) == [200]
        assert (await used.rest(), await silent.rest()) == (b"", b"")
