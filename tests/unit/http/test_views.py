"""What a page's stream sends, with the real watcher and no database."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from shared.http.pages.views import View, patches
from shared.http.pages.watcher import Watcher

START = datetime(2026, 1, 5, tzinfo=UTC)
PAGE = "unit"


class Moving:
    """A page that moves just after its stamp was asked for, once, and then stands still."""

    def __init__(self, rows: tuple[str, ...] = ()) -> None:
        self.moves = 0
        self.rows = rows

    async def ask(self, _: Collection[str]) -> Mapping[str, datetime | None]:
        stamp = START + timedelta(seconds=self.moves)
        self.moves = 1
        return {PAGE: stamp}

    async def look(self) -> View:
        return self.now()

    def now(self) -> View:
        return View(self.rows if self.moves else (), {"total": f"{self.moves},00"})


async def test_a_page_learns_of_a_move_between_the_question_and_the_look() -> None:
    moving = Moving()
    page = moving.now()
    watcher: Watcher[str, View] = Watcher(moving.ask)
    stream = patches(watcher.views(PAGE, "all", moving.look), page_form=page.form)
    event = await asyncio.wait_for(anext(stream), 10)
    assert (event.event, event.data) == ("patch", {"total": "1,00"})
    await stream.aclose()


async def test_a_page_whose_rows_changed_before_its_stream_began_is_loaded_anew() -> None:
    moving = Moving(rows=("new",))
    page = moving.now()
    watcher: Watcher[str, View] = Watcher(moving.ask)
    stream = patches(watcher.views(PAGE, "all", moving.look), page_form=page.form)
    assert (await asyncio.wait_for(anext(stream), 10)).event == "reload"
    await stream.aclose()
