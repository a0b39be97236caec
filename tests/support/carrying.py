"""A relay's work in small: its right in hands that may be killed anywhere, and a broker that is a list."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError
from sqlalchemy import Executable

from shared.db import Database
from shared.outbox.broker import Broker
from shared.outbox.gate import GateShutError
from shared.outbox.message import Message
from shared.outbox.relay import Carrier
from shared.outbox.right import Right, contending


class Killed(BaseException):
    """The relay's process ended at this point."""


@dataclass(slots=True)
class Life:
    """How many points a relay still passes; before and after each statement and each message is one."""

    left: int

    def go_on(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


class MortalRight:
    """The right in hands that may be killed before or after any statement takes effect."""

    def __init__(self, right: Right, life: Life) -> None:
        self._right, self._life = right, life

    async def execute(self, statement: Executable, parameters: Any = None) -> Any:
        self._life.go_on()
        rows = await self._right.execute(statement, parameters)
        self._life.go_on()
        return rows


@dataclass(slots=True)
class Log:
    """What a broker took, in order; it refuses some and is away at times."""

    rng: random.Random
    life: Life = field(default_factory=lambda: Life(0))
    taken: list[tuple[UUID, str, int]] = field(default_factory=list)
    headers: list[list[tuple[str, bytes]]] = field(default_factory=list)
    refused: set[UUID] = field(default_factory=set)
    is_well: bool = False

    async def topic_faults(self, _topics: object) -> dict[str, str]:
        return {}

    async def send(self, messages: Sequence[Message]) -> list[Exception | None]:
        fates: list[Exception | None] = []
        for message in messages:
            self.life.go_on()
            identity = UUID(dict(message.headers)["ce_id"].decode())
            if any(isinstance(fate, MessageSizeTooLargeError) for fate in fates):
                fates.append(GateShutError())
            elif not self.is_well and self.rng.random() < 0.02:
                return [*fates, *[KafkaTimeoutError()] * (len(messages) - len(fates))]
            elif identity in self.refused:
                fates.append(MessageSizeTooLargeError())
            else:
                self.taken.append((identity, message.key.decode(), message.position))
                self.headers.append(message.headers)
                fates.append(None)
        self.life.go_on()
        return fates


async def carry_all(db: Database, log: Log) -> None:
    """Take the right, hand a broker what waits, and give the right up again."""
    async with contending(db) as right:
        assert await right.take()
        carrier = Carrier(right, cast("Broker", log))
        await carrier.probe()
        while await carrier.carry():
            pass
