"""Survey's states repeat what it published, byte for byte."""

import asyncpg

from services.survey import snapshot
from services.survey.domain import Decision
from services.survey.usecases import campaigns
from shared import outbox
from shared.contracts.survey import CampaignOpened
from shared.contracts.topics import produced_by
from shared.db import Database
from shared.outbox.snapshot import Behind
from tests.integration.survey.conftest import OPERATOR, Survey, make_survey
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


async def test_everything_is_lifted_above_the_topic_and_said_in_its_new_bytes(
    survey: Survey, owner: asyncpg.Connection
) -> None:
    db = survey.db
    tokens = await survey.invite(3)
    for token in tokens[:2]:
        await survey.respond(token)
    await survey.withdraw(tokens[1])
    await survey.decide(tokens[2], Decision.LATER)
    async with db.transaction() as session:
        states = [state async for state in snapshot.states(session)]
        for fact in [state.fact for state in states]:
            said = await snapshot.lift(session, Behind(fact, 7))
            assert said is not None
            assert [one.version for one in said] == [8]
            await outbox.record(session, said, source="zi/survey")
    await agree(db)
    await survey.close()
    await agree(db)


async def test_a_draft_that_was_opened_in_lost_time_opens_above_the_topic(
    db: Database, owner: asyncpg.Connection
) -> None:
    drafted = await make_survey(db, owner, is_open=False)
    opened = CampaignOpened(
        unit_id="u-1", version=1, campaign_id=str(drafted.id), year=2026, period="2026",
        regime="mandiri.2023", instrument_version="1", mode="invited",
    )  # fmt: skip
    for _ in range(2):
        async with db.transaction() as session:
            assert await snapshot.lift(session, Behind(opened, 1)) == []
    async with db.transaction() as session:
        made = await campaigns.open_campaign(session, OPERATOR, drafted.id, 2)
    assert made.fact_version == 2
    await agree(db)
