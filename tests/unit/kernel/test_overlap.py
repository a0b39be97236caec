"""Counting goes on while a statement runs, and no error of either side is lost."""

import asyncio
from collections.abc import Iterator

import pytest

from shared.db.overlap import while_running


class BrokenError(Exception):
    pass


async def test_work_is_done_while_the_statement_waits() -> None:
    seen: list[str] = []
    counted = asyncio.Event()

    async def statement() -> str:
        seen.append("sent")
        await counted.wait()
        return "result"

    def work() -> Iterator[None]:
        seen.append("counted")
        yield
        counted.set()

    assert await while_running(statement(), work()) == "result"
    assert seen == ["sent", "counted"]


async def test_the_statement_has_ended_when_the_error_of_the_work_leaves() -> None:
    ended = False

    async def statement() -> None:
        nonlocal ended
        await asyncio.sleep(0)
        ended = True

    def work() -> Iterator[None]:
        yield
        raise BrokenError

    with pytest.raises(BrokenError):
        await while_running(statement(), work())
    assert ended


async def test_an_error_of_the_statement_leaves_after_the_work() -> None:
    async def statement() -> None:
        raise BrokenError

    with pytest.raises(BrokenError):
        await while_running(statement(), iter([None]))
