"""How long a connection may be silent, told by a clock that stands until it is moved."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from prometheus_client import REGISTRY
from uvicorn.server import ServerState

from shared.server.connection import Connection, Limits
from shared.server.entrance import UNREAD_SECONDS, Entrance
from shared.server.serving import configured
from tests.support.wire import FIXED, GET, head

LIMITS = Limits(head_seconds=10, idle_seconds=30, body_seconds=130)
UPLOAD = head(b"Host: a", b"Content-Length: 1000000")

App = Callable[[Any, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


class Clock:
    """The part of an event loop that a protocol uses, with a time of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._now = 1000.0
        self._timers: list[asyncio.TimerHandle] = []

    def time(self) -> float:
        return self._now

    def call_at(self, when: float, callback: Callable[..., object], *args: object) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(when, callback, args, self._loop)
        self._timers.append(timer)
        return timer

    def call_later(self, delay: float, callback: Callable[..., object], *args: object) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args)

    def create_task(self, work: Any, **given: Any) -> asyncio.Task[Any]:
        return self._loop.create_task(work, **given)

    def move(self, seconds: float) -> None:
        """Let this much time pass, and all that is due happen."""
        until = self._now + seconds
        while due := [t for t in self._timers if not t.cancelled() and t.when() <= until]:
            first = min(due, key=lambda timer: timer.when())
            self._timers.remove(first)
            self._now = max(self._now, first.when())
            first._run()
        self._now = until


class Wire(asyncio.Transport):
    """A transport that keeps what is written; `waiting` bytes of it were not taken by the client."""

    def __init__(self) -> None:
        super().__init__()
        self.protocol: Connection
        self.sent = b""
        self.waiting = 0
        self.reads = True
        self.is_ended = self.is_aborted = self._is_closing = False

    def write(self, data: Any) -> None:
        self.sent += data

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.is_ended = True

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = self.is_ended = True
            if not self.waiting:
                self.protocol.connection_lost(None)

    def abort(self) -> None:
        if not self.is_aborted:
            self._is_closing = self.is_ended = self.is_aborted = True
            self.protocol.connection_lost(None)

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True

    def get_write_buffer_size(self) -> int:
        return self.waiting

    @property
    def status(self) -> int:
        """The status of the last answer; 0 without one."""
        return int(self.sent.rpartition(b"HTTP/1.1 ")[2][:3] or 0)


async def turn() -> None:
    """Let the application run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


class Talk:
    """One connection to an application."""

    def __init__(self, app: App, entrance: Entrance | None = None) -> None:
        self.clock = Clock()
        self.wire = Wire()
        entrance = entrance or Entrance(100, 100)
        config = configured(app, LIMITS, entrance, lifespan="off", proxy_headers=False)
        config.load()
        make: Any = partial(Connection, LIMITS, entrance)
        self.connection: Connection = make(
            config=config, server_state=ServerState(), app_state={}, _loop=self.clock
        )
        self.wire.protocol = self.connection
        self.connection.connection_made(self.wire)

    async def say(self, data: bytes) -> None:
        self.connection.data_received(data)
        await turn()


async def answer(send: Callable[[Any], Awaitable[None]], *, more: bool = False) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok", "more_body": more})


async def reader(_scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
    """Read the whole body and answer."""
    while (message := await receive())["type"] == "http.request" and message["more_body"]:
        pass
    await answer(send)


async def hasty(_scope: Any, _receive: Any, send: Any) -> None:
    """Answer without a look at the body."""
    await answer(send)


async def hanging(_scope: Any, _receive: Any, _send: Any) -> None:
    """Work for ever."""
    await asyncio.Event().wait()


def counted(reason: str) -> float:
    return REGISTRY.get_sample_value("zi_http_broken_off_total", {"reason": reason}) or 0


async def test_a_head_that_drips_is_refused_after_its_time_and_no_drop_prolongs_it() -> None:
    talk, before = Talk(reader), counted("head_slow")
    await talk.say(GET[:1])
    for number in range(1, 10):
        talk.clock.move(1)
        await talk.say(GET[number : number + 1])
    assert not talk.wire.is_ended
    talk.clock.move(1)
    assert (talk.wire.status, talk.wire.is_ended) == (408, True)
    assert b'"code": "head_slow"' in talk.wire.sent
    assert counted("head_slow") == before + 1
    await talk.say(GET)
    assert talk.wire.sent.count(b"HTTP/1.1") == 1, "nothing is answered after a refusal"


async def test_a_client_that_says_nothing_is_left_without_a_word() -> None:
    talk, before = Talk(reader), counted("head_slow")
    talk.clock.move(9.9)
    assert not talk.wire.is_ended
    talk.clock.move(0.2)
    assert (talk.wire.sent, talk.wire.is_ended) == (b"", True)
    assert counted("head_slow") == before, "a spare connection is no fault"


async def test_the_second_head_of_a_connection_has_its_time_too() -> None:
    talk = Talk(reader)
    await talk.say(GET)
    assert talk.wire.status == 200
    talk.clock.move(20)
    await talk.say(GET[:9])
    talk.clock.move(9.9)
    assert not talk.wire.is_ended
    talk.clock.move(0.2)
    assert (talk.wire.status, talk.wire.is_ended) == (408, True)


async def test_a_connection_at_rest_is_closed_after_its_time() -> None:
    talk = Talk(reader)
    await talk.say(GET)
    talk.clock.move(29.9)
    assert not talk.wire.is_ended
    talk.clock.move(0.2)
    assert (talk.wire.sent.count(b"HTTP/1.1"), talk.wire.is_ended) == (1, True)


async def test_a_connection_at_rest_is_closed_also_when_the_body_came_after_its_answer() -> None:
    talk = Talk(hasty)
    await talk.say(FIXED[:-3])
    await talk.say(FIXED[-3:])
    assert talk.wire.status == 200
    talk.clock.move(30.1)
    assert talk.wire.is_ended


async def test_a_body_that_stops_is_refused_after_its_silence() -> None:
    talk, before = Talk(reader), counted("body_slow")
    await talk.say(UPLOAD + b"a")
    talk.clock.move(29.9)
    assert not talk.wire.is_ended
    talk.clock.move(0.2)
    assert (talk.wire.status, talk.wire.is_ended) == (408, True)
    assert counted("body_slow") == before + 1


async def test_a_slow_upload_that_goes_on_survives_until_its_whole_time_is_over() -> None:
    talk = Talk(reader)
    await talk.say(UPLOAD)
    for _ in range(5):
        talk.clock.move(25)
        await talk.say(b"a")
        assert not talk.wire.is_ended
    talk.clock.move(5.1)
    assert (talk.wire.status, talk.wire.is_ended) == (408, True)


async def test_a_slow_upload_that_is_whole_in_time_is_answered() -> None:
    talk = Talk(reader)
    await talk.say(head(b"Host: a", b"Content-Length: 5"))
    for sign in b"hallo":
        talk.clock.move(25)
        await talk.say(bytes([sign]))
    assert (talk.wire.status, talk.wire.is_ended) == (200, False)


async def test_a_client_is_not_silent_while_nobody_reads() -> None:
    begin = asyncio.Event()

    async def late(scope: Any, receive: Any, send: Any) -> None:
        await begin.wait()
        await reader(scope, receive, send)

    talk = Talk(late)
    await talk.say(UPLOAD + b"a" * 100_000)
    talk.clock.move(100)
    assert (talk.wire.reads, talk.wire.is_ended) == (False, False)
    begin.set()
    await turn()
    talk.clock.move(29)
    assert (talk.wire.reads, talk.wire.is_ended) == (True, False)
    talk.clock.move(1.1)
    assert talk.wire.status == 408


async def test_a_client_that_was_told_to_wait_is_not_silent() -> None:
    begin = asyncio.Event()

    async def late(scope: Any, receive: Any, send: Any) -> None:
        await begin.wait()
        await reader(scope, receive, send)

    talk = Talk(late)
    await talk.say(head(b"Host: a", b"Content-Length: 5", b"Expect: 100-continue"))
    talk.clock.move(100)
    assert talk.wire.sent == b""
    begin.set()
    await turn()
    await talk.say(b"hello")
    assert (b"100 Continue" in talk.wire.sent, talk.wire.status) == (True, 200)


async def test_a_body_of_an_early_answer_has_no_more_time_and_gets_no_second_answer() -> None:
    talk = Talk(hasty)
    await talk.say(UPLOAD)
    for _ in range(13):
        assert not talk.wire.is_ended
        talk.clock.move(10)
        await talk.say(b"a")
    assert talk.wire.is_ended
    assert talk.wire.sent.count(b"HTTP/1.1") == 1


async def test_an_answer_may_take_any_time_and_a_stream_is_never_cut() -> None:
    ended = asyncio.Event()

    async def stream(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await ended.wait()
        await send({"type": "http.response.body", "body": b"last", "more_body": False})

    talk = Talk(stream)
    await talk.say(GET)
    talk.clock.move(3600)
    assert not talk.wire.is_ended
    ended.set()
    await turn()
    assert b"last" in talk.wire.sent


@pytest.fixture
async def unread() -> Talk:
    """A connection whose client does not take the answer."""

    async def large(_scope: Any, _receive: Any, send: Any) -> None:
        await answer(send, more=True)
        await asyncio.Event().wait()

    talk = Talk(large)
    await talk.say(GET)
    talk.wire.waiting = 100_000
    talk.connection.pause_writing()
    return talk


async def test_a_reader_who_takes_nothing_is_left(unread: Talk) -> None:
    before = counted("answer_unread")
    unread.clock.move(29.9)
    assert not unread.wire.is_aborted
    unread.clock.move(0.2)
    assert (unread.wire.is_aborted, counted("answer_unread")) == (True, before + 1)


async def test_a_reader_who_takes_a_little_is_served(unread: Talk) -> None:
    for _ in range(10):
        unread.clock.move(25)
        unread.wire.waiting -= 1
    assert not unread.wire.is_aborted
    unread.wire.waiting = 0
    unread.connection.resume_writing()
    unread.clock.move(100)
    assert not unread.wire.is_aborted


async def test_a_closed_connection_whose_last_answer_nobody_takes_is_left() -> None:
    talk = Talk(hasty)
    talk.wire.waiting = 2
    await talk.say(head(b"Host: a", b"Connection: close", line=b"GET /a HTTP/1.1"))
    assert (talk.wire.is_closing(), talk.wire.is_aborted) == (True, False)
    talk.clock.move(30.1)
    assert talk.wire.is_aborted


async def test_what_comes_after_a_close_is_no_request() -> None:
    talk = Talk(reader)
    await talk.say(head(b"Host: a", b"Connection: close", line=b"GET /a HTTP/1.1") + b"rubbish\n" + GET)
    assert (talk.wire.status, talk.wire.sent.count(b"HTTP/1.1"), talk.wire.is_ended) == (200, 1, True)


async def test_a_refused_client_that_stays_is_left_soon() -> None:
    talk = Talk(reader)
    await talk.say(b"rubbish\n")
    assert (talk.wire.status, talk.wire.is_ended, talk.wire.is_aborted) == (400, True, False)
    talk.clock.move(2.1)
    assert talk.wire.is_aborted


async def test_an_upgrade_is_answered_as_a_request_like_any_other() -> None:
    talk = Talk(reader)
    await talk.say(head(b"Host: a", b"Connection: Upgrade", b"Upgrade: websocket", line=b"GET /a HTTP/1.1"))
    assert talk.wire.status == 200
    await talk.say(GET)
    assert talk.wire.sent.count(b"200 OK") == 2


async def test_a_connection_without_a_place_hears_so_when_it_asks_and_is_left() -> None:
    entrance = Entrance(1, 1)
    busy = Talk(hanging, entrance)
    await busy.say(GET)
    before = counted("crowded")
    talk = Talk(reader, entrance)
    assert (talk.wire.sent, counted("crowded")) == (b"", before + 1)
    await talk.say(GET)
    assert (talk.wire.status, talk.wire.is_ended) == (503, True)
    assert b"Retry-After: " in talk.wire.sent
    assert b'"code": "busy"' in talk.wire.sent
    await talk.say(GET)
    assert talk.wire.sent.count(b"HTTP/1.1") == 1
    talk.clock.move(2.1)
    assert talk.wire.is_aborted
    assert (busy.wire.is_ended, entrance.taken) == (False, 1)


async def test_a_connection_without_a_place_that_asks_nothing_is_left_soon() -> None:
    entrance = Entrance(1, 1)
    busy = Talk(hanging, entrance)
    await busy.say(GET)
    talk = Talk(reader, entrance)
    talk.clock.move(2.1)
    assert (talk.wire.sent, talk.wire.is_aborted) == (b"", True)


@pytest.mark.parametrize("said", [b"", GET, FIXED, GET + FIXED], ids=["nothing", "a read", "a body", "two"])
async def test_a_connection_at_rest_gives_way(said: bytes) -> None:
    entrance = Entrance(1, 1)
    old = Talk(reader, entrance)
    if said:
        await old.say(said)
    new = Talk(reader, entrance)
    assert (old.wire.is_ended, old.wire.is_aborted) == (True, False)
    await new.say(GET)
    assert new.wire.status == 200
    assert entrance.taken == 1


@pytest.mark.parametrize(
    "said", [GET[:5], FIXED, GET + FIXED, UPLOAD], ids=["a head", "work", "work in line", "a body"]
)
async def test_a_connection_that_waits_for_something_gives_no_way(said: bytes) -> None:
    entrance = Entrance(1, 1)
    old = Talk(hanging, entrance)
    await old.say(said)
    new = Talk(reader, entrance)
    await new.say(GET)
    assert (new.wire.status, old.wire.is_ended) == (503, False)


async def test_a_connection_whose_body_is_still_to_come_after_its_answer_gives_no_way() -> None:
    entrance = Entrance(1, 1)
    old = Talk(hasty, entrance)
    await old.say(FIXED[:-3])
    new = Talk(reader, entrance)
    await new.say(GET)
    assert new.wire.status == 503
    await old.say(FIXED[-3:])
    newer = Talk(reader, entrance)
    await newer.say(GET)
    assert (newer.wire.status, old.wire.is_ended) == (200, True)


async def test_who_reads_an_answer_slowly_gets_it_whole_and_who_stops_gives_way() -> None:
    entrance = Entrance(1, 1)
    old = Talk(reader, entrance)
    old.wire.waiting = 10
    await old.say(GET)
    for _ in range(2):
        old.clock.move(UNREAD_SECONDS)
        old.wire.waiting -= 1
        Talk(reader, entrance)
        assert not old.wire.is_ended
    old.clock.move(UNREAD_SECONDS)
    Talk(reader, entrance)
    assert old.wire.is_aborted


async def test_of_a_body_that_nobody_asked_for_nothing_is_kept() -> None:
    talk = Talk(hasty)
    await talk.say(UPLOAD + b"a" * 50_000)
    assert talk.wire.status == 200
    assert talk.connection.cycle is not None
    assert talk.connection.cycle.body == b""
