"""Fresh, migrated databases for tests: one migrated template per service and session, then cheap copies."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from shared.db.bootstrap import ServiceDatabase, bootstrap
from shared.db.migrate import migrate
from shared.db.roles import app_role, owner_role
from tests.support import infra

PASSWORD = "test-only"

DatabaseMaker = Callable[[str], Awaitable[ServiceDatabase]]


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


@pytest.fixture(scope="session")
async def make_database(postgres_admin_url: str) -> AsyncIterator[DatabaseMaker]:
    """Give `await make_database("planning")`: a new database at the newest schema, dropped at the end."""
    run = uuid4().hex[:8]
    templates: dict[str, ServiceDatabase] = {}
    made: list[str] = []

    async def make(service: str) -> ServiceDatabase:
        if service not in templates:
            template = service_database(postgres_admin_url, service, f"t_{run}_{service}")
            await bootstrap(postgres_admin_url, template)
            await migrate(service, template.owner_url)
            templates[service] = template
            made.append(template.name)
        fresh = service_database(postgres_admin_url, service, f"t_{run}_{service}_{len(made)}")
        made.append(fresh.name)
        await copy(postgres_admin_url, templates[service].name, fresh)
        return fresh

    yield make
    await drop(postgres_admin_url, made)


@pytest.fixture
async def owner(database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the owner of the test's database, who sees everything."""
    connection = await asyncpg.connect(database.owner_url)
    yield connection
    await connection.close()
