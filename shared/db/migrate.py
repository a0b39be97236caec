"""Bring a service's schema to the newest revision, one migration job at a time."""

from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.database import make_engine

LOCK_TIMEOUT = "2s"


def config(service: str) -> Config:
    """Return the Alembic configuration of one service: shared environment, own revisions."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "alembic"))
    settings.set_main_option("path_separator", "newline")
    revisions = files(f"services.{service}") / "migrations" / "versions"
    settings.set_main_option("version_locations", str(revisions))
    return settings


async def migrate(service: str, owner_url: str) -> str:
    """Upgrade to the newest revision under an advisory lock and return that revision.

    Runs in one transaction: a failing migration leaves the schema as it was.
    """
    engine = make_engine(owner_url, pool_size=2)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('zi_migrate'))"))
            await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
            await connection.run_sync(_upgrade, service)
    finally:
        await engine.dispose()
    return head(service)


def _upgrade(connection: Connection, service: str) -> None:
    settings = config(service)
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def head(service: str) -> str:
    """Return the newest revision this code knows."""
    newest = ScriptDirectory.from_config(config(service)).get_current_head()
    if newest is None:
        raise LookupError(f"{service} has no migrations")
    return newest


class SchemaCheck:
    """Compares the database's revision with this code's; the history is read once."""

    def __init__(self, service: str) -> None:
        scripts = ScriptDirectory.from_config(config(service))
        self._head = head(service)
        self._older = {script.revision for script in scripts.walk_revisions()} - {self._head}

    async def is_current(self, session: AsyncSession) -> bool:
        """Tell whether the schema is at least ours: an older one is refused, a newer one accepted."""
        found = await session.scalar(text("SELECT version_num FROM alembic_version"))
        return found is not None and found not in self._older
