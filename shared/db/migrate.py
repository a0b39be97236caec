"""Bring a service's schema to the newest revision, one migration job at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.db.database import make_engine
from shared.db.faults import is_conflict
from shared.db.schema import revisions, scripts

LOCK_TIMEOUT = "2s"
TRIES = 3
"""The server's own upkeep of a table may cross a migration's changes; one of both is then ended."""


def config(service: str) -> Config:
    """Return the Alembic configuration of one service: shared environment, own revisions."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "alembic"))
    settings.set_main_option("path_separator", "newline")
    settings.set_main_option("version_locations", str(scripts(service)))
    return settings


async def migrate(service: str, owner_url: str) -> str:
    """Upgrade to the newest revision under an advisory lock and return that revision.

    Runs in one transaction: a failing migration leaves the schema as it was. After a deadlock it runs again.
    """
    engine = make_engine(owner_url, pool_size=2)
    try:
        for tries_left in reversed(range(TRIES)):
            try:
                await _migrate(engine, service)
                break
            except DBAPIError as error:
                if not tries_left or not is_conflict(error):
                    raise
    finally:
        await engine.dispose()
    return revisions(service)[-1]


async def _migrate(engine: AsyncEngine, service: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('zi_migrate'))"))
        await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        await connection.run_sync(_upgrade, service)


def _upgrade(connection: Connection, service: str) -> None:
    settings = config(service)
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
