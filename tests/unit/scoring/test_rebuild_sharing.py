"""Pieces are shared out among processes; what one of them meets ends all, under its own name."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.scoring.rebuilding.crew import ProcessLostError, _OtherHand
from services.scoring.rebuilding.messages import Answer, Done, Halted, Told, framed
from services.scoring.rebuilding.pieces import Count, Piece, Tell
from services.scoring.rebuilding.shard import Gathered
from services.scoring.rebuilding.sharing import share_out
from shared.consumer.batch import HaltError


def years(count: int) -> list[Count]:
    return [Count([(f"u-{number}", 2026)], {}, {}) for number in range(count)]


class Busy:
    """Does what it is given, a turn later."""

    def __init__(self, *, breaks_at: int = -1) -> None:
        self.did: list[Piece] = []
        self.breaks_at = breaks_at

    async def do(self, piece: Piece, tell: Tell) -> Gathered:
        await asyncio.sleep(0)
        if len(self.did) == self.breaks_at:
            raise HaltError("unreadable", "t[0]: offsets 1 to 1")
        self.did.append(piece)
        tell(piece.size())
        return Gathered(records=1)


async def test_each_piece_is_done_once_and_progress_is_of_all() -> None:
    hands, pieces = [Busy(), Busy()], years(5)
    said: list[tuple[int, int]] = []
    found = await share_out(hands, pieces, lambda *told: said.append(told))
    assert found.records == 5
    assert sorted(map(id, hands[0].did + hands[1].did)) == sorted(map(id, pieces))
    assert min(len(hand.did) for hand in hands) >= 2
    assert said == [(done, 5) for done in range(6)]


async def test_what_one_meets_ends_all_and_is_raised_as_it_is() -> None:
    hands = [Busy(), Busy(breaks_at=1)]
    with pytest.raises(HaltError, match="offsets 1 to 1"):
        await share_out(hands, years(50), lambda *_: None)
    assert sum(len(hand.did) for hand in hands) < 10


async def other(answers: Sequence[Answer], code: int = 0, cut: int = 0) -> Gathered:
    """Have a piece done by a process that says this and ends."""
    told = b"".join(map(framed, answers))
    said = asyncio.StreamReader()
    said.feed_data(told[: len(told) - cut])
    said.feed_eof()

    async def nothing() -> int:
        return code

    orders = SimpleNamespace(write=lambda _data: None, drain=nothing)
    process = cast("Any", SimpleNamespace(stdin=orders, stdout=said, pid=7, wait=nothing))
    return await _OtherHand(process).do(years(1)[0], lambda _count: None)


async def test_a_process_answers_with_what_it_gathered() -> None:
    gathered = Gathered(3, counted={("u", 2026)}, doubts=[(("t", 1), 5)])
    assert await other([Told(1), Told(2), Done(gathered)]) == gathered


async def test_a_halt_of_a_process_is_a_halt_here() -> None:
    with pytest.raises(HaltError, match="t: offsets") as halt:
        await other([Told(1), Halted("unreadable", "t: offsets 1 to 2")])
    assert halt.value.reason == "unreadable"


@pytest.mark.parametrize(
    ("code", "how"), [(-9, "was killed by signal 9"), (1, "ended with status 1"), (0, "ended with status 0")]
)
@pytest.mark.parametrize("cut", [0, 1, 12])
async def test_a_process_that_is_gone_is_told_with_what_to_do(code: int, how: str, cut: int) -> None:
    with pytest.raises(ProcessLostError, match=f"process 7 of the rebuild {how}") as lost:
        await other([Told(1), Told(2)], code, cut)
    assert "the next rebuild begins anew: where memory is short, in fewer processes" in str(lost.value)
