"""Live pages by server-sent events.

    @pages.get("/langsung", operation_id="page_live", response_class=EventSourceResponse)
    async def page_live(request: Request, caller: PageCaller) -> AsyncIterator[ServerSentEvent]:
        async for event in live(request, changes(caller, after=last_event_id(request))):
            yield event

A stream ends when the process stops, so that shutdown never waits for a reader, and after a quarter of an
hour; the browser then connects again, naming the last event it saw. It ends at once with the session that it
was opened in: its page is told to load anew, and finds the log-in there. A person's oldest stream ends when
they open too many: its page is told "crowded", says so, and waits until somebody turns to it.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, TypeVar

from fastapi import Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from shared.http.state import state_of
from shared.observability.metrics import HTTP_STREAMS
from shared.security import PUBLIC

__all__ = ["EventSourceResponse", "ServerSentEvent", "last_event_id", "live"]

MAX_SECONDS = 900.0
BEAT_SECONDS = 15.0
"""A third of the silence after which `live.js` takes a stream for lost."""

T = TypeVar("T")


def last_event_id(request: Request) -> str | None:
    """Return the id of the last event the browser saw before it lost the stream, None at first."""
    value = request.headers.get("last-event-id", "")
    return value if value.isascii() and 0 < len(value) <= 64 else None  # noqa: PLR2004 - longer than any id of ours


async def _session_ended(request: Request) -> None:
    """Return when the reader's session has ended; never for a reader without one."""
    session = getattr(request.state, "page_session", None)
    if session is None:
        await asyncio.Event().wait()
    else:
        await state_of(request.app).sessions.ended(session)


async def _leaving(request: Request) -> str:
    """Hold the reader's place until the stream has to end before its time; return the event that says why."""
    with state_of(request.app).open_streams.reading(_person(request)) as crowded:
        gone, pushed = asyncio.create_task(_session_ended(request)), asyncio.create_task(crowded.wait())
        try:
            await asyncio.wait((gone, pushed), return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                await gone
                return "reload"
            return "crowded"
        finally:
            gone.cancel()
            pushed.cancel()
            await asyncio.gather(gone, pushed, return_exceptions=True)


def _person(request: Request) -> str | None:
    """Return whose stream it is, None for nobody known."""
    principal = getattr(request.state, "principal", PUBLIC)
    return None if principal is PUBLIC else principal.subject


async def live(
    request: Request,
    source: AsyncIterator[T],
    *,
    max_seconds: float = MAX_SECONDS,
    beat_seconds: float = BEAT_SECONDS,
) -> AsyncIterator[T | ServerSentEvent]:
    """Yield what `source` yields until it or the reader's session ends, the process stops or time is up.

    It ends as well when the same person opened too many after it.

    A source that says nothing for `beat_seconds` lets a "beat" through: a reader that hears neither knows
    that the line is dead, which no side is told.
    """
    ends_at = time.monotonic() + max_seconds
    stop = asyncio.create_task(state_of(request.app).stopping.wait())
    leaving = asyncio.create_task(_leaving(request))
    step: asyncio.Future[T] | None = None
    HTTP_STREAMS.inc()
    try:
        while (left := ends_at - time.monotonic()) > 0:
            step = step or asyncio.ensure_future(anext(source))
            waited: set[asyncio.Future[Any]] = {step, stop, leaving}
            await asyncio.wait(waited, timeout=min(left, beat_seconds), return_when=asyncio.FIRST_COMPLETED)
            if leaving.done():
                break
            if step.done():
                try:
                    item = step.result()
                except StopAsyncIteration:
                    return
                step = None
                yield item
            elif stop.done():
                return
            elif left > beat_seconds:
                yield ServerSentEvent(event="beat", data=1)
        if leaving.done() and leaving.exception() is None:
            yield ServerSentEvent(event=leaving.result(), data="1")
    finally:
        HTTP_STREAMS.dec()
        tasks: list[asyncio.Future[Any]] = [stop, leaving] if step is None else [stop, leaving, step]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if (close := getattr(source, "aclose", None)) is not None:
            await close()
