"""Dead letters that are folded again: one that fails by itself keeps no other waiting."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text

from shared.consumer import dead_letters
from shared.consumer.codec import Bad, Received, Rejected
from shared.consumer.replay import replay_requested
from shared.contracts.dead_letters import DeadLetterReason
from shared.contracts.planning import WorksheetAnswered
from shared.db import Database
from shared.db.database import count_statements
from tests.support.consuming import made, rows
from tests.support.effects import fold


def letter_of(received: Received) -> str | None:
    assert isinstance(received.data, WorksheetAnswered)
    return received.data.letter


async def requested(db: Database, letters: str) -> None:
    """Keep dead letters with these letters, and ask for all of them."""
    async with db.transaction() as session:
        bad = [Bad(one, DeadLetterReason.WRONG_SCHEMA) for one in made(letters)]
        await dead_letters.keep(session, "scoring", bad, source="zi/test")
        await session.execute(text("UPDATE dead_letter SET state = 'requested'"))


async def test_a_dead_letter_that_cannot_be_replayed_now_keeps_no_other_waiting(db: Database) -> None:
    await requested(db, "BAA")

    async def forbidden(session: Any, received: Sequence[Received]) -> Sequence[Rejected]:
        if letter_of(received[0]) == "B":
            await session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '42501'; END $$"))
        return await fold(session, received)

    await replay_requested(db, "scoring", forbidden)
    assert await rows(db, "SELECT state FROM dead_letter ORDER BY id") == [
        ("requested",),
        ("replayed",),
        ("replayed",),
    ]


async def test_a_replay_that_is_refused_at_the_commit_alone_has_failed(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await requested(db, "BA")
    late: set[Any] = set()
    transaction = db.transaction

    async def deferred(session: Any, received: Sequence[Received]) -> Sequence[Rejected]:
        if letter_of(received[0]) == "B":
            late.add(session)
        return await fold(session, received)

    @asynccontextmanager
    async def refusing() -> AsyncIterator[Any]:
        async with transaction() as session:
            yield session
            if session in late:
                await session.execute(text("SELECT 1/0"))

    monkeypatch.setattr(db, "transaction", refusing)
    await replay_requested(db, "scoring", deferred)
    assert await rows(db, "SELECT state, reason FROM dead_letter ORDER BY id") == [
        ("open", "fold_failed"),
        ("replayed", "wrong_schema"),
    ]


async def test_while_nobody_asks_for_a_replay_two_questions_are_all(db: Database) -> None:
    asked = count_statements(db.engine)
    assert not await replay_requested(db, "scoring", fold)
    assert len(asked) == 2
    await requested(db, "A")
    assert await replay_requested(db, "scoring", fold)
