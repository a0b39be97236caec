"""The hourly job that forgets notices that ended long ago, and contacts that nobody has seen since."""

import structlog
from sqlalchemy import text

from shared.db import Database
from shared.notices import contacts
from shared.process.jobs import Repeating

log = structlog.get_logger(__name__)

INTERVAL_SECONDS = 3600.0
KEEP_DAYS = 400
"""So long a key tells nobody twice: more than the yearly cycle whose years stand in the keys."""
AT_ONCE = 5000

_OLD = f"now() - interval '{KEEP_DAYS} days'"
_NOTICES = text(f"""
    DELETE FROM notice WHERE notice_id IN (
        SELECT notice_id FROM notice LEFT JOIN notice_mail USING (mail_id)
        WHERE dropped_at < {_OLD} OR (state IN ('sent', 'dropped') AND ended_at < {_OLD}) LIMIT {AT_ONCE}
    ) RETURNING notice_id
""")  # noqa: S608 - own numbers
_MAILS = text(f"""
    DELETE FROM notice_mail WHERE mail_id IN (
        SELECT mail_id FROM notice_mail WHERE state IN ('sent', 'dropped') AND ended_at < {_OLD}
          AND NOT EXISTS (SELECT FROM notice WHERE notice.mail_id = notice_mail.mail_id) LIMIT {AT_ONCE}
    ) RETURNING mail_id
""")  # noqa: S608 - own numbers


def upkeep(db: Database, service: str) -> Repeating:
    """Return the job; several at once do no harm."""

    async def step() -> float:
        removed = await sweep(db, service)
        if removed:
            log.info("notices_swept", rows=removed)
        return INTERVAL_SECONDS

    return Repeating("notices_upkeep", "job", step)


async def sweep(db: Database, service: str) -> int:
    """Remove what has had its time and return the number of rows."""
    async with db.transaction() as session:
        removed = len((await session.execute(_NOTICES)).all())
        removed += len((await session.execute(_MAILS)).all())
        return removed + await contacts.sweep(session, service)
