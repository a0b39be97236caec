"""A planning of before reads the topics that are new to it from their start, and again when it must."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from services.planning.live.consumer import SERVICE, live_consumer
from shared.consumer import halts
from shared.contracts.complaints import CaseFact
from shared.contracts.survey import TallyChanged
from shared.contracts.topics import consumed_by
from tests.integration.planning.test_live import letters, name
from tests.support.kafka import begin_at_end, producing, send
from tests.support.planning import YEAR, Planning
from tests.support.polling import until
from tests.support.scoring import case, designated, evaluated, map_reviewed

PROPOSED = {"A.I.5.iii.c": "B", "A.I.6.iii.b": "A", "A.I.5.v.a": "A"}
TABLES = ("live_evaluation", "live_designation", "live_review")


@asynccontextmanager
async def consuming(planning: Planning, bus: str) -> AsyncIterator[None]:
    consumer = live_consumer(planning.db, bus)
    task = asyncio.create_task(consumer.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_handling_proved_before_the_upgrade_is_read_and_read_again_after_a_loss(
    planning: Planning, topics: str
) -> None:
    agency = f"a-{uuid4().hex[:12]}"
    unit = await planning.programme(agency=agency)
    await begin_at_end(planning.db, topics, SERVICE, [CaseFact.topic, TallyChanged.topic])
    async with producing(topics) as producer:
        for fact in (
            evaluated(unit, "masyarakat", f"{YEAR}-S1"),
            designated(agency, name("d"), unit_ids=[unit]),
            map_reviewed(unit, name("r")),
        ):
            await send(producer, fact)

        async def all_proposed() -> bool:
            return await letters(planning, unit) == PROPOSED

        async with consuming(planning, topics):
            await until(all_proposed, what="the new topics are read from their start")
            await send(producer, case(unit, name(1)))
    for table in TABLES:
        await planning.rows(f"DELETE FROM {table} WHERE true RETURNING 1")
    assert await letters(planning, unit) == {}
    await halts.rebase(planning.db, topics, SERVICE, consumed_by(SERVICE))
    async with consuming(planning, topics):
        await until(all_proposed, what="they are read again")
