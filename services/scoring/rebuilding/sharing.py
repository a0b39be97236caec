"""Share pieces out among hands: each takes the next one when it is done with its last."""

import asyncio
from collections.abc import Callable, Sequence

from services.scoring.rebuilding.pieces import Hand, Piece
from services.scoring.rebuilding.shard import Gathered

Say = Callable[[int, int], None]
"""Takes how much is done, of how much."""


async def share_out(hands: Sequence[Hand], pieces: Sequence[Piece], say: Say) -> Gathered:
    """Do all pieces; the first one that fails ends the others, and its error is raised."""
    gathered, done, total = Gathered(), 0, sum(piece.size() for piece in pieces)
    todo = iter(pieces)

    def tell(count: int) -> None:
        nonlocal done
        done += count
        say(done, total)

    async def work(hand: Hand) -> None:
        for piece in todo:
            gathered.add(await hand.do(piece, tell))

    say(done, total)
    try:
        async with asyncio.TaskGroup() as group:
            for hand in hands:
                group.create_task(work(hand))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return gathered
