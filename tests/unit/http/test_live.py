import asyncio
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace

import httpx2
import pytest
from fastapi.sse import ServerSentEvent
from prometheus_client import REGISTRY

from shared.http.login.sessions import Sessions
from shared.http.pages.live import live
from shared.http.state import state_of
from shared.security import PUBLIC, Principal, Scope
from tests.support.http import client_of, toy_app
from tests.support.polling import until
from tests.support.tokens import TestIssuer


def events(text: str) -> list[tuple[str, dict[str, str]]]:
    """Return (id, data) of each event of a stream."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        found.append((fields["id"], json.loads(fields["data"])))
    return found


async def read(issuer: TestIssuer, headers: dict[str, str] | None = None) -> httpx2.Response:
    """Read the live page until the process stops, which it does a moment after the stream is open."""
    app = toy_app(issuer.verifier())
    async with client_of(app) as client:
        reading = asyncio.create_task(client.get("/live", headers=headers))
        await until(is_open, seconds=5, what="the stream is open")
        for _ in range(20):  # the source goes still after its third event
            await asyncio.sleep(0)
        state_of(app).begin_stop()
        return await reading


async def is_open() -> bool:
    return REGISTRY.get_sample_value("zi_http_open_streams") == 1


async def test_a_stream_ends_when_the_process_stops(issuer: TestIssuer) -> None:
    answer = await read(issuer)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert events(answer.text)[0] == ("1", {"total": "1"})
    assert REGISTRY.get_sample_value("zi_http_open_streams") == 0


async def test_a_stream_goes_on_after_the_last_event_seen(issuer: TestIssuer) -> None:
    answer = await read(issuer, {"Last-Event-ID": "9"})
    assert events(answer.text)[0] == ("10", {"total": "10"})


class Request:
    """As much of a request as a stream looks at."""

    def __init__(self, app: object) -> None:
        self.app = app
        self.state = SimpleNamespace()


async def test_a_stream_ends_after_its_time_and_closes_its_source(issuer: TestIssuer) -> None:
    closed: list[bool] = []

    async def source() -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    request = Request(toy_app(issuer.verifier()))
    assert [item async for item in live(request, source(), max_seconds=0.05)] == [1]  # type: ignore[arg-type]
    assert closed == [True]


async def test_a_stream_ends_with_its_source(issuer: TestIssuer) -> None:
    async def source() -> AsyncIterator[int]:
        yield 1
        yield 2

    request = Request(toy_app(issuer.verifier()))
    assert [item async for item in live(request, source())] == [1, 2]  # type: ignore[arg-type]


@pytest.mark.parametrize(("fault", "events"), [(None, ["reload"]), (RuntimeError("broken"), [])])
async def test_a_stream_ends_with_its_session_and_reloads_its_page_only_when_that_helps(
    issuer: TestIssuer, monkeypatch: pytest.MonkeyPatch, fault: Exception | None, events: list[str]
) -> None:
    async def silent() -> AsyncIterator[ServerSentEvent]:
        await asyncio.Event().wait()
        yield ServerSentEvent(event="patch", data="")

    async def ended(_sessions: Sessions, _session: object) -> None:
        if fault is not None:
            raise fault

    monkeypatch.setattr(Sessions, "ended", ended)
    request = Request(toy_app(issuer.verifier()))
    request.state = SimpleNamespace(page_session=object())
    assert [item.event async for item in live(request, silent())] == events  # type: ignore[arg-type]


async def test_a_still_source_lets_beats_through_and_loses_nothing(issuer: TestIssuer) -> None:
    go_on, closed = asyncio.Event(), []

    async def source() -> AsyncIterator[int]:
        try:
            yield 1
            await go_on.wait()
            yield 2
        finally:
            closed.append(True)

    request = Request(toy_app(issuer.verifier()))
    stream = live(request, source(), beat_seconds=0.01)  # type: ignore[arg-type]
    told = [await anext(stream) for _ in range(3)]
    assert told[0] == 1
    assert [getattr(beat, "event", None) for beat in told[1:]] == ["beat", "beat"]
    go_on.set()
    rest = [item async for item in stream]
    assert [item for item in rest if isinstance(item, int)] == [2]
    assert closed == [True]


async def test_a_reader_that_leaves_at_a_beat_closes_the_source(issuer: TestIssuer) -> None:
    closed: list[bool] = []

    async def source() -> AsyncIterator[int]:
        try:
            await asyncio.Event().wait()
            yield 1
        finally:
            closed.append(True)

    request = Request(toy_app(issuer.verifier()))
    stream = live(request, source(), beat_seconds=0.01)  # type: ignore[arg-type]
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    assert closed == [True]


async def test_the_oldest_stream_of_a_person_gives_way_and_its_page_is_told(issuer: TestIssuer) -> None:
    async def silent() -> AsyncIterator[ServerSentEvent]:
        await asyncio.Event().wait()
        yield ServerSentEvent(event="patch", data="")

    app = toy_app(issuer.verifier(), streams_per_person=2)

    def opened(subject: str) -> asyncio.Task[list[str | None]]:
        request = Request(app)
        request.state.principal = (
            PUBLIC if subject == "" else Principal(subject, frozenset(), Scope("national"))
        )

        async def read() -> list[str | None]:
            stream = live(request, silent())  # type: ignore[arg-type]
            return [item.event async for item in stream]

        return asyncio.create_task(read())

    async def are_open(count: int) -> None:
        async def so_many() -> bool:
            return REGISTRY.get_sample_value("zi_http_open_streams") == count

        await until(so_many, seconds=30)
        for _ in range(20):
            await asyncio.sleep(0)

    before = REGISTRY.get_sample_value("zi_http_gave_way_total", {"kind": "stream"}) or 0
    strangers = [opened("") for _ in range(5)]
    first, other = opened("ani"), opened("budi")
    await are_open(7)
    second = opened("ani")
    await are_open(8)
    third = opened("ani")
    assert await first == ["crowded"]
    await are_open(8)
    fourth = opened("ani")
    assert await second == ["crowded"]
    await are_open(8)
    assert not any(task.done() for task in (*strangers, other, third, fourth))
    assert REGISTRY.get_sample_value("zi_http_gave_way_total", {"kind": "stream"}) == before + 2
    state_of(app).begin_stop()
    assert await asyncio.gather(*strangers, other, third, fourth) == [[]] * 8
    assert state_of(app).open_streams._open == {}
