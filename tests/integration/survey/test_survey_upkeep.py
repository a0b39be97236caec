"""What time does to campaigns: it closes them, and later forgets their people."""

import json
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from services.survey.domain.campaign import State
from services.survey.jobs import Upkeep
from services.survey.usecases.upkeep import forget, tell_untold
from shared.db import Database
from tests.integration.survey.conftest import Survey, make_survey


async def passed(owner: asyncpg.Connection, days: int) -> datetime:
    """Let every campaign's closing time lie these days back."""
    sql = "UPDATE campaign SET closes_at = now() - make_interval(days => $1) RETURNING closes_at"
    found: datetime = await owner.fetchval(sql, days)
    return found


@pytest.fixture
async def ending(db: Database, owner: asyncpg.Connection) -> Survey:
    """An open campaign that ends in an hour, with one person of whom name and contact are known."""
    survey = await make_survey(db, owner, closes_at=datetime.now(UTC) + timedelta(hours=1))
    await survey.invite()
    await owner.execute("UPDATE identity.participant SET name = 'Sari', contact = 'sari@x.id'")
    return survey


async def upkeep(survey: Survey) -> None:
    await Upkeep(survey.db, seconds=1).step()


async def test_campaign_stays_open_until_its_closing_time(ending: Survey) -> None:
    await upkeep(ending)
    assert (await ending.status()).campaign.state is State.OPEN


async def test_campaign_past_its_closing_time_is_closed_once_as_if_by_command(ending: Survey) -> None:
    closes_at = await passed(ending.owner, 0)
    for _ in range(2):
        await upkeep(ending)
    campaign = (await ending.status()).campaign
    assert (campaign.state, campaign.version, campaign.closed_at) == (State.CLOSED, 3, closes_at)
    assert [fact["version"] for fact in await ending.facts("campaign.closed")] == [2]
    rows = await ending.owner.fetch(
        "SELECT actor, entity_id, version, cardinality(event_ids) AS events FROM audit "
        "WHERE operation = 'close_campaign'"
    )
    assert [tuple(row) for row in rows] == [("system", str(ending.id), 3, 3)]


async def test_people_of_a_campaign_that_ended_by_itself_are_forgotten(ending: Survey) -> None:
    await passed(ending.owner, 366)
    await upkeep(ending)
    assert await ending.owner.fetchval("SELECT count(*) FROM identity.campaign_secret") == 0
    assert await ending.owner.fetchval("SELECT count(name) + count(contact) FROM identity.participant") == 0


async def test_each_erasure_leaves_one_audit_row_per_campaign(ending: Survey) -> None:
    for days in (89, 91, 91, 366, 366):
        await passed(ending.owner, days)
        await ending.owner.execute("UPDATE campaign SET closed_at = closes_at WHERE state = 'closed'")
        await upkeep(ending)
    rows = await ending.owner.fetch(
        "SELECT actor, entity_id, changes FROM audit WHERE operation = 'forget_identities' ORDER BY at"
    )
    assert [(row["actor"], row["entity_id"], json.loads(row["changes"])) for row in rows] == [
        ("system", str(ending.id), {"secret": True, "identities": False}),
        ("system", str(ending.id), {"secret": False, "identities": True}),
    ]


async def test_people_of_a_draft_that_can_never_open_are_forgotten(
    db: Database, owner: asyncpg.Connection
) -> None:
    survey = await make_survey(db, owner, is_open=False)
    await survey.invite()
    await owner.execute("UPDATE identity.participant SET name = 'Sari'")
    await passed(owner, 366)
    await upkeep(survey)
    assert await owner.fetchval("SELECT count(name) FROM identity.participant") == 0
    assert (await survey.status()).campaign.state is State.DRAFT


@pytest.mark.parametrize("mark", ["UPDATE campaign SET is_untold = true", "DELETE FROM threshold"])
async def test_no_campaign_becomes_anonymous_before_it_is_told(
    db: Database, owner: asyncpg.Connection, mark: str
) -> None:
    """Else its answers could be in no figure any more: a round tells only so many."""
    made = [await make_survey(db, owner, period=f"2026-Q{quarter}") for quarter in (1, 2, 3)]
    for survey in made:
        for token in await survey.invite(6):
            await survey.respond(token, 5)
        await survey.close()
    await owner.execute("UPDATE response SET changed_in = '{}', released_version = NULL")
    await owner.execute("UPDATE campaign SET release_number = 0, released_n = 0, released_totals = '{}'")
    await owner.execute("UPDATE campaign SET closed_at = closed_at - interval '91 days'")
    await owner.execute(mark)
    for told in (2, 1, 0):
        async with db.transaction() as session:
            assert await tell_untold(session, most=2) == told
        async with db.transaction() as session:
            await forget(session)
        rows = await owner.fetch("SELECT released_n, is_anonymous FROM campaign ORDER BY campaign_id")
        done = 2 if told == 2 else 3
        assert [tuple(row) for row in rows] == [(6, True)] * done + [(0, False)] * (3 - done)
