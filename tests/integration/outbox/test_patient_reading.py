"""What an operator compares with whole topics outlives the limit of a transaction that stands still."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition

from services.scoring import snapshot as scoring
from shared.db import Database
from shared.outbox import reconcile, restore, snapshot
from shared.outbox.snapshot import State
from shared.outbox.topics import Published
from tests.support.effects import effects_database
from tests.support.standing_still import lower_the_limit, stand_still


@pytest.fixture
async def db(postgres_admin_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    lower_the_limit(monkeypatch)
    async with effects_database(postgres_admin_url) as url:
        database = Database(url)
        yield database
        await database.close()


class Empty:
    """A service without any state."""

    async def states(self, _: Any) -> AsyncIterator[State]:
        nothing: tuple[State, ...] = ()
        for state in nothing:
            yield state

    lift = staticmethod(scoring.lift)


async def places(_: str, topics: Sequence[str]) -> list[TopicPartition]:
    return [TopicPartition(topic, 0) for topic in topics]


WORKS: dict[Any, Callable[[Database], Awaitable[object]]] = {
    snapshot: lambda db: snapshot.snapshot(db, "", "scoring", Empty().states),
    reconcile: lambda db: reconcile.reconcile(db, "", "scoring", Empty().states),
    restore: lambda db: restore.finish(db, "", "scoring", Empty()),
}


@pytest.mark.parametrize("module", WORKS, ids=lambda module: module.__name__.rpartition(".")[2])
async def test_topics_may_take_longer_to_read_than_a_transaction_may_stand_still(
    module: Any, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[bool] = []

    async def slow(*_: Any) -> AsyncIterator[Published]:
        await stand_still(db)
        read.append(True)
        nothing: tuple[Published, ...] = ()
        for record in nothing:
            yield record

    monkeypatch.setattr(module, "existing", places)
    monkeypatch.setattr(module, "records", slow)
    await WORKS[module](db)
    assert read == [True]
