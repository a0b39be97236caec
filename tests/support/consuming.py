"""Run a consumer over a table of effects, and see what it did."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from shared.consumer.consumer import BatchConsumer
from shared.contracts.envelope import Event
from shared.db import Database
from tests.support.effects import TOPIC, answered, fold
from tests.support.kafka import begin_at_end


@asynccontextmanager
async def consuming(
    db: Database, bootstrap: str, topics: Sequence[str] = (TOPIC,), **options: Any
) -> AsyncIterator[BatchConsumer]:
    consumer = BatchConsumer(db, bootstrap, service="scoring", topics=topics, **{"fold": fold, **options})
    task = asyncio.create_task(consumer.run())
    try:
        yield consumer
        if task.done():
            await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def bus(db: Database, topics: str) -> str:
    """The broker's address; the test's consumer begins behind what is there already."""
    await begin_at_end(db, topics, "scoring", [TOPIC])
    return topics


async def rows(db: Database, sql: str) -> list[tuple[Any, ...]]:
    async with db.reading() as session:
        return [tuple(row) for row in await session.execute(text(sql))]


async def applied(db: Database, *worksheets: str) -> bool:
    return {row[0] for row in await rows(db, "SELECT worksheet_id FROM effect")} >= set(worksheets)


async def halted(db: Database, reason: str | None) -> bool:
    return {row[0] for row in await rows(db, "SELECT halted FROM watermark")} == {reason}


async def is_ready(consumer: BatchConsumer) -> bool:
    return consumer.health().is_ready


@dataclass(frozen=True)
class Made:
    """A record as it lies on the topic."""

    offset: int
    event: Event
    timestamp: int = 0
    topic: str = TOPIC
    partition: int = 0

    @property
    def key(self) -> bytes:
        return self.event.data.key().encode()

    @property
    def value(self) -> bytes:
        return self.event.value()

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        return tuple(self.event.headers())


def made(letters: str) -> list[Made]:
    moment = datetime.now(UTC)
    events = [Event(answered(f"w{n}", letter=letter), "zi/test", moment) for n, letter in enumerate(letters)]
    return [Made(offset, event) for offset, event in enumerate(events)]
