"""One watcher per process for all its live pages: what moved is asked once, however many read.

A page is known by `key`, the thing whose stamp moves, and `sight`, what a reader sees of it (scope, filter,
cursor). Readers of the same page share each look at it, and looks wait for each other, so that streams
need two connections at most, not one each.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

import structlog

from shared.db import DatabaseAwayError

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 0.25
"""A reader sees a change a quarter of a second late; asking costs one statement for all readers."""
AGES_SECONDS = 15.0
"""How often relative times grow older on a page where nothing moves."""
FIRST_REST_SECONDS = 1.0
"""How long nothing is asked after a fault of ours; each further one doubles it."""
MOST_REST_SECONDS = 30.0
LOOKS_AT_ONCE = 2

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Stamp = datetime | None
Ask = Callable[[Collection[K]], Awaitable[Mapping[K, Stamp]]]


@dataclass(eq=False, slots=True)
class _Page(Generic[K, V]):
    """A page that somebody reads; `seen` is its newest stamp and view."""

    key: K
    look: Callable[[], Awaitable[V]]
    readers: int = 0
    seen: tuple[Stamp, V] | None = None
    looked_at: float = float("-inf")
    is_looking: bool = False
    failure: Exception | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self) -> None:
        """Wake all who read this page."""
        news, self.news = self.news, asyncio.Event()
        news.set()


class Watcher(Generic[K, V]):
    """Asks `ask` for the stamps of all pages that are read, and looks anew at those that moved."""

    def __init__(self, ask: Ask[K], *, pause_seconds: float | None = None) -> None:
        self._ask = ask
        self._pause_seconds = pause_seconds
        self._pages: dict[tuple[K, Hashable], _Page[K, V]] = {}
        self._looks = asyncio.Semaphore(LOOKS_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._round: asyncio.Task[None] | None = None
        self._fault: Exception | None = None
        self._rest = FIRST_REST_SECONDS
        self._rests_until = float("-inf")

    async def views(
        self, key: K, sight: Hashable, look: Callable[[], Awaitable[V]]
    ) -> AsyncGenerator[tuple[Stamp, V], None]:
        """Yield stamp and view of a page, now and whenever it moved or grew old; raises what `look` raises.

        A database that is away only delays the next view; any other fault of `ask` ends all readers,
        who then know that their page is not live.
        """
        if self._fault is not None and time.monotonic() < self._rests_until:
            raise self._fault
        page = self._pages.setdefault((key, sight), _Page(key, look))
        page.readers += 1
        if self._round is None:
            self._round = asyncio.create_task(self._rounds())
        last = None
        try:
            while True:
                if page.failure is not None:
                    raise page.failure
                if page.seen is not None and page.seen is not last:
                    last = page.seen
                    yield last
                else:
                    await page.news.wait()
        finally:
            page.readers -= 1
            if not page.readers and self._pages.get((key, sight)) is page:
                del self._pages[key, sight]
            if not self._pages:
                self._stop()

    async def _rounds(self) -> None:
        while True:
            try:
                await self._step()
            except DatabaseAwayError:
                pass
            except Exception as error:
                log.exception("watch_failed", rests=self._rest)
                self._give_up(error)
                return
            else:
                self._rest = FIRST_REST_SECONDS
            await asyncio.sleep(PAUSE_SECONDS if self._pause_seconds is None else self._pause_seconds)

    def _give_up(self, fault: Exception) -> None:
        """End all readers, and refuse new ones for a while that doubles with each fault."""
        self._fault = fault
        self._rests_until = time.monotonic() + self._rest
        self._rest = min(2 * self._rest, MOST_REST_SECONDS)
        pages, self._pages = self._pages, {}
        self._round = None
        for page in pages.values():
            page.failure = fault
            page.tell()

    async def _step(self) -> None:
        """Ask once for all pages, and begin to look at those that moved or grew old."""
        stamps = await self._ask({page.key for page in self._pages.values()})
        now = time.monotonic()
        for page in self._pages.values():
            stamp = stamps.get(page.key)
            is_old = page.seen is None or page.seen[0] != stamp or now - page.looked_at >= AGES_SECONDS
            if is_old and not page.is_looking:
                page.is_looking = True
                task = asyncio.create_task(self._look(page, stamp))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _look(self, page: _Page[K, V], stamp: Stamp) -> None:
        try:
            async with self._looks:
                page.seen = (stamp, await page.look())
            page.looked_at = time.monotonic()
        except DatabaseAwayError:
            return  # the next round looks again
        except Exception as error:  # noqa: BLE001 - its readers raise it
            page.failure = error
        finally:
            page.is_looking = False
        page.tell()

    def _stop(self) -> None:
        """End with the last reader."""
        for task in (self._round, *self._tasks):
            if task is not None:
                task.cancel()
        self._round = None
