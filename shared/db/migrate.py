"""Bring a service's schema to the newest revision, one migration job at a time."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.db.database import make_engine
from shared.db.faults import is_conflict
from shared.db.indexes import TURN, bound
from shared.db.schema import revisions, scripts

BUILD_SECONDS = 3600.0
"""How long an index may take that is built beside the work on its table."""
TURN_SECONDS = 0.2
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

    Runs in one transaction, from the last index on that is built beside it (`shared.db.indexes`): a failing
    migration leaves the schema as it was then. After a deadlock it runs again.
    """
    for tries_left in reversed(range(TRIES)):
        engine = make_engine(owner_url, pool_size=1, command_seconds=BUILD_SECONDS)
        try:
            while not await _migrate(engine, service):  # noqa: ASYNC110 - another process has its turn
                await asyncio.sleep(TURN_SECONDS)
            break
        except DBAPIError as error:
            if not tries_left or not is_conflict(error):
                raise
        finally:
            await engine.dispose()  # what a broken-off build keeps of its turn ends with the connection
    return revisions(service)[-1]


async def _migrate(engine: AsyncEngine, service: str) -> bool:
    """Upgrade and return True, or False while another job does.

    Whoever waited inside a statement would be waited for by the job that builds an index.
    """
    async with engine.connect() as connection:
        if not await connection.scalar(text(f"SELECT pg_try_advisory_xact_lock({TURN})")):
            return False
        await connection.run_sync(bound)
        await connection.run_sync(_upgrade, service)
        await connection.commit()
    return True


def _upgrade(connection: Connection, service: str) -> None:
    settings = config(service)
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
