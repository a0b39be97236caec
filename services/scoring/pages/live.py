"""Streams of pages: what changed since the last look, as texts by element id.

A page and its stream are made of the same `View`: `cells` holds every text and attribute that may change in
place, `shape` what cannot be patched (rows, columns), so that a different shape asks for a reload.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.db import DatabaseAwayError
from shared.http.live import ServerSentEvent

PAUSE_SECONDS = 0.25
"""A reader sees a change a quarter of a second late; a look costs one primary-key read."""
AGES_SECONDS = 15.0
"""How often relative times grow older on a page where nothing moves."""


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows: `cells` by element id (`id@attribute` for attributes), `shape` of the rest."""

    shape: tuple[Any, ...]
    cells: Mapping[str, str]


async def patches(
    stamp: Callable[[], Awaitable[datetime | None]], look: Callable[[], Awaitable[View]], *, page_stamp: str
) -> AsyncIterator[ServerSentEvent]:
    """Yield a patch whenever the page's cells differ from what was sent; a reload when its shape does.

    `stamp` is the cheap question whether anything moved, `look` reads everything anew; `page_stamp` is the
    answer when the page was made (`stamp_text`). A database that is away only delays the next patch.
    """
    seen = await stamp()
    view = await look()
    looked_at = time.monotonic()
    if stamp_text(seen) != page_stamp:  # it moved between the page and its stream
        yield _patch(view.cells)
    while True:
        await asyncio.sleep(PAUSE_SECONDS)
        try:
            now = await stamp()
            if now == seen and time.monotonic() - looked_at < AGES_SECONDS:
                continue
            fresh = await look()
        except DatabaseAwayError:
            continue
        seen, looked_at = now, time.monotonic()
        if fresh.shape != view.shape:
            yield ServerSentEvent(event="reload", data="1")
            return
        changed = {key: value for key, value in fresh.cells.items() if view.cells.get(key) != value}
        view = fresh
        if changed:
            yield _patch(changed)


def stamp_text(stamp: datetime | None) -> str:
    """Return a stamp as a page carries it to its stream."""
    return "" if stamp is None else f"{stamp.timestamp():.6f}"


def _patch(cells: Mapping[str, str]) -> ServerSentEvent:
    return ServerSentEvent(event="patch", data=dict(cells))
