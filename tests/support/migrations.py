"""A service's schema moved to a revision, and asked there."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, text

from shared.db.database import make_engine
from shared.db.migrate import config


async def at(
    service: str, url: str, move: Callable[..., None] | None = None, to: str = "", *, sql: str = ""
) -> list[Any]:
    """Move a schema to a revision, or return the first column of a statement."""

    def moved(connection: Connection) -> None:
        settings = config(service)
        settings.attributes["connection"] = connection
        if move is not None:
            move(settings, to)

    engine = make_engine(url, pool_size=1)
    try:
        async with engine.connect() as connection:
            await connection.begin()
            await connection.run_sync(moved)
            found = list(await connection.scalars(text(sql))) if sql else []
            await connection.commit()
            return found
    finally:
        await engine.dispose()
