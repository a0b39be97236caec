"""Live pages by server-sent events.

    @pages.get("/langsung", operation_id="page_live", response_class=EventSourceResponse)
    async def page_live(request: Request, caller: PageCaller) -> AsyncIterator[ServerSentEvent]:
        async for event in live(request, changes(caller, after=last_event_id(request))):
            yield event

A stream ends when the process stops, so that shutdown never waits for a reader, and after a quarter of an
hour, so that an ended session is noticed; the browser then connects again, naming the last event it saw.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TypeVar

from fastapi import Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from shared.http.state import state_of
from shared.observability.metrics import HTTP_STREAMS

__all__ = ["EventSourceResponse", "ServerSentEvent", "last_event_id", "live"]

MAX_SECONDS = 900.0

T = TypeVar("T")


def last_event_id(request: Request) -> str | None:
    """Return the id of the last event the browser saw before it lost the stream, None at first."""
    value = request.headers.get("last-event-id", "")
    return value if value.isascii() and 0 < len(value) <= 64 else None  # noqa: PLR2004 - longer than any id of ours


async def live(
    request: Request, source: AsyncIterator[T], *, max_seconds: float = MAX_SECONDS
) -> AsyncIterator[T]:
    """Yield what `source` yields until it ends, the process stops or `max_seconds` have passed."""
    stopping = state_of(request.app).stopping
    ends_at = time.monotonic() + max_seconds
    stop = asyncio.create_task(stopping.wait())
    HTTP_STREAMS.inc()
    try:
        while (left := ends_at - time.monotonic()) > 0:
            step = asyncio.ensure_future(anext(source))
            try:
                await asyncio.wait({step, stop}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                if not step.done():
                    return
                try:
                    item = step.result()
                except StopAsyncIteration:
                    return
            finally:
                if not step.done():
                    step.cancel()
                    await asyncio.gather(step, return_exceptions=True)
            yield item
    finally:
        HTTP_STREAMS.dec()
        stop.cancel()
        if (close := getattr(source, "aclose", None)) is not None:
            await close()
