"""What waits, what is parked and how late the oldest is: for metrics, and to know whether there is work."""

from typing import NamedTuple

from sqlalchemy import text

from shared.db import Database
from shared.observability.metrics import NOTICES_OLDEST_DUE, NOTICES_PARKED, NOTICES_WAITING, PARKED_KINDS

_LOOK = text("""
    SELECT
        (SELECT count(*) FROM (
            SELECT FROM notice WHERE mail_id IS NULL AND dropped_at IS NULL LIMIT 100000) AS one) AS notices,
        (SELECT count(*) FROM (
            SELECT FROM notice_mail WHERE state = 'open' LIMIT 100000) AS one) AS mails,
        extract(epoch FROM zi_now() - least(
            (SELECT min(due_at) FROM notice WHERE mail_id IS NULL AND dropped_at IS NULL),
            (SELECT min(due_at) FROM notice_mail WHERE state = 'open')
        ))::float8 AS oldest,
        (SELECT min(expires_at) <= zi_now() FROM notice
         WHERE mail_id IS NULL AND dropped_at IS NULL AND expires_at IS NOT NULL) AS has_expired,
        (SELECT min(due_at) <= zi_now() FROM notice
         WHERE mail_id IS NULL AND dropped_at IS NULL) AS has_due,
        (SELECT min(next_at) <= zi_now() FROM notice_mail WHERE state = 'open') AS has_open
""")
_PARKED = text("""
    SELECT split_part(reason, '_', 1) AS kind, count(*) AS mails
    FROM notice_mail WHERE state = 'parked' GROUP BY 1
""")


class Seen(NamedTuple):
    """What waits; `oldest_seconds` is how long the first of it has been due."""

    notices: int
    mails: int
    oldest_seconds: float
    has_expired: bool
    has_due: bool
    has_open: bool

    @property
    def waiting(self) -> int:
        return self.notices + self.mails


async def measure(db: Database) -> Seen:
    """Look, and show it as metrics."""
    async with db.looking() as session:
        row = (await session.execute(_LOOK)).one()
        parked = {row.kind: row.mails for row in await session.execute(_PARKED)}
    seen = Seen(
        row.notices,
        row.mails,
        max(0.0, row.oldest or 0.0),
        bool(row.has_expired),
        bool(row.has_due),
        bool(row.has_open),
    )
    NOTICES_WAITING.labels("notices").set(seen.notices)
    NOTICES_WAITING.labels("mails").set(seen.mails)
    NOTICES_OLDEST_DUE.set(seen.oldest_seconds)
    for kind in PARKED_KINDS:
        NOTICES_PARKED.labels(kind).set(parked.get(kind, 0))
    return seen
