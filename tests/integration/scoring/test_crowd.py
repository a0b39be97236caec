"""Many more readers of live pages than connections, and everybody else."""

import asyncio
from typing import cast

import httpx2
from fastapi import FastAPI
from prometheus_client import REGISTRY
from sqlalchemy.pool import QueuePool

from shared.db import Database
from shared.db.database import count_statements
from shared.http.pages.open_streams import OpenStreams
from shared.http.state import state_of
from tests.support.polling import until
from tests.support.scoring import YEAR, answered, fold_all, programme, registered

READERS = 60
ROUNDS = 4


async def test_sixty_streams_are_one_question_and_leave_room_for_readers(
    app: FastAPI, leader: httpx2.AsyncClient, db: Database
) -> None:
    state_of(app).open_streams = OpenStreams(READERS)
    await fold_all(db, [registered("u1"), programme("u1"), answered("u1", 1, "A.I.1.i.b", "C")])
    board, unit = f"/nilai/-/langsung?year={YEAR}", f"/nilai/u1/langsung?year={YEAR}"
    streams = [
        asyncio.create_task(leader.get(board if number % 2 else unit, timeout=120))
        for number in range(READERS)
    ]

    async def are_open() -> bool:
        return REGISTRY.get_sample_value("zi_http_open_streams") == READERS

    await until(are_open, seconds=120)
    assert {(await leader.get("/nilai")).status_code for _ in range(5)} == {200}
    asked = count_statements(db.engine)

    def questions() -> int:
        return sum("FROM standing JOIN unnest" in statement for statement in asked)

    async def has_asked() -> bool:
        assert cast("QueuePool", db.engine.pool).checkedout() <= 4  # the fourth asks about sessions
        return questions() >= ROUNDS

    await until(has_asked)
    assert len(asked) <= 3 * (questions() + 1) + 30  # beside them only the looks of two pages that grew old
    await fold_all(db, [answered("u1", 2, "A.I.1.i.b", "B")])

    async def is_seen() -> bool:
        return "B: " in (await leader.get("/nilai/u1")).text

    await until(is_seen)
    before = questions()

    async def has_asked_again() -> bool:
        return questions() >= before + ROUNDS

    await until(has_asked_again)
    state_of(app).begin_stop()
    answers = await asyncio.gather(*streams)
    assert {answer.status_code for answer in answers} == {200}
    assert all("event: patch" in answer.text for answer in answers)
    assert all("A.I.1.i.b" in answers[number].text for number in range(0, READERS, 2))
