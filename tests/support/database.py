"""Fresh, migrated databases for tests: one migrated template per service and session, then cheap copies."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from shared.db import Database
from shared.db.bootstrap import ServiceDatabase, bootstrap
from shared.db.migrate import migrate
from shared.db.roles import app_role, owner_role
from tests.support import infra

PASSWORD = "test-only"

DatabaseMaker = Callable[[str], Awaitable[ServiceDatabase]]
DatabaseCopier = Callable[[ServiceDatabase], Awaitable[ServiceDatabase]]

_EMPTY = """
DO $$
DECLARE
    name regclass;
    is_filled boolean;
    filled text;
BEGIN
    SET LOCAL lock_timeout = '30s';
    FOR name IN
        SELECT oid FROM pg_class WHERE relkind = 'r' AND relname NOT IN ('alembic_version', 'pseudonym')
            AND relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'identity'))
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO is_filled;
        IF is_filled THEN
            filled := concat_ws(', ', filled, name);
        END IF;
    END LOOP;
    IF filled IS NOT NULL THEN
        ALTER TABLE audit DISABLE TRIGGER USER;
        EXECUTE format('TRUNCATE %s CASCADE', filled);
        ALTER TABLE audit ENABLE TRIGGER USER;
    END IF;
    PERFORM setval(oid, 1, false) FROM pg_class WHERE relkind = 'S';
END $$
"""


def service_database(admin_url: str, service: str, name: str) -> ServiceDatabase:
    """Return the addresses of a service's database of this name on the given server."""
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]

    def url(role: str) -> str:
        return urlunsplit(parts._replace(netloc=f"{role}:{PASSWORD}@{host}", path=f"/{name}"))

    return ServiceDatabase(service, url(owner_role(service)), url(app_role(service)))


async def copy(admin_url: str, template: str, fresh: ServiceDatabase) -> None:
    """Create a database as a copy of one that nobody is connected to."""
    admin = await asyncpg.connect(admin_url)
    try:
        owner, app = owner_role(fresh.service), app_role(fresh.service)
        await admin.execute(f"CREATE DATABASE {fresh.name} TEMPLATE {template} OWNER {owner}")
        # What a database grants is not copied with it.
        await admin.execute(f"REVOKE ALL ON DATABASE {fresh.name} FROM PUBLIC")
        await admin.execute(f"GRANT CONNECT ON DATABASE {fresh.name} TO {app}")
    finally:
        await admin.close()


async def drop(admin_url: str, names: Sequence[str]) -> None:
    """Drop databases from a server that outlives the tests; ours goes with its folder, much faster."""
    if not infra.postgres_is_given():
        return
    admin = await asyncpg.connect(admin_url)
    try:
        for name in names:
            await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await admin.close()


class TakingTurns(asyncpg.Connection):  # type: ignore[misc]  # asyncpg tells no types
    """A connection that several tasks of a test may ask at once: each statement waits for the one before."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._turn = asyncio.Lock()

    async def execute(self, query: str, *args: Any, **options: Any) -> Any:
        async with self._turn:
            return await super().execute(query, *args, **options)

    async def fetch(self, query: str, *args: Any, **options: Any) -> Any:
        async with self._turn:
            return await super().fetch(query, *args, **options)

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        async with self._turn:
            return await super().fetchrow(query, *args, **options)

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        async with self._turn:
            return await super().fetchval(query, *args, **options)


async def connect_owner(database: ServiceDatabase) -> TakingTurns:
    """Connect as the owner of a service's database; whoever calls closes it."""
    return cast("TakingTurns", await asyncpg.connect(database.owner_url, connection_class=TakingTurns))


class KeptOpen(Database):
    """A pool that the services of many tests use in turn: it knows their statements, and outlives them.

    As `Databases` of an application it also stands for the pool of the workers.
    """

    async def close(self) -> None:
        """Leave the connections to whoever uses the database next."""

    async def end(self) -> None:
        """Close every connection."""
        await super().close()


async def empty(owner: asyncpg.Connection) -> None:
    """Empty a service's database to the state after its migrations: much faster than another one."""
    await owner.execute(_EMPTY)


@pytest.fixture(scope="session")
async def copy_database(postgres_admin_url: str) -> AsyncIterator[DatabaseCopier]:
    """Give `await copy_database(original)`: a copy of a database that nobody uses, dropped at the end."""
    run = uuid4().hex[:8]
    made: list[str] = []

    async def copied(original: ServiceDatabase) -> ServiceDatabase:
        service = original.service
        fresh = service_database(postgres_admin_url, service, f"t_{run}_{service}_{len(made)}")
        made.append(fresh.name)
        await copy(postgres_admin_url, original.name, fresh)
        return fresh

    yield copied
    await drop(postgres_admin_url, made)


@pytest.fixture(scope="session")
async def make_database(
    postgres_admin_url: str, copy_database: DatabaseCopier
) -> AsyncIterator[DatabaseMaker]:
    """Give `await make_database("planning")`: a new database at the newest schema, dropped at the end."""
    run = uuid4().hex[:8]
    templates: dict[str, ServiceDatabase] = {}

    async def make(service: str) -> ServiceDatabase:
        if service not in templates:
            template = service_database(postgres_admin_url, service, f"t_{run}_{service}")
            await bootstrap(postgres_admin_url, template)
            await migrate(service, template.owner_url)
            templates[service] = template
        return await copy_database(templates[service])

    yield make
    await drop(postgres_admin_url, [template.name for template in templates.values()])


@pytest.fixture
async def owner(database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the owner of the test's database, who sees everything."""
    connection = await connect_owner(database)
    yield connection
    await connection.close()
