"""Create a service's database and roles on a server; safe to repeat."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

from shared.db.roles import app_role, identity_name, owner_role


@dataclass(frozen=True, slots=True)
class ServiceDatabase:
    """Addresses of one service's database: `owner_url` migrates it, `app_url` works in it."""

    service: str
    owner_url: str
    app_url: str

    @property
    def name(self) -> str:
        return urlsplit(self.app_url).path.lstrip("/")


PATIENCE_SECONDS = 300
"""A server that has just started on a slow machine may be busy for long; who is away is told at once."""


async def bootstrap(admin_url: str, target: ServiceDatabase) -> None:
    """Create roles (with the passwords of the URLs) and the database when they are missing.

    `admin_url` must log in as a role that may create roles and databases. Raises `ValueError` when a URL
    does not use the service's role name, because grants in the migrations name these roles.
    """
    owner, app, identity = owner_role(target.service), app_role(target.service), identity_name(target.service)
    admin = await asyncpg.connect(admin_url, timeout=PATIENCE_SECONDS)
    try:
        await admin.execute("SELECT pg_advisory_lock(hashtext('zi_bootstrap'))")
        for role, url in ((owner, target.owner_url), (app, target.app_url)):
            await _login_role(admin, role, _password(url, role))
        if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", identity):
            await admin.execute(f"CREATE ROLE {identity} NOLOGIN")
        await admin.execute(f"GRANT {identity} TO {app} WITH INHERIT FALSE, SET TRUE")
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", target.name):
            await admin.execute(f"CREATE DATABASE {_ident(target.name)} OWNER {owner}")
        await admin.execute(f"REVOKE ALL ON DATABASE {_ident(target.name)} FROM PUBLIC")
        await admin.execute(f"GRANT CONNECT ON DATABASE {_ident(target.name)} TO {app}")
    finally:
        await admin.close()
    inside = await asyncpg.connect(_with_database(admin_url, target.name), timeout=PATIENCE_SECONDS)
    try:
        await inside.execute(f"ALTER SCHEMA public OWNER TO {owner}")
    finally:
        await inside.close()


async def _login_role(admin: asyncpg.Connection, role: str, password: str) -> None:
    known = await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
    verb = "ALTER" if known else "CREATE"
    await admin.execute(f"{verb} ROLE {role} LOGIN PASSWORD {_literal(password)}")


def _password(url: str, role: str) -> str:
    parts = urlsplit(url)
    if unquote(parts.username or "") != role:
        raise ValueError(f"the database URL must log in as {role}, not as {parts.username}")
    return unquote(parts.password or "")


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _ident(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
