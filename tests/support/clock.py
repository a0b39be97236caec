"""The clock of a service's database, `zi_now()`, as a test wants it."""

from datetime import datetime

import asyncpg


async def run_by(owner: asyncpg.Connection, expression: str) -> None:
    """Let the database's clock show what an SQL expression gives at each look."""
    await owner.execute(
        "CREATE OR REPLACE FUNCTION zi_now() RETURNS timestamptz LANGUAGE sql VOLATILE "
        f"AS $$SELECT {expression}$$"
    )


async def stand_still(owner: asyncpg.Connection, moment: datetime) -> None:
    """Let the database's clock stand at a moment."""
    await run_by(owner, f"timestamptz '{moment.isoformat()}'")
