"""Survey's states repeat what it published, byte for byte."""

import asyncpg

from services.survey import snapshot
from services.survey.domain import Decision
from shared.contracts.topics import produced_by
from shared.db import Database
from tests.integration.survey.conftest import Survey, make_survey
from tests.support.restoring import differences, kinds, published, standing


async def agree(db: Database) -> None:
    assert differences(await published(db), await standing(db, snapshot)) == {}


async def test_every_state_is_said_again_in_the_bytes_it_was_published_in(
    survey: Survey, owner: asyncpg.Connection
) -> None:
    db = survey.db
    await agree(db)
    tokens = await survey.invite(5)
    await survey.respond(tokens[0], 6)  # all answers alike: a flag
    await survey.decide(tokens[1])
    await survey.submit(tokens[1], 5, informasi=4)
    await survey.decide(tokens[2], Decision.LATER)
    await survey.decide(tokens[3], Decision.REFUSED)
    await survey.decide(tokens[4])
    await agree(db)
    await survey.withdraw(tokens[1])
    await survey.decide(tokens[3])
    await agree(db)
    await survey.close()
    await agree(db)
    await make_survey(db, owner, is_open=False, regime_id="skm.2017")  # a draft tells nothing
    await agree(db)
    assert await kinds(db) == {event.event_type for topic in produced_by("survey") for event in topic.events}
