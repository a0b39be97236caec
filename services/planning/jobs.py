"""Timers: the sweep of files without metadata, the count of overdue activities, the watch over PortalRB."""

from datetime import UTC, datetime

import structlog

from services.planning.evidence.usecases import sweep_orphans
from services.planning.plan import store as plans
from services.planning.plan.metrics import ACTIVITIES_OVERDUE
from services.planning.portal.metrics import CLOSING_UNITS, LAST_PULL, PENDING_UNITS
from services.planning.portal.usecases.watching import watch
from shared.db import Database
from shared.files.store import FileStore, StorageAwayError
from shared.process.jobs import Repeating

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 600.0
SWEEP_LONGEST_SECONDS = 1800.0
"""An object store lists a year's evidence page by page."""
COUNT_SECONDS = 60.0
WATCH_SECONDS = 300.0


def evidence_sweep(db: Database, store: FileStore) -> Repeating:
    """Return the job that deletes files which no upload finished."""

    async def sweep() -> float:
        swept = await sweep_orphans(db, store, datetime.now(UTC))
        if swept:
            log.info("files_swept", files=swept)
        return SWEEP_SECONDS

    return Repeating(
        "evidence_sweep", "job", sweep, away=(StorageAwayError,), stall_seconds=SWEEP_LONGEST_SECONDS
    )


def overdue_count(db: Database) -> Repeating:
    """Return the job that measures how many activities are late."""

    async def count() -> float:
        async with db.reading() as session:
            ACTIVITIES_OVERDUE.set(await plans.count_overdue(session))
        return COUNT_SECONDS

    return Repeating("overdue_count", "job", count)


def portal_watch(db: Database) -> Repeating:
    """Return the job that measures what PortalRB would leave out."""

    async def look() -> float:
        async with db.reading() as session:
            found = await watch(session)
        PENDING_UNITS.set(found.pending)
        CLOSING_UNITS.set(found.closing)
        LAST_PULL.set(0 if found.last_pull_at is None else found.last_pull_at.timestamp())
        return WATCH_SECONDS

    return Repeating("portal_watch", "job", look)
