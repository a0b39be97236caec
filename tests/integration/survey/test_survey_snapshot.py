"""Survey's states repeat what it published, byte for byte."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.survey import snapshot
from services.survey.domain.campaign import State
from services.survey.domain.consent import Decision
from services.survey.domain.invitation import response_link
from services.survey.jobs import Upkeep
from services.survey.usecases import campaigns, upkeep
from shared import outbox
from shared.contracts.base import EventData
from shared.contracts.survey import (
    CampaignClosed,
    CampaignOpened,
    ConsentWithdrawn,
    ResponseWithdrawn,
    TallyChanged,
)
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
        assert not (await campaigns.campaign_status(session, OPERATOR, survey.id)).campaign.released.is_frozen
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
    assert (await survey.status()).campaign.n == 30
    await agree(db)


@pytest.mark.parametrize("is_covered", [True, False])
async def test_who_withdrew_in_lost_time_is_withdrawn_again_before_anything_else_is_told(
    survey: Survey, owner: asyncpg.Connection, is_covered: bool
) -> None:
    """The topic tells it and the restored tables do not: five of twelve answers are behind the figure."""
    db = survey.db
    tokens = await survey.invite(12)
    for token in tokens[:11]:
        await survey.respond(token, 5)
    await survey.respond(tokens[11], 1)
    assert (await survey.status()).campaign.released.shown_n == 5
    row = await owner.fetchrow(f"SELECT * FROM response WHERE arrived = {1 if is_covered else 12}")
    consent_id, told_as = await _ids_of(db, owner, row["link"])
    gone: dict[str, Any] = {"unit_id": "u-1", "campaign_id": str(survey.id)}
    facts: list[EventData] = [
        ConsentWithdrawn(consent_id=str(consent_id), version=2, willing=11, text_version="2026-3", **gone),
        ResponseWithdrawn(response_id=str(told_as), version=2, mode="invited", **gone),
    ]
    for fact in facts:
        async with db.transaction() as session:
            said = await snapshot.lift(session, Behind(fact, fact.version, [fact]))
            assert said is not None
            assert [type(one) for one in said].count(type(fact)) == 1
            assert said[-1].version == 3
            await outbox.record(session, said, source="zi/survey")
    status = await survey.status()
    assert (status.campaign.n, status.campaign.willing, status.campaign.gone) == (11, 11, 1)
    left = 51 if is_covered else 55
    assert {(one.n, one.total) for one in (await survey.inner()).values()} == {(11, left)}
    assert status.campaign.released.shown_n == (0 if is_covered else 5)
    assert status.campaign.released.is_taken_back == is_covered
    tally = (await survey.facts("tally.changed"))[-1]
    assert (tally["n"], tally["released_n"], tally["ipak"]) == (
        (11, 0, None) if is_covered else (11, 5, "10/3")
    )
    rows = await owner.fetch("SELECT channel FROM identity.decision WHERE decision = 'withdrawn'")
    assert [row["channel"] for row in rows] == ["restore"]
    await agree(db)
    async with db.reading() as session:
        assert await upkeep.drift(session) == 0


async def _ids_of(db: Database, owner: asyncpg.Connection, link: bytes) -> tuple[UUID, UUID]:
    """Return the consent and the response of whom a link belongs to, as only who holds the secret can."""
    secret = await owner.fetchval("SELECT secret FROM identity.campaign_secret")
    people = await owner.fetch("SELECT participant_id, consent_id FROM identity.decision")
    (consent_id,) = [
        one["consent_id"] for one in people if response_link(secret, one["participant_id"]) == link
    ]
    told_as = await owner.fetchval("SELECT response_id FROM response WHERE link = $1", link)
    return consent_id, told_as


async def test_a_figure_taken_back_in_lost_time_is_not_shown_again(survey: Survey) -> None:
    db = survey.db
    for token in await survey.invite(10):
        await survey.respond(token, 5)
    async with db.reading() as session:
        (known,) = [one.fact async for one in snapshot.states(session) if isinstance(one.fact, TallyChanged)]
    lost = known.model_copy(
        update={"version": known.version + 1, "released_n": 0, "ipak": None, "ipkp": None}
    )
    async with db.transaction() as session:
        said = await snapshot.lift(session, Behind(lost, lost.version, [lost]))
        assert said is not None
        await outbox.record(session, said, source="zi/survey")
    released = (await survey.status()).campaign.released
    assert (released.shown_n, released.is_taken_back, released.is_frozen) == (0, True, False)
    assert {fact["released_n"] for fact in (await survey.facts("tally.changed"))[-1:]} == {0}
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


@pytest.mark.parametrize("was_opened", [True, False])
async def test_a_campaign_that_was_closed_in_lost_time_is_closed_since_then(
    db: Database, owner: asyncpg.Connection, was_opened: bool
) -> None:
    """Nobody can close it: the API is closed until the worker has made its round."""
    survey = await make_survey(db, owner, is_open=was_opened)
    told = {
        "unit_id": "u-1", "campaign_id": str(survey.id), "year": 2026, "period": "2026",
        "regime": "mandiri.2023", "instrument_version": "mandiri.2023-1", "mode": "invited",
    }  # fmt: skip
    facts: list[EventData] = [
        CampaignOpened.model_validate(told | {"version": 1}),
        CampaignClosed.model_validate(told | {"version": 2}),
    ]
    at = datetime.now(UTC) - timedelta(days=91)
    async with db.transaction() as session:
        said = await snapshot.lift(session, Behind(facts[-1], 2, facts, at))
        assert said is not None
        await outbox.record(session, said, source="zi/survey")
    campaign = (await survey.status()).campaign
    assert not campaign.takes_answers(datetime.now(UTC))
    await Upkeep(db, seconds=1).step()
    campaign = (await survey.status()).campaign
    assert (campaign.state, campaign.closed_at) == ((State.CLOSED, at) if was_opened else (State.DRAFT, None))
    closed = [fact["version"] for fact in await survey.facts("campaign.closed")]
    assert closed == ([4] if was_opened else [])
    # what people were promised counts from the close
    assert await owner.fetchval("SELECT count(*) FROM identity.campaign_secret") == 0
    await agree(db)
