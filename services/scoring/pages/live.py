"""Streams of pages: what changed since the last look, as texts by element id.

A page and its stream are made of the same `View`: `cells` holds every text and attribute that may change in
place, `shape` what cannot be patched (rows, columns), so that a different shape asks for a reload.
"""

import hashlib
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from fastapi import Request

from services.scoring.store import watch
from services.scoring.store.watch import Place
from shared.db import Database
from shared.http.pages.live import ServerSentEvent
from shared.http.pages.watcher import Watcher
from shared.kernel import NotFoundError


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows: `cells` by element id (`id@attribute` for attributes), `shape` of the rest."""

    shape: tuple[Any, ...]
    cells: Mapping[str, str]

    @property
    def form(self) -> str:
        """The shape as a page carries it to its stream."""
        return hashlib.sha256(repr(self.shape).encode()).hexdigest()[:32]


def open_watcher(db: Database) -> Watcher[Place, View]:
    """Return the watcher of all live pages of one process."""

    async def ask(places: Collection[Place]) -> Mapping[Place, datetime | None]:
        async with db.reading() as session:
            return await watch.stamps(session, places)

    return Watcher(ask)


def watcher_of(request: Request) -> Watcher[Place, View]:
    """Return what `main.build` put on the application."""
    return cast("Watcher[Place, View]", request.app.state.watcher)


async def patches(
    views: AsyncGenerator[tuple[datetime | None, View], None], *, page_form: str
) -> AsyncGenerator[ServerSentEvent, None]:
    """Yield a patch whenever the page's cells differ from what was sent; a reload when its shape does.

    The first view is sent whole: no stamp tells what the page showed, since the question and the look are
    two snapshots. `page_form` is the `form` of the page's view, empty when it is not known. Whoever may no
    longer see the page is told to load it anew, and reads there why.
    """
    shown: View | None = None
    async with aclosing(views):
        try:
            async for _, view in views:
                if shown is None:
                    if page_form not in ("", view.form):
                        break
                    yield _patch(view.cells)
                elif view.shape != shown.shape:
                    break
                elif changed := {k: text for k, text in view.cells.items() if shown.cells.get(k) != text}:
                    yield _patch(changed)
                shown = view
        except NotFoundError:
            pass
    yield ServerSentEvent(event="reload", data="1")


def _patch(cells: Mapping[str, str]) -> ServerSentEvent:
    return ServerSentEvent(event="patch", data=dict(cells))
