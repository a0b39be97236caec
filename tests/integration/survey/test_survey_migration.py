"""What a survey of before the released figures becomes, when its database is brought up to date."""

import asyncpg
import pytest
from alembic import command
from sqlalchemy import Connection, text

from services.survey.usecases import upkeep
from shared.db import Database
from shared.db.bootstrap import bootstrap
from shared.db.database import make_engine
from shared.db.migrate import config, migrate
from tests.support.database import service_database

BEFORE = """
INSERT INTO unit VALUES ('u-1', 'a-1', 'Kantor Satu', 'WIB', true, false, 1, '');
INSERT INTO campaign (campaign_id, unit_id, regime, instrument_version, period, year, first_month, last_month,
    mode, state, policies, excluded_items, opened_at, version, tally_version, n, willing)
VALUES ('00000000-0000-0000-0000-0000000000c1', 'u-1', 'mandiri.2023', 'mandiri.2023-1', '2026', 2026, 1, 12,
    'invited', 'open', '{"conversion": "ratio"}', '{}', now(), 2, 20, 10, 10);
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
    '{}', (SELECT jsonb_object_agg(item_key, 5) FROM item_sum), 1 FROM generate_series(1, 10) AS n
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


async def test_people_decisions_and_answers_stay_and_nothing_counts_as_released(old: tuple[str, str]) -> None:
    owner_url, app_url = old
    await migrate("survey", owner_url)
    owner = await asyncpg.connect(owner_url)
    db = Database(app_url, pool_size=2)
    try:
        campaign = await owner.fetchrow("SELECT * FROM campaign")
        assert (campaign["invited"], campaign["gone"], campaign["released_n"]) == (12, 2, 0)
        decisions = await owner.fetch(
            "SELECT decision, number, text_sha256 FROM identity.decision ORDER BY 1"
        )
        assert [tuple(row) for row in decisions] == [("refused", 1, "hash")] * 2 + [
            ("willing", 1, "hash")
        ] * 10
        arrived = await owner.fetch("SELECT arrived FROM response ORDER BY 1")
        assert [row["arrived"] for row in arrived] == list(range(1, 11))
        async with db.transaction() as session:
            assert await upkeep.judge_unjudged(session) == 1
        async with db.reading() as session:
            assert await upkeep.drift(session) == 0
        assert await owner.fetchval("SELECT to_regclass('identity.consent')") is None
    finally:
        await db.close()
        await owner.close()
