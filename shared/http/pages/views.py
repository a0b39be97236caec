"""Views of live pages, and what changed since the last look: texts by element id.

A page and its stream are made of the same `View`.
"""

import hashlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.http.pages.live import ServerSentEvent
from shared.kernel import NotFoundError


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows: `texts` by element id (`id@attribute` for attributes) that may change in place.

    `shape` holds what cannot be patched (rows, columns): a different shape asks for a reload.
    """

    shape: tuple[Any, ...]
    texts: Mapping[str, str]

    @property
    def form(self) -> str:
        """The shape as a page carries it to its stream."""
        return hashlib.sha256(repr(self.shape).encode()).hexdigest()[:32]


async def patches(
    views: AsyncGenerator[tuple[datetime | None, View], None], *, page_form: str
) -> AsyncGenerator[ServerSentEvent, None]:
    """Yield a patch whenever the page's texts differ from what was sent; a reload when its shape does.

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
                    yield _patch(view.texts)
                elif view.shape != shown.shape:
                    break
                elif changed := {k: text for k, text in view.texts.items() if shown.texts.get(k) != text}:
                    yield _patch(changed)
                shown = view
        except NotFoundError:
            pass
    yield ServerSentEvent(event="reload", data="1")


def _patch(texts: Mapping[str, str]) -> ServerSentEvent:
    return ServerSentEvent(event="patch", data=dict(texts))
