"""One process of a rebuild: does the pieces that stand on its input until that ends.

python -m services.scoring.rebuilding.worker
"""

import asyncio
import os
import sys
from typing import BinaryIO

from services.scoring.rebuilding.messages import (
    LENGTH_BYTES,
    Answer,
    Begin,
    Done,
    Halted,
    Order,
    Ready,
    Told,
    framed,
    read_order,
)
from services.scoring.rebuilding.own_hand import OwnHand
from shared.consumer.batch import HaltError
from shared.db import Database
from shared.held import in_thread
from shared.kafka.reader import Reader


async def work(orders: BinaryIO, answers: BinaryIO) -> None:
    """Do what is ordered. Where nobody is left to listen, the next answer ends this process too."""

    def answer(said: Answer) -> None:
        answers.write(framed(said))
        answers.flush()

    begin = _next(orders)
    if not isinstance(begin, Begin):
        return
    db = Database(begin.db_url, pool_size=1)
    try:
        async with Reader(begin.bootstrap, ()) as reader:
            hand = OwnHand(db, reader, begin.dead)
            answer(Ready())
            while order := await in_thread(_next, orders):
                if isinstance(order, Begin):
                    raise TypeError("begun twice")
                try:
                    answer(Done(await hand.do(order, lambda count: answer(Told(count)))))
                except HaltError as halt:
                    answer(Halted(halt.reason, str(halt)))
    finally:
        await db.close()


def _next(orders: BinaryIO) -> Order | None:
    length = orders.read(LENGTH_BYTES)
    return read_order(orders.read(int.from_bytes(length, "big"))) if len(length) == LENGTH_BYTES else None


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # what anybody prints is no answer
        asyncio.run(work(sys.stdin.buffer, answers))
