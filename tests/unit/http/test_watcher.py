"""Many readers of live pages are one question and one look at a time."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from shared.db import DatabaseAwayError
from shared.http.pages.watcher import LOOKS_AT_ONCE, Watcher
from shared.kernel import NotFoundError
from tests.support.polling import until

START = datetime(2026, 1, 5, tzinfo=UTC)
Views = AsyncGenerator[tuple[datetime | None, str], None]


class Source:
    """Stamps under the test's hand, and looks that are counted."""

    def __init__(self) -> None:
        self.stamps: dict[str, datetime | None] = {}
        self.asked: list[Collection[str]] = []
        self.looks: list[str] = []
        self.at_once = self.most_at_once = 0
        self.fault: Exception | None = None
        self.watcher: Watcher[str, str] = Watcher(self.ask)

    async def ask(self, keys: Collection[str]) -> Mapping[str, datetime | None]:
        self.asked.append(keys)
        if self.fault is not None:
            raise self.fault
        return dict(self.stamps)

    def views(self, key: str, sight: str = "all", fault: Exception | None = None) -> Views:
        async def look() -> str:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            await asyncio.sleep(0)
            self.at_once -= 1
            self.looks.append(key)
            if fault is not None:
                raise fault
            return f"{key} at {self.stamps.get(key)}"

        return self.watcher.views(key, sight, look)

    async def asked_again(self) -> None:
        """Return when a question has begun and ended after now."""
        wanted = len(self.asked) + 2

        async def is_asked() -> bool:
            return len(self.asked) >= wanted

        await until(is_asked)


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Source:
    monkeypatch.setattr("shared.http.pages.watcher.PAUSE_SECONDS", 0)
    return Source()


async def close(*readers: Views) -> None:
    for reader in readers:
        await reader.aclose()


async def test_three_hundred_readers_of_a_page_share_each_question_and_each_look(source: Source) -> None:
    readers = [source.views("board") for _ in range(300)]
    first = await asyncio.gather(*(anext(reader) for reader in readers))
    assert {view for _, view in first} == {"board at None"}
    assert source.looks == ["board"]
    source.stamps["board"] = START
    moved = await asyncio.gather(*(anext(reader) for reader in readers))
    assert {stamp for stamp, _ in moved} == {START}
    assert source.looks == ["board"] * 2
    await close(*readers)


async def test_different_pages_are_one_question_and_few_looks_at_a_time(source: Source) -> None:
    readers = [source.views(f"unit-{number}") for number in range(50)]
    await asyncio.gather(*(anext(reader) for reader in readers))
    assert len(source.asked[-1]) == 50
    assert source.most_at_once <= LOOKS_AT_ONCE
    await close(*readers)


async def test_only_the_page_that_moved_is_looked_at_again(source: Source) -> None:
    moving, still = source.views("moving"), source.views("still")
    await asyncio.gather(anext(moving), anext(still))
    source.stamps["moving"] = START
    assert await anext(moving) == (START, f"moving at {START}")
    await source.asked_again()
    assert sorted(source.looks) == ["moving", "moving", "still"]
    await close(moving, still)


async def test_readers_who_see_different_things_of_a_page_do_not_share_looks(source: Source) -> None:
    one, other = source.views("board", "agency-1"), source.views("board", "agency-2")
    await asyncio.gather(anext(one), anext(other))
    assert source.looks == ["board"] * 2
    await close(one, other)


async def test_a_question_that_meets_no_database_only_delays_the_next_view(source: Source) -> None:
    reader = source.views("board")
    await anext(reader)
    source.fault = DatabaseAwayError("away")
    await source.asked_again()
    source.fault = None
    source.stamps["board"] = START + timedelta(seconds=1)
    assert (await anext(reader))[0] == START + timedelta(seconds=1)
    await reader.aclose()


async def test_a_fault_of_ours_ends_all_readers_and_is_met_ever_more_seldom(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1000.0
    monkeypatch.setattr("shared.http.pages.watcher.time", SimpleNamespace(monotonic=lambda: clock))
    reading, idle = source.views("board"), source.views("unit")
    await asyncio.gather(anext(reading), anext(idle))
    source.fault = RuntimeError("a fault of ours")
    asked = len(source.asked)
    for rest in (1, 2, 4, 8, 16, 30, 30):
        with pytest.raises(RuntimeError):
            await asyncio.wait_for(anext(reading), 10)
        asked += 1
        for _ in range(3):
            with pytest.raises(RuntimeError):
                await anext(source.views("board"))
        assert len(source.asked) == asked
        clock += rest
        reading = source.views("board")
    source.fault = None
    assert (await asyncio.wait_for(anext(reading), 10))[1] == "board at None"
    with pytest.raises(RuntimeError):
        await anext(idle)
    await reading.aclose()


async def test_a_page_that_is_gone_ends_its_readers_and_nobody_elses(source: Source) -> None:
    gone, there = source.views("gone", fault=NotFoundError()), source.views("there")
    with pytest.raises(NotFoundError):
        await anext(gone)
    assert await anext(there) == (None, "there at None")
    await there.aclose()


async def test_nothing_is_asked_when_nobody_reads(source: Source) -> None:
    reader = source.views("board")
    await anext(reader)
    await reader.aclose()
    asked = len(source.asked)
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(source.asked) == asked
    again = source.views("board")
    assert await anext(again) == (None, "board at None")
    await again.aclose()
