"""What a survey of before the released figures becomes, when its database is brought up to date."""

from collections.abc import AsyncIterator
from fractions import Fraction
from uuid import UUID

import asyncpg
import pytest
from alembic import command
from sqlalchemy import Connection, text

from services.survey.jobs import Upkeep
from services.survey.usecases import campaigns, upkeep
from shared.db import Database
from shared.db.bootstrap import bootstrap
from shared.db.database import make_engine
from shared.db.migrate import config, migrate
from tests.integration.survey.conftest import LEADER, OPERATOR, Survey
from tests.support.database import service_database

BEFORE = """
INSERT INTO unit VALUES ('u-1', 'a-1', 'Kantor Satu', 'WIB', true, false, 1, '');
INSERT INTO campaign (campaign_id, unit_id, regime, instrument_version, period, year, first_month, last_month,
    mode, state, policies, excluded_items, opened_at, version, tally_version, n, willing)
VALUES ('00000000-0000-0000-0000-0000000000c1', 'u-1', 'mandiri.2023', 'mandiri.2023-1', '2026', 2026, 1, 12,
    'invited', 'open', '{"conversion": "ratio"}', '{}', now(), 2, 20, 10, 10);
INSERT INTO campaign (campaign_id, unit_id, regime, instrument_version, period, year, first_month, last_month,
    mode, state, policies, excluded_items, opened_at, closed_at, version, tally_version, n, willing)
VALUES ('00000000-0000-0000-0000-0000000000c2', 'u-1', 'skm.2017', 'skm.2017-1', '2025', 2025, 1, 12,
    'invited', 'closed', '{"weights": "exact"}', '{}', now(), now() - interval '91 days', 3, 7, 6, 6);
INSERT INTO item_sum SELECT '00000000-0000-0000-0000-0000000000c2', key, 6, 18 FROM unnest(array[
    'persyaratan', 'prosedur', 'waktu', 'biaya', 'produk', 'kompetensi', 'perilaku', 'pengaduan', 'sarana'
    ]) AS key;
INSERT INTO response SELECT gen_random_uuid(), '00000000-0000-0000-0000-0000000000c2', int4send(n), 'invited',
    '{}', (SELECT jsonb_object_agg(item_key, 3) FROM item_sum
           WHERE campaign_id = '00000000-0000-0000-0000-0000000000c2'), 1 FROM generate_series(1, 6) AS n;
INSERT INTO identity.campaign_secret VALUES ('00000000-0000-0000-0000-0000000000c1', 'a secret of before');
INSERT INTO item_sum SELECT '00000000-0000-0000-0000-0000000000c1', key, 10, 50 FROM unnest(array[
    'informasi', 'persyaratan', 'prosedur', 'waktu', 'biaya', 'sarana', 'respon', 'konsultasi_pengaduan',
    'diskriminasi', 'kecurangan', 'gratifikasi', 'pungli', 'percaloan']) AS key;
INSERT INTO identity.participant
SELECT gen_random_uuid(), '00000000-0000-0000-0000-0000000000c1', NULL, NULL, int4send(n), n <= 10
FROM generate_series(1, 12) AS n;
INSERT INTO identity.consent SELECT participant_id, gen_random_uuid(),
    CASE WHEN is_finished THEN 'willing' ELSE 'refused' END, '2026-1', 'hash', 'form', now(), 1, 1
FROM identity.participant;
INSERT INTO response SELECT gen_random_uuid(), '00000000-0000-0000-0000-0000000000c1', int4send(n), 'invited',
    '{}', (SELECT jsonb_object_agg(item_key, 5) FROM item_sum
           WHERE campaign_id = '00000000-0000-0000-0000-0000000000c1'), 1 FROM generate_series(1, 10) AS n
"""


@pytest.fixture
async def old(postgres_admin_url: str) -> tuple[str, str]:
    """Return the owner's and the application's URL of a database of before, with a campaign in it."""
    target = service_database(postgres_admin_url, "survey", "t_survey_of_before")
    admin = await asyncpg.connect(postgres_admin_url)
    await admin.execute(f"DROP DATABASE IF EXISTS {target.name} WITH (FORCE)")
    await admin.close()
    await bootstrap(postgres_admin_url, target)

    def upgrade(connection: Connection) -> None:
        settings = config("survey")
        settings.attributes["connection"] = connection
        command.upgrade(settings, "survey_0002")

    engine = make_engine(target.owner_url, pool_size=1)
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
        for statement in BEFORE.split(";\n"):
            await connection.execute(text(statement.replace(":", r"\:")))
    await engine.dispose()
    return target.owner_url, target.app_url


OPEN, CLOSED = UUID(int=0xC1), UUID(int=0xC2)


@pytest.fixture
async def world(old: tuple[str, str]) -> AsyncIterator[tuple[Database, asyncpg.Connection, list[UUID]]]:
    """Bring the database up to date; with the ids that responses had."""
    owner_url, app_url = old
    owner = await asyncpg.connect(owner_url)
    told = [row[0] for row in await owner.fetch("SELECT response_id FROM response ORDER BY 1")]
    await migrate("survey", owner_url)
    db = Database(app_url, pool_size=2)
    yield db, owner, told
    await db.close()
    await owner.close()


async def test_people_decisions_and_answers_stay(
    world: tuple[Database, asyncpg.Connection, list[UUID]],
) -> None:
    db, owner, told = world
    campaign = await owner.fetchrow("SELECT * FROM campaign WHERE campaign_id = $1", OPEN)
    assert (campaign["invited"], campaign["gone"], campaign["released_n"]) == (12, 2, 0)
    decisions = await owner.fetch("SELECT decision, number, text_sha256 FROM identity.decision ORDER BY 1")
    assert [tuple(row) for row in decisions] == [("refused", 1, "hash")] * 2 + [("willing", 1, "hash")] * 10
    arrived = await owner.fetch("SELECT arrived FROM response WHERE campaign_id = $1 ORDER BY 1", OPEN)
    assert [row["arrived"] for row in arrived] == list(range(1, 11))
    # what the topic knows them by stays, and is no longer what a sender may ask with
    assert [row[0] for row in await owner.fetch("SELECT response_id FROM response ORDER BY 1")] == told
    assert await owner.fetchval("SELECT count(sent_id) FROM response") == 0
    async with db.reading() as session:
        assert await upkeep.drift(session) == 0
    assert await owner.fetchval("SELECT to_regclass('identity.consent')") is None


async def test_campaigns_without_an_end_get_one(
    world: tuple[Database, asyncpg.Connection, list[UUID]],
) -> None:
    _, owner, _ = world
    rows = await owner.fetch(
        "SELECT closed_at, closes_at, closes_at > now() AS is_ahead FROM campaign ORDER BY state"
    )
    closed, still_open = rows
    assert closed["closes_at"] == closed["closed_at"]
    assert (still_open["closed_at"], still_open["is_ahead"]) == (None, True)


async def test_an_exact_figure_of_before_is_taken_back_and_no_other_differs_from_it_by_less_than_five(
    world: tuple[Database, asyncpg.Connection, list[UUID]],
) -> None:
    """It covered all ten answers; whoever read it may subtract it from whatever comes."""
    db, owner, _ = world
    await Upkeep(db, seconds=1).step()
    async with db.reading() as session:
        standing = await campaigns.campaign_standing(session, OPERATOR, OPEN)
    survey = Survey(db, owner, standing.campaign)
    (tally,) = [one for one in await survey.facts("tally.changed") if one["campaign_id"] == str(OPEN)]
    assert (tally["n"], tally["released_n"], tally["ipak"]) == (10, 0, None)
    assert (await survey.threshold())["unknown"] == ["ipak", "ipkp"]
    shown = []
    for token in await survey.invite(16):
        await survey.respond(token, 3)
        shown.append((await survey.standing()).campaign.released.shown_n)
    assert shown == [0] * 9 + [15] * 5 + [20] * 2
    assert {one - 10 for one in shown if one} == {5, 10}


async def test_a_campaign_of_before_may_close_on_the_figure_that_others_have_seen(
    world: tuple[Database, asyncpg.Connection, list[UUID]],
) -> None:
    db, _, _ = world
    await Upkeep(db, seconds=1).step()
    async with db.transaction() as session:
        version = (await campaigns.campaign_standing(session, OPERATOR, OPEN)).campaign.version
        closed = await campaigns.close_campaign(session, LEADER, OPEN, version)
    assert (closed.released.shown_n, closed.released_indices().ipak) == (10, Fraction(10, 3))


async def test_a_campaign_whose_secret_was_gone_before_is_told_and_becomes_anonymous(
    world: tuple[Database, asyncpg.Connection, list[UUID]],
) -> None:
    db, owner, _ = world
    await Upkeep(db, seconds=1).step()
    kept = await owner.fetch("SELECT campaign_id FROM anonymous_answer")
    assert [row["campaign_id"] for row in kept] == [CLOSED] * 6
    assert await owner.fetchval("SELECT count(*) FROM response WHERE campaign_id = $1", CLOSED) == 0
    async with db.reading() as session:
        standing = await campaigns.campaign_standing(session, OPERATOR, CLOSED)
    assert standing.campaign.released.shown_n == 6
    tallies = [
        one for one in await Survey(db, owner, standing.campaign).facts("tally.changed")
        if one["campaign_id"] == str(CLOSED)
    ]  # fmt: skip
    assert [(one["released_n"], one["ikm"]) for one in tallies] == [(6, "75")]
