"""A database of the tables that every service has and one of effects, for tests of shared code alone."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.consumer.codec import Received, Rejected
from shared.contracts.admin import create_topics
from shared.contracts.dead_letters import DeadLetterReason
from shared.contracts.planning import WorksheetAnswered
from shared.db import Database, ddl
from shared.db.bootstrap import bootstrap
from shared.kernel import new_id
from shared.service import tables
from tests.support.database import copy, drop, service_database

TOPIC = WorksheetAnswered.topic


class _Recorder:
    """Collects the statements a migration would execute."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def execute(self, sqltext: str) -> None:
        self.statements.append(sqltext)


@pytest.fixture(scope="session")
async def effects_template(postgres_admin_url: str) -> AsyncIterator[str]:
    """The name of a database of effects that nobody uses, to be copied."""
    async with effects_database(postgres_admin_url) as url:
        yield urlsplit(url).path.lstrip("/")


@pytest.fixture
async def effects_url(postgres_admin_url: str, effects_template: str) -> AsyncIterator[str]:
    """The application URL of a new database of effects."""
    fresh = service_database(postgres_admin_url, "scoring", f"m_{new_id().hex}")
    await copy(postgres_admin_url, effects_template, fresh)
    yield fresh.app_url
    await drop(postgres_admin_url, [fresh.name])


@pytest.fixture
async def db(effects_url: str) -> AsyncIterator[Database]:
    """A new database with `effect(worksheet_id, version, letter, applied)`."""
    database = Database(effects_url)
    yield database
    await database.close()


@pytest.fixture(scope="session")
async def topics(kafka_bootstrap: str) -> str:
    """The broker with every topic of the registry; gives its address."""
    await create_topics(kafka_bootstrap)
    return kafka_bootstrap


@asynccontextmanager
async def effects_database(admin_url: str) -> AsyncIterator[str]:
    """Yield the application URL of a new database; dropped at the end."""
    target = service_database(admin_url, "scoring", f"m_{new_id().hex}")
    await bootstrap(admin_url, target)
    recorder = _Recorder()
    tables.create(recorder)
    tables.harden(recorder)
    tables.renew_sessions(recorder)
    tables.keep_id_tokens(recorder)
    tables.hear_of_log_outs(recorder)
    tables.point_at_what_waits(recorder, "scoring")
    recorder.execute("CREATE TABLE alembic_version (version_num text)")
    recorder.execute(
        "CREATE TABLE effect (worksheet_id text PRIMARY KEY, version bigint, letter text, applied int)"
    )
    ddl.grant_app(recorder, "scoring")
    owner = await asyncpg.connect(target.owner_url)
    for statement in recorder.statements:
        await owner.execute(statement)
    await owner.close()
    try:
        yield target.app_url
    finally:
        await drop(admin_url, [target.name])


def answered(worksheet: str, version: int = 1, letter: str = "A", **extra: Any) -> WorksheetAnswered:
    """Return an answer event of unit `u-<worksheet>`."""
    return WorksheetAnswered(
        unit_id=f"u-{worksheet}",
        version=version,
        worksheet_id=worksheet,
        year=2026,
        layer="unit",
        item_code="A.I.1.i.b",
        letter=letter,
        **extra,
    )


async def fold(session: AsyncSession, received: Sequence[Received]) -> Sequence[Rejected]:
    """Keep the newest letter per worksheet and count how often an effect was applied.

    Letter `!` cannot be true; letter `?` breaks the statement, as a bug would.
    """
    rejected = []
    for item in received:
        data = item.data
        assert isinstance(data, WorksheetAnswered)
        if data.letter == "!":
            rejected.append(Rejected(item, DeadLetterReason.INVALID_ANSWER))
            continue
        letter = "1/0" if data.letter == "?" else ":letter"
        await session.execute(
            text(f"""INSERT INTO effect VALUES (:id, :version, cast({letter} AS text), 1)
                     ON CONFLICT (worksheet_id) DO UPDATE SET version = excluded.version,
                         letter = excluded.letter, applied = effect.applied + 1
                     WHERE excluded.version > effect.version"""),
            {"id": data.worksheet_id, "version": data.version, "letter": data.letter},
        )
    return rejected
