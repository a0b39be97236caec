"""What the outbox says was published is on the topic, or is brought there again."""

from sqlalchemy import text

from shared.contracts.planning import WorksheetAnswered
from shared.db import Database
from shared.outbox.reconcile import reconcile
from tests.support.kafka import producing, send
from tests.support.machinery import answered
from tests.support.polling import until
from tests.support.relaying import drained, record, relaying


async def test_an_event_the_broker_lost_is_published_again(db: Database, topics: str) -> None:
    async with relaying(db, topics):
        await record(db, answered("kept"))
        await until(lambda: drained(db))
    await record(db, answered("lost"))
    async with db.transaction() as session:  # acknowledged, then gone with the broker's tail
        await session.execute(text("UPDATE outbox SET published_at = now() WHERE published_at IS NULL"))
        lost = await session.scalar(text("SELECT id FROM outbox ORDER BY position DESC LIMIT 1"))

    first = await reconcile(db, topics, "planning")
    assert (first.checked, first.missing, first.altered) == (2, [lost], [])
    assert first.is_republished
    async with relaying(db, topics):
        await until(lambda: drained(db))
    assert (await reconcile(db, topics, "planning")).is_clean


async def test_a_ghost_is_reported_and_left_to_people(db: Database, topics: str) -> None:
    async with relaying(db, topics):
        await record(db, answered("known"))
        await until(lambda: drained(db))
    async with producing(topics) as producer:
        await send(producer, answered("ghost"))
    result = await reconcile(db, topics, "planning")
    assert len(result.ghosts) == 1
    assert not result.is_republished


async def test_altered_bytes_of_a_known_event_are_reported(db: Database, topics: str) -> None:
    async with relaying(db, topics):
        await record(db, answered("true"))
        await until(lambda: drained(db))
    async with db.transaction() as session:
        changed = answered("true", letter="B").model_dump_json().encode()
        await session.execute(text("UPDATE outbox SET payload = :p"), {"p": changed})
    result = await reconcile(db, topics, "planning")
    assert len(result.altered) == 1
    assert WorksheetAnswered.model_validate_json(changed).letter == "B"
