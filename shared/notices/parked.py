"""Mails that people must look at: listed and handed back by `zi notices`."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_PAGE = text("""
    SELECT mail.mail_id::text AS mail, mail.reason, mail.attempts, mail.ended_at AS since,
           mail.made_at AS made, count(*) AS notices,
           string_agg(DISTINCT notice.template, ' ' ORDER BY notice.template) AS templates
    FROM notice_mail AS mail JOIN notice USING (mail_id)
    WHERE mail.state = 'parked' AND (CAST(:after AS uuid) IS NULL OR mail.mail_id > :after)
    GROUP BY mail.mail_id ORDER BY mail.mail_id LIMIT :limit
""")
_COUNT = text("SELECT count(*) FROM notice_mail WHERE state = 'parked'")
_RETRY = text("""
    UPDATE notice_mail
    SET state = 'open', ended_at = NULL, attempts = 0, next_at = zi_now(), due_at = zi_now()
    WHERE state = 'parked' AND (CAST(:mail AS uuid) IS NULL OR mail_id = :mail) RETURNING mail_id
""")


class Listing(NamedTuple):
    """A page of parked mails, which names nobody, and how many there are in all."""

    rows: Sequence[Mapping[str, Any]]
    total: int


async def listing(session: AsyncSession, *, after: UUID | None, limit: int) -> Listing:
    """Return parked mails beyond one of them, oldest first."""
    rows = (await session.execute(_PAGE, {"after": after, "limit": limit})).mappings()
    return Listing([dict(row) for row in rows], await session.scalar(_COUNT) or 0)


async def retry(session: AsyncSession, mail: UUID | None) -> int:
    """Have one parked mail, or all, tried again from the beginning; return how many."""
    return len((await session.execute(_RETRY, {"mail": mail})).all())
