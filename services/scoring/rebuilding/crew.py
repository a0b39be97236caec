"""Other processes that do pieces of a rebuild.

None of them is replaced: one that is lost ends the whole, which touched nothing live and begins anew.
"""

import asyncio
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import cast

from services.scoring.rebuilding.messages import (
    LENGTH_BYTES,
    Begin,
    Done,
    Halted,
    Order,
    Ready,
    Told,
    framed,
    read_answer,
)
from services.scoring.rebuilding.pieces import Hand, Piece, Tell
from services.scoring.rebuilding.shard import Gathered
from shared.consumer.batch import HaltError
from shared.held import refuse_while_holding

WORKER = "services.scoring.rebuilding.worker"


class ProcessLostError(Exception):
    """A process of the rebuild ended before its work."""


class _OtherHand:
    """Another process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._orders = cast("StreamWriter", process.stdin)
        self._answers = cast("StreamReader", process.stdout)

    async def do(self, piece: Piece, tell: Tell) -> Gathered:
        """Have a piece done; raises `HaltError` as the process did, `ProcessLostError` when it is gone."""
        await self.order(piece)
        while True:
            answer = read_answer(await self._said())
            if isinstance(answer, Told):
                tell(answer.count)
            elif isinstance(answer, Halted):
                raise HaltError(answer.reason, answer.detail)
            elif isinstance(answer, Done):
                return answer.gathered

    async def order(self, order: Order) -> None:
        """Tell the process what to do; one that is gone is found out when it does not answer."""
        self._orders.write(framed(order))
        with suppress(ConnectionError):
            await self._orders.drain()

    async def is_ready(self) -> bool:
        """Wait until the process stands ready; raises `ProcessLostError` when it cannot."""
        return isinstance(read_answer(await self._said()), Ready)

    async def _said(self) -> bytes:
        try:
            length = await self._answers.readexactly(LENGTH_BYTES)
            return await self._answers.readexactly(int.from_bytes(length, "big"))
        except asyncio.IncompleteReadError:
            code = await self._process.wait()
            how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
            raise ProcessLostError(
                f"process {self._process.pid} of the rebuild {how} before its work was done; nothing live "
                "has changed, and the next rebuild begins anew: where memory is short, in fewer processes"
            ) from None


@asynccontextmanager
async def crew(processes: int, begin: Begin) -> AsyncIterator[Sequence[Hand]]:
    """Start processes, and end them with the block, at once if it failed."""
    refuse_while_holding("the processes of a rebuild")
    started: list[Process] = []
    try:
        for _ in range(processes):
            # A session of its own: what stops this process from the keyboard is told to it alone.
            argv = [sys.executable, "-m", WORKER]
            one = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, start_new_session=True)
            started.append(one)
        hands = [_OtherHand(one) for one in started]
        for hand in hands:
            await hand.order(begin)
        await asyncio.gather(*(hand.is_ready() for hand in hands))
        yield hands
    except BaseException:
        for one in started:
            with suppress(ProcessLookupError):
                one.kill()
        raise
    finally:
        for one in started:
            await one.communicate(b"")  # nothing more to do: it ends
