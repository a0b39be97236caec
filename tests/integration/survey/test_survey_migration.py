"""What a survey of before the released figures becomes, when its database is brought up to date."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from itertools import product
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic import command

from services.survey.domain.campaign import Period
from services.survey.jobs import Upkeep
from services.survey.usecases import campaigns, upkeep
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase, bootstrap
from shared.db.migrate import migrate
from shared.kernel import Zone
from tests.integration.survey.conftest import KEYS, LEADER, OPERATOR, Survey
from tests.support.database import DatabaseCopier, drop, service_database
from tests.support.migrations import at

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
INSERT INTO identity.participant
SELECT gen_random_uuid(), '00000000-0000-0000-0000-0000000000c2', NULL, NULL, int4send(100 + n), true
FROM generate_series(1, 6) AS n;
INSERT INTO identity.consent SELECT participant_id, gen_random_uuid(),
    CASE WHEN is_finished THEN 'willing' ELSE 'refused' END, '2026-1', 'hash', 'form', now(), 1, 1
FROM identity.participant;
INSERT INTO response SELECT gen_random_uuid(), '00000000-0000-0000-0000-0000000000c1', int4send(n), 'invited',
    '{}', (SELECT jsonb_object_agg(item_key, 5) FROM item_sum
           WHERE campaign_id = '00000000-0000-0000-0000-0000000000c1'), 1 FROM generate_series(1, 10) AS n
"""


Maker = Callable[[str, str], Awaitable[ServiceDatabase]]


@pytest.fixture(scope="module")
async def made_at(postgres_admin_url: str, copy_database: DatabaseCopier) -> AsyncIterator[Maker]:
    """Give `await made_at(revision, statements)`: a database at a revision, after these statements."""
    at_revision: dict[str, ServiceDatabase] = {}

    async def make(revision: str, statements: str) -> ServiceDatabase:
        if revision not in at_revision:
            name = f"t_{uuid4().hex[:8]}_{revision}"
            template = service_database(postgres_admin_url, "survey", name)
            await bootstrap(postgres_admin_url, template)
            await at("survey", template.owner_url, command.upgrade, revision)
            at_revision[revision] = template
        made = await copy_database(at_revision[revision])
        owner = await asyncpg.connect(made.owner_url)
        async with owner.transaction():
            await owner.execute(statements)
        await owner.close()
        return made

    yield make
    await drop(postgres_admin_url, [template.name for template in at_revision.values()])


@dataclass(frozen=True)
class UpToDate:
    """A database of before that was brought up to date, to be copied, and the ids that responses had."""

    database: ServiceDatabase
    told: list[UUID]


@pytest.fixture(scope="module")
async def up_to_date(made_at: Maker) -> UpToDate:
    """A database of before, with campaigns in it, brought up to date."""
    database = await made_at("survey_0002", BEFORE)
    owner = await asyncpg.connect(database.owner_url)
    told = [row[0] for row in await owner.fetch("SELECT response_id FROM response ORDER BY 1")]
    await owner.close()
    await migrate("survey", database.owner_url)
    return UpToDate(database, told)


OPEN, CLOSED = UUID(int=0xC1), UUID(int=0xC2)


@pytest.fixture
async def world(
    up_to_date: UpToDate, copy_database: DatabaseCopier
) -> AsyncIterator[tuple[Database, asyncpg.Connection, list[UUID]]]:
    """What became of the campaigns, for each test in a database of its own; with the ids responses had."""
    database = await copy_database(up_to_date.database)
    owner = await asyncpg.connect(database.owner_url)
    db = Database(database.app_url, pool_size=2)
    yield db, owner, up_to_date.told
    await db.close()
    await owner.close()


async def test_people_decisions_and_answers_stay(
    world: tuple[Database, asyncpg.Connection, list[UUID]],
) -> None:
    db, owner, told = world
    campaign = await owner.fetchrow("SELECT * FROM campaign WHERE campaign_id = $1", OPEN)
    assert (campaign["invited"], campaign["gone"], campaign["released_n"]) == (12, 2, 0)
    decisions = await owner.fetch(
        "SELECT decision, number, text_sha256 FROM identity.decision "
        "JOIN identity.participant USING (participant_id) WHERE campaign_id = $1 ORDER BY 1",
        OPEN,
    )
    assert [tuple(row) for row in decisions] == [("refused", 1, "hash")] * 2 + [("willing", 1, "hash")] * 10
    arrived = await owner.fetch("SELECT arrived FROM response WHERE campaign_id = $1 ORDER BY 1", OPEN)
    assert [row["arrived"] for row in arrived] == list(range(1, 11))
    # what the topic knows them by stays, and is no longer what a sender may ask with
    assert [row[0] for row in await owner.fetch("SELECT response_id FROM response ORDER BY 1")] == told
    assert await owner.fetchval("SELECT count(sent_id) FROM response") == 0
    async with db.reading() as session:
        assert await upkeep.drift(session) == 0
    assert await owner.fetchval("SELECT to_regclass('identity.consent')") is None


async def test_a_closed_campaign_without_an_end_has_ended_when_it_was_closed(
    world: tuple[Database, asyncpg.Connection, list[UUID]],
) -> None:
    _, owner, _ = world
    closed = await owner.fetchrow("SELECT closed_at, closes_at FROM campaign WHERE state = 'closed'")
    assert closed["closes_at"] == closed["closed_at"]


@pytest.mark.parametrize("zone", Zone)
async def test_campaigns_without_an_end_or_with_a_far_one_end_as_late_as_one_that_is_made_now(
    made_at: Maker, zone: Zone
) -> None:
    """At a local midnight, whether the period is over or not and the campaign open or not."""
    made = [
        (number, *one)
        for number, one in enumerate(
            product(
                ("2020-Q1", "2026", "2090-12"),
                ("open", "draft"),
                ("NULL", "'2099-01-01 00:00Z'", "'2020-02-03 00:00Z'"),
            )
        )
    ]
    campaigns_of_before = ";\n".join(
        f"""INSERT INTO campaign (campaign_id, unit_id, regime, instrument_version, period, year, first_month,
            last_month, mode, state, policies, excluded_items, closes_at, version, tally_version, n, willing)
        VALUES ('{UUID(int=number)}', 'u-1', 'skm.2017', 'skm.2017-1', '{period.text}', {period.year},
            {period.first_month}, {period.last_month}, 'invited', '{state}', '{{}}', '{{}}', {closes_at}, 1,
            0, 0, 0)"""
        for number, period_text, state, closes_at in made
        for period in [Period.parse(period_text)]
    )
    unit = f"INSERT INTO unit VALUES ('u-1', 'a-1', 'Kantor Satu', '{zone}', true, false, 1, '')"
    database = await made_at("survey_0007", f"{unit};\n{campaigns_of_before}")
    owner = await asyncpg.connect(database.owner_url)
    before = await owner.fetchval("SELECT now()")
    await migrate("survey", database.owner_url)
    after = await owner.fetchval("SELECT now()")
    ends = {row["campaign_id"]: row["closes_at"] for row in await owner.fetch("SELECT * FROM campaign")}
    await owner.close()
    for number, period, _, closes_at in made:
        latest = {Period.parse(period).latest_end(zone, now) for now in (before, after)}
        soon = datetime(2020, 2, 3, tzinfo=UTC)
        assert ends[UUID(int=number)] in ({soon} if "2020" in closes_at else latest)


async def test_an_exact_figure_of_before_is_taken_back_and_no_other_differs_from_it_by_less_than_five(
    world: tuple[Database, asyncpg.Connection, list[UUID]],
) -> None:
    """It covered all ten answers; whoever read it may subtract it from whatever comes."""
    db, owner, _ = world
    await Upkeep(db, seconds=1).step()
    async with db.reading() as session:
        status = await campaigns.campaign_status(session, OPERATOR, OPEN)
    survey = Survey(db, owner, status.campaign)
    (tally,) = [one for one in await survey.facts("tally.changed") if one["campaign_id"] == str(OPEN)]
    assert (tally["n"], tally["released_n"], tally["ipak"]) == (10, 0, None)
    assert (await survey.threshold())["unknown"] == ["ipak", "ipkp"]
    shown = []
    for token in await survey.invite(16):
        await survey.respond(token, 3)
        shown.append((await survey.status()).campaign.released.shown_n)
    assert shown == [0] * 9 + [15] * 5 + [20] * 2
    assert {one - 10 for one in shown if one} == {5, 10}


async def test_a_campaign_of_before_may_close_on_the_figure_that_others_have_seen(
    world: tuple[Database, asyncpg.Connection, list[UUID]],
) -> None:
    db, _, _ = world
    await Upkeep(db, seconds=1).step()
    async with db.transaction() as session:
        version = (await campaigns.campaign_status(session, OPERATOR, OPEN)).campaign.version
        closed = await campaigns.close_campaign(session, LEADER, OPEN, version)
    assert (closed.released.shown_n, closed.released_indices().ipak) == (10, Fraction(10, 3))


async def test_few_late_answers_do_not_destroy_the_figure_that_others_have_seen(
    world: tuple[Database, asyncpg.Connection, list[UUID]],
) -> None:
    db, owner, _ = world
    await Upkeep(db, seconds=1).step()
    async with db.reading() as session:
        survey = Survey(db, owner, (await campaigns.campaign_status(session, OPERATOR, OPEN)).campaign)
    late = await survey.invite(3)
    for token in late:
        await survey.respond(token, 3)
    await survey.close()

    async def shown_days_later() -> tuple[int, int, Fraction | None]:
        await owner.execute("UPDATE campaign SET waiting_since = waiting_since - interval '72 hours'")
        await Upkeep(db, seconds=1).step()
        campaign = (await survey.status()).campaign
        return campaign.n, campaign.released.shown_n, campaign.released_indices().ipak

    assert await shown_days_later() == (13, 10, Fraction(10, 3))
    await survey.withdraw(late[0])  # whom no figure covers
    assert await shown_days_later() == (12, 10, Fraction(10, 3))


async def test_a_campaign_whose_secret_was_gone_before_is_told_and_becomes_anonymous(
    world: tuple[Database, asyncpg.Connection, list[UUID]],
) -> None:
    db, owner, _ = world
    await Upkeep(db, seconds=1).step()
    kept = await owner.fetch("SELECT campaign_id FROM anonymous_answer")
    assert [row["campaign_id"] for row in kept] == [CLOSED] * 6
    assert await owner.fetchval("SELECT count(*) FROM response WHERE campaign_id = $1", CLOSED) == 0
    async with db.reading() as session:
        status = await campaigns.campaign_status(session, OPERATOR, CLOSED)
    assert status.campaign.released.shown_n == 6
    tallies = [
        one for one in await Survey(db, owner, status.campaign).facts("tally.changed")
        if one["campaign_id"] == str(CLOSED)
    ]  # fmt: skip
    assert [(one["released_n"], one["ikm"]) for one in tallies] == [(6, "75")]
    changes = await owner.fetchval("SELECT changes FROM audit WHERE operation = 'forget_identities'")
    assert json.loads(changes) == {"secret": False, "identities": False}


# -- campaigns that lived beside the rule of releases before figures of before were thought of ---------------


def beside_the_rule(state: str, texts: str, released: int) -> str:
    """Return statements for the campaign at revision 0009: an answer for each text consented to, in order."""
    n = len(texts)
    return f"""
INSERT INTO unit VALUES ('u-1', 'a-1', 'Kantor Satu', 'WIB', true, false, 1, '');
INSERT INTO campaign (campaign_id, unit_id, regime, instrument_version, period, year, first_month, last_month,
    mode, state, policies, excluded_items, opened_at, closed_at, closes_at, version, tally_version, n,
    willing, invited, release_number, released_n, released_totals)
SELECT '{OPEN}', 'u-1', 'mandiri.2023', 'mandiri.2023-1', '2026', 2026, 1, 12, 'invited', '{state}',
    '{{"conversion": "ratio"}}', '{{}}', now(), CASE '{state}' WHEN 'closed' THEN now() END,
    now() + interval '9 days', 2, 20, {n}, {n}, {n}, {released and 1}, {released},
    CASE WHEN {released} > 0 THEN jsonb_object_agg(key, {released} * 5) ELSE '{{}}' END
FROM unnest(cast('{{{",".join(KEYS)}}}' AS text[])) AS key;
INSERT INTO item_sum
SELECT '{OPEN}', key, {n}, {n} * 5 FROM unnest(cast('{{{",".join(KEYS)}}}' AS text[])) AS key;
INSERT INTO identity.campaign_secret VALUES ('{OPEN}', 'a secret');
INSERT INTO identity.consent_text SELECT 'hash' || n, '2026-' || n, '{{}}' FROM generate_series(1, 3) AS n;
INSERT INTO identity.participant
SELECT gen_random_uuid(), '{OPEN}', NULL, NULL, int4send(n), true FROM generate_series(1, {n}) AS n;
INSERT INTO identity.decision
SELECT participant_id, 1, gen_random_uuid(), 'willing', '2026-' || t, 'hash' || t, 'form', now(), 1, 1
FROM (SELECT participant_id, substr('{texts}', row_number() OVER ()::int, 1) AS t
      FROM identity.participant) p;
INSERT INTO response (response_id, campaign_id, link, mode, flags, scores, version, arrived, released_version,
    changed_in)
SELECT gen_random_uuid(), '{OPEN}', int4send(n), 'invited', '{{}}',
    (SELECT jsonb_object_agg(item_key, 5) FROM item_sum), 1, n,
    CASE WHEN n <= {released} THEN 1 END, CASE WHEN n <= {released} THEN array[1] ELSE '{{}}' END
FROM generate_series(1, {n}) AS n
"""


@pytest.mark.parametrize(
    ("state", "texts", "released", "shown"),
    [
        pytest.param("open", "1" * 8, 0, 0, id="seven were told exactly and the eighth answered since"),
        pytest.param("open", "1" * 12 + "2", 7, 0, id="twelve were told exactly, then seven by the rule"),
        pytest.param("open", "1" * 12 + "2", 0, 0, id="twelve were told exactly and one consented since"),
        pytest.param("closed", "1" * 12 + "2", 7, 0, id="closed since, with others waiting"),
        pytest.param("closed", "1" * 8, 0, 8, id="closed before the rule, with nothing since"),
        pytest.param("open", "2" * 5 + "3" * 7, 7, 12, id="none consented before the rule"),
    ],
)
async def test_a_campaign_whose_last_exact_figure_is_not_known_shows_none_any_more(
    made_at: Maker, state: str, texts: str, released: int, shown: int
) -> None:
    """The difference would be one person: whoever answered between the exact figure and the rule."""
    database = await made_at("survey_0009", beside_the_rule(state, texts, released))
    await migrate("survey", database.owner_url)
    db, owner = Database(database.app_url, pool_size=2), await asyncpg.connect(database.owner_url)
    kept = await owner.fetchrow("SELECT released_n, released_totals <> '{}' AS has_totals FROM campaign")
    is_left = "1" not in texts
    assert tuple(kept) == ((released, True) if is_left else (0, False))
    await Upkeep(db, seconds=1).step()
    async with db.reading() as session:
        survey = Survey(db, owner, (await campaigns.campaign_status(session, OPERATOR, OPEN)).campaign)
    if state == "open":
        await survey.close()
    status = await survey.status()
    assert (status.campaign.released.shown_n, status.indices.ipak is None) == (shown, shown == 0)
    assert status.campaign.released.is_taken_back == (shown == 0)
    told = {one["released_n"] for one in await survey.facts("tally.changed")}
    assert told == ({released, shown} if is_left else {shown})
    await db.close()
    await owner.close()
