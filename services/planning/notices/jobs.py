"""The timer that tells of windows that close, as a query given to it finds them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.notices.domain import Closing
from services.planning.notices.usecases import remind
from shared.db import Database
from shared.db.clock import database_now
from shared.process.jobs import Repeating

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 900.0
AT_ONCE = 500
"""Windows told of in one transaction."""

FindClosings = Callable[[AsyncSession, datetime], Awaitable[Sequence[Closing]]]
"""Finds the stages that are still held at a moment and whose window closes within the next week."""


def closing_reminders(db: Database, find: FindClosings) -> Repeating:
    """Return the job; several at once, or one again, tell nobody twice."""

    async def sweep() -> float:
        async with db.reading() as session:
            now = await database_now(session)
            found = await find(session, now)
        told = 0
        for start in range(0, len(found), AT_ONCE):
            part = found[start : start + AT_ONCE]
            told += await db.run(partial(remind, closings=part, now=now))
        if told:
            log.info("closing_windows_told", notices=told)
        return SWEEP_SECONDS

    return Repeating("closing_reminders", "job", sweep)
