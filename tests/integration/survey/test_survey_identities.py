"""Who was asked and what was answered stay apart, in the database and on the topics."""

import json

import asyncpg
import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.survey.store import identities
from services.survey.tables import Table
from services.survey.usecases import inviting
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from tests.integration.survey.conftest import OPERATOR, Survey

CANARY_NAME, CANARY_CONTACT = "Xaverius Kanari", "+6281200099999"
IDENTITY_TABLES = ("participant", "decision", "consent_text", "campaign_secret")


@pytest.mark.parametrize("table", IDENTITY_TABLES)
async def test_application_role_sees_no_identity_without_taking_the_role(
    database: ServiceDatabase, table: str
) -> None:
    app = await asyncpg.connect(database.app_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.fetch(f"SELECT * FROM identity.{table}")
        await app.execute("SET ROLE zi_survey_identity")
        assert await app.fetch(f"SELECT * FROM identity.{table}") == []
    finally:
        await app.close()


@pytest.mark.parametrize("table", ["response", "item_sum", "anonymous_answer", "told_response"])
async def test_identity_role_sees_no_answer(database: ServiceDatabase, table: str) -> None:
    app = await asyncpg.connect(database.app_url)
    try:
        await app.execute("SET ROLE zi_survey_identity")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.fetch(f"SELECT * FROM public.{table}")
    finally:
        await app.close()


async def test_role_is_given_back_after_each_use(survey: Survey) -> None:
    async with survey.db.transaction() as session:
        await identities.by_token(session, b"unknown")
        with pytest.raises(DBAPIError):
            await session.execute(text("SELECT 1 FROM identity.participant"))


async def test_answer_knows_no_participant_and_no_time(survey: Survey) -> None:
    columns = await survey.owner.fetch(
        """
        SELECT column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = 'response'
        """
    )
    assert {row["column_name"] for row in columns} == {
        "response_id",
        "campaign_id",
        "link",
        "mode",
        "flags",
        "scores",
        "version",
        "arrived",
        "released_version",
        "changed_in",
        "sent_id",
    }


async def test_no_person_token_or_score_is_on_a_topic_or_in_the_audit(survey: Survey) -> None:
    async with survey.db.transaction() as session:
        (invitation,) = await inviting.invite(
            session, OPERATOR, survey.id, [inviting.Invitee(CANARY_NAME, CANARY_CONTACT)]
        )
    response_id = await survey.respond(invitation.token, 3)
    await survey.withdraw(invitation.token)
    link = await survey.owner.fetchval("SELECT link FROM response WHERE response_id = $1", response_id)
    rows = await survey.owner.fetch("SELECT payload, headers FROM outbox")
    audit = await survey.owner.fetch("SELECT to_jsonb(audit)::text AS line FROM audit")
    everything = "\n".join(
        [row["payload"].decode() + row["headers"] for row in rows] + [row["line"] for row in audit]
    )
    participant = str(invitation.participant_id)
    for secret in (CANARY_NAME, CANARY_CONTACT, invitation.token, participant, link.hex(), "pungli"):
        assert secret not in everything
    kept = await survey.owner.fetchval("SELECT to_jsonb(p)::text FROM identity.participant p")
    assert CANARY_NAME in kept
    assert invitation.token not in kept


async def test_consent_and_response_ids_share_nothing(survey: Survey) -> None:
    (token,) = await survey.invite()
    response_id = str(await survey.respond(token))
    consent = (await survey.facts("consent.given"))[0]
    assert consent["consent_id"] != response_id
    assert response_id not in json.dumps(consent)


async def test_tables_and_migration_are_in_step(db: Database, database: ServiceDatabase) -> None:
    owned = Database(database.owner_url, pool_size=2)

    def columns(connection: AsyncConnection) -> dict[str, dict[str, bool]]:
        looked = inspect(connection)
        return {
            f"{schema}.{name}": {
                column["name"]: column["nullable"] for column in looked.get_columns(name, schema)
            }
            for schema in ("public", "identity")
            for name in looked.get_table_names(schema)
        }

    try:
        async with owned.engine.connect() as connection:
            found = await connection.run_sync(columns)  # type: ignore[arg-type]
    finally:
        await owned.close()
    for table in Table.metadata.sorted_tables:
        name = f"{table.schema or 'public'}.{table.name}"
        assert found[name] == {column.name: bool(column.nullable) for column in table.columns}
