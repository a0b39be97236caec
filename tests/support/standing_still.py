"""Stand still inside a transaction for longer than the server allows, without trusting a clock of ours."""

from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.db import Database, DatabaseAwayError, database
from tests.support.polling import until

LIMIT_SECONDS = 1


def lower_the_limit(patch: pytest.MonkeyPatch) -> None:
    """Let the server end sessions that stand still early; for databases opened after this."""
    patch.setattr(database, "IDLE_IN_TRANSACTION_SECONDS", LIMIT_SECONDS)


async def stand_still(db: Database) -> None:
    """Wait until the server has ended a session that began to stand still after the caller's did."""
    with suppress(DatabaseAwayError, DBAPIError):
        async with db.reading() as control:
            pid = await control.scalar(text("SELECT pg_backend_pid()"))
            await until(lambda: _is_gone(db, pid))


async def _is_gone(db: Database, pid: int) -> bool:
    async with db.reading() as session:
        found = await session.scalar(text("SELECT 1 FROM pg_stat_activity WHERE pid = :pid"), {"pid": pid})
    return found is None
