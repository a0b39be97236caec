"""Database roles: who owns, who works, and who alone may see identities."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

SERVICES = ("planning", "complaints", "survey", "scoring")


def owner_role(service: str) -> str:
    """Return the role that owns the schema and runs migrations."""
    return f"zi_{service}_owner"


def app_role(service: str) -> str:
    """Return the role the running service logs in as."""
    return f"zi_{service}_app"


def identity_name(service: str) -> str:
    """Return the role that alone may read and write the `identity` schema; nobody logs in as it."""
    return f"zi_{service}_identity"


@asynccontextmanager
async def identity_role(session: AsyncSession, service: str) -> AsyncIterator[None]:
    """Act as the identity role for the statements inside, in the running transaction.

    The application role does not inherit the right: a query that forgets this fails instead of leaking.
    """
    await _say(session, f"SET LOCAL ROLE {identity_name(service)}")
    try:
        yield
    except BaseException:
        with suppress(DBAPIError):  # after a failed statement the rollback gives the role back
            await _say(session, "RESET ROLE")
        raise
    await _say(session, "RESET ROLE")


async def _say(session: AsyncSession, statement: str) -> None:
    """Send a statement as it is: said around every look at identities, it is to cost little."""

    def send(inner: Session) -> None:
        inner.connection().exec_driver_sql(statement)

    await session.run_sync(send)
