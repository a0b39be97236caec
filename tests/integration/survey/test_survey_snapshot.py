"""Survey's states repeat what it published, byte for byte."""

from datetime import time

import asyncpg

from services.survey import snapshot
from services.survey.domain import Decision
from services.survey.usecases import campaigns, upkeep
from shared import outbox
from shared.contracts.survey import CampaignOpened, TallyChanged
from shared.contracts.topics import DAY_TOPICS, produced_by
from shared.db import Database
from shared.kernel import Zone
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
    for token in await survey.invite(12):
        await survey.respond(token, 5)
    await agree(db)
    await survey.close()
    await agree(db)
    await owner.execute("UPDATE campaign SET closed_at = now() - interval '91 days'")
    async with db.transaction() as session:
        await upkeep.forget(session)
    await agree(db)  # also when the answers are anonymous
    async with db.reading() as session:
        for_days = [one.at async for one in snapshot.states(session) if one.fact.topic_name() in DAY_TOPICS]
    assert {at.astimezone(Zone.WIB.tz).time() for at in for_days} == {time()}
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
    times = await owner.fetch(
        "SELECT h->>1 AS at FROM outbox, jsonb_array_elements(headers) h "
        "WHERE version = 8 AND topic = ANY($1) AND h->>0 = 'ce_time'",
        sorted(DAY_TOPICS),
    )
    assert {row["at"][10:] for row in times} == {"T00:00:00Z"}
    await survey.close()
    await agree(db)


async def test_no_figure_follows_one_that_was_told_in_lost_time(
    survey: Survey, owner: asyncpg.Connection
) -> None:
    db = survey.db
    tokens = await survey.invite(30)
    for token in tokens[:10]:
        await survey.respond(token, 5)
    async with db.reading() as session:
        (known,) = [one.fact async for one in snapshot.states(session) if isinstance(one.fact, TallyChanged)]
    assert known.released_n == 5
    same = known.model_copy(update={"version": known.version + 3, "willing": 12})
    async with db.transaction() as session:  # a consent was lost, but no figure
        await snapshot.lift(session, Behind(same, same.version, [same]))
        assert not (
            await campaigns.campaign_standing(session, OPERATOR, survey.id)
        ).campaign.released.is_frozen
        await session.rollback()
    lost = known.model_copy(update={"version": known.version + 3, "released_n": 10})
    async with db.transaction() as session:
        said = await snapshot.lift(session, Behind(lost, lost.version, [lost]))
        assert said is not None
        (told,) = said
        assert isinstance(told, TallyChanged)
        assert (told.version, told.released_n, told.ipak) == (lost.version + 1, 0, None)
        await outbox.record(session, said, source="zi/survey")
    kept = await owner.fetchrow("SELECT released_n, released_totals, released_outlooks FROM campaign")
    assert tuple(kept) == (0, "{}", "{}")
    for token in tokens[10:]:
        await survey.respond(token, 5)
    await survey.close()
    assert {fact["released_n"] for fact in (await survey.facts("tally.changed"))[-42:]} == {0}
    assert (await survey.standing()).campaign.n == 30
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
