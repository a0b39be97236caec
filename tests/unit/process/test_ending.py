"""Whoever is told to end does end, also when a library takes the word for one of its own."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiokafka.errors import KafkaConnectionError

from shared.consumer.consumer import BatchConsumer, TopicsChangedError
from shared.db import Database
from shared.outbox.relay import Relay
from shared.process import ending
from shared.process.ending import end, heed_cancellation
from shared.process.kept import ALONE, Kept
from shared.process.worker import Health, WorkerRole
from shared.process.workers import running
from tests.support.effects import TOPIC, fold

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
SECONDS = 10.0


async def swallow(begun: asyncio.Event) -> None:
    """Wait as aiokafka's clients do while they close: a cancellation is taken for that of their own task."""
    begun.set()
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return


class Deaf:
    """A worker that hears only the second word."""

    name = "deaf"
    role: WorkerRole = "worker"

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    def health(self) -> Health:
        return Health(is_ready=True, is_alive=True)

    async def run(self) -> None:
        await swallow(self.begun)
        await asyncio.Event().wait()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_SECONDS", 0.01)


async def test_a_task_is_told_again_until_it_has_ended() -> None:
    deaf = Deaf()
    task = asyncio.create_task(deaf.run())
    await deaf.begun.wait()
    async with asyncio.timeout(SECONDS):
        await end(task)
    assert task.cancelled()


async def test_one_word_is_enough_for_a_task_that_hears_it() -> None:
    words = 0

    async def hearing() -> None:
        nonlocal words
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            words += 1
            raise

    task = asyncio.create_task(hearing())
    await asyncio.sleep(0)
    await end(task)
    assert words == 1


async def test_a_process_ends_though_a_worker_does_not_hear_the_first_word() -> None:
    deaf = Deaf()
    async with asyncio.timeout(SECONDS):
        async with running([Kept(deaf, ALONE)], on_death=lambda: None):
            await deaf.begun.wait()
    assert [task for task in asyncio.all_tasks() if task.get_name() == "deaf"] == []


async def test_a_loop_heeds_a_word_that_was_swallowed_in_its_last_round() -> None:
    begun = asyncio.Event()

    async def loop() -> None:
        while True:
            heed_cancellation()
            await swallow(begun)

    task = asyncio.create_task(loop())
    await begun.wait()
    task.cancel()
    async with asyncio.timeout(SECONDS):
        await asyncio.wait({task})
    assert task.cancelled()


def of_consumer(life: Callable[[], Awaitable[None]], db: Database) -> Callable[[], Awaitable[None]]:
    consumer = BatchConsumer(db, "127.0.0.1:1", service="scoring", topics=[TOPIC], fold=fold)
    consumer._consume = life  # type: ignore[method-assign,assignment]
    return consumer.run


def of_relay(life: Callable[[], Awaitable[None]], db: Database) -> Callable[[], Awaitable[None]]:
    relay = Relay(db, "127.0.0.1:1", client_id="zi-test")
    relay._hold_lock_and_relay = life  # type: ignore[method-assign,assignment]
    return relay.run


@pytest.mark.parametrize(
    ("of", "error"),
    [(of_consumer, TopicsChangedError()), (of_relay, KafkaConnectionError())],
    ids=["consumer", "relay"],
)
async def test_a_worker_whose_client_swallowed_the_word_while_it_closed_ends_at_once(
    of: Callable[..., Callable[[], Awaitable[None]]], error: Exception
) -> None:
    begun, lives = asyncio.Event(), 0

    async def life() -> None:
        nonlocal lives
        lives += 1
        await swallow(begun)
        raise error

    db = Database(NOWHERE)
    task = asyncio.ensure_future(of(life, db)())
    await begun.wait()
    task.cancel()
    async with asyncio.timeout(SECONDS):
        await asyncio.wait({task})
    assert task.cancelled()
    assert lives == 1
    await db.close()
