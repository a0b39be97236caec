"""Notices and their mails in the database: gathered, claimed under a lease, ended one way or another."""

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.clock import database_now
from shared.kernel import Zone, new_id
from shared.notices.address import Way, way_of
from shared.notices.catalogue import Data
from shared.notices.post import Addresses, KeptAddress
from shared.notices.rhythm import Rhythm

LEASE = timedelta(minutes=5)
"""Longer than any try takes: only a process that died or stood still lets another send the same mail."""
MOST_TRIES = 10
HOLD = timedelta(minutes=1)
"""So long a mail waits whose way is shut, before it is looked at again."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=2)
MOST_ITEMS = 50
"""Notices in one mail; more become further mails."""
MOST_GATHERED = 100

_WAITS = "mail_id IS NULL AND dropped_at IS NULL"
_ALONE = text("SELECT pg_try_advisory_xact_lock(hashtext('zi_notices_gather'))")
_DROP_EXPIRED = text(f"""
    UPDATE notice SET dropped_at = :now, dropped_reason = 'expired'
    WHERE {_WAITS} AND expires_at <= :now RETURNING notice_id
""")  # noqa: S608 - own text
_DUE = text(f"""
    SELECT recipient, rhythm, zone, due_at FROM (
        SELECT DISTINCT ON (recipient, rhythm) recipient, rhythm, zone, due_at FROM notice
        WHERE {_WAITS} AND due_at <= :now AND rhythm = ANY(:rhythms)
        ORDER BY recipient, rhythm, due_at
    ) AS one ORDER BY due_at LIMIT {MOST_GATHERED}
""")  # noqa: S608 - own text
_DEFER = text(f"""
    UPDATE notice SET due_at = :opens
    WHERE {_WAITS} AND recipient = :recipient AND rhythm = :rhythm AND due_at < :opens
""")  # noqa: S608 - own text
_NEW_MAIL = text("""
    INSERT INTO notice_mail (mail_id, recipient, rhythm, zone, made_at, due_at, next_at)
    VALUES (:mail_id, :recipient, :rhythm, :zone, :now, :due_at, :now)
""")
_FILL = text(f"""
    UPDATE notice SET mail_id = :mail_id WHERE notice_id IN (
        SELECT notice_id FROM notice WHERE {_WAITS} AND recipient = :recipient AND rhythm = :rhythm
        ORDER BY due_at, notice_id LIMIT {MOST_ITEMS}
    )
""")  # noqa: S608 - own text
_CLAIM = text("""
    UPDATE notice_mail SET attempts = attempts + 1, next_at = :leased_until
    WHERE mail_id = (
        SELECT mail_id FROM notice_mail WHERE state = 'open' AND next_at <= :now AND rhythm = ANY(:rhythms)
        ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING mail_id, recipient, rhythm, zone, attempts, made_at, reason
""")
_EXPIRE_OF_MAIL = text("""
    UPDATE notice SET dropped_at = :now, dropped_reason = 'expired'
    WHERE mail_id = :mail_id AND dropped_at IS NULL AND expires_at <= :now RETURNING notice_id
""")
_OF_MAIL = text("""
    SELECT template, data FROM notice WHERE mail_id = :mail_id AND dropped_at IS NULL
    ORDER BY queued_at, notice_id
""")
_TOLD_IN = text("""
    SELECT recipient, key FROM notice
    WHERE mail_id = :mail_id AND dropped_reason IS NOT DISTINCT FROM CAST(:dropped AS text)
    ORDER BY queued_at, notice_id
""")
_DROP_OF_MAIL = text("""
    UPDATE notice SET dropped_at = :now, dropped_reason = :reason
    WHERE mail_id = :mail_id AND dropped_at IS NULL RETURNING notice_id
""")
# A sender that stood still past its lease may come back: what it sent is sent, but its other news are old.
_SENT = text("""
    UPDATE notice_mail SET state = 'sent', ended_at = zi_now(), reason = NULL
    WHERE mail_id = :mail_id AND state <> 'sent'
""")
_END = text("""
    UPDATE notice_mail SET state = :state, reason = :reason, ended_at = zi_now()
    WHERE mail_id = :mail_id AND state = 'open' AND attempts = :attempts RETURNING mail_id
""")
_LATER = text("""
    UPDATE notice_mail SET next_at = :next_at, reason = :reason
    WHERE mail_id = :mail_id AND state = 'open' AND attempts = :attempts
""")
_GIVE_BACK = text("""
    UPDATE notice_mail SET next_at = zi_now(), attempts = attempts - 1
    WHERE mail_id = :mail_id AND state = 'open' AND attempts = :attempts
""")
_HOLD = text("""
    UPDATE notice_mail SET next_at = :until, attempts = attempts - 1
    WHERE mail_id = :mail_id AND state = 'open' AND attempts = :attempts
""")
_KEEP_QUIET = text("""
    UPDATE notice_mail SET next_at = :opens, due_at = :opens, attempts = attempts - 1
    WHERE mail_id = :mail_id AND state = 'open' AND attempts = :attempts
""")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that this process may send until its lease is over; `attempts` counts this try.

    `expired` is how many of its notices were dropped on the way, `reason` why the last try came to nothing.
    """

    mail_id: UUID
    address: str | KeptAddress
    rhythm: Rhythm
    zone: Zone
    attempts: int
    made_at: datetime
    notices: Sequence[tuple[str, Data]]
    expired: int
    reason: str | None = None

    @property
    def way(self) -> Way:
        """Which way leads to the address."""
        return _way(self.address)


@dataclass(frozen=True, slots=True)
class Dropped:
    """So many notices of a mail were dropped for a reason."""

    mail_id: UUID
    notices: int
    reason: str


@dataclass(frozen=True, slots=True)
class Parked:
    """A mail was put aside for people to look at."""

    mail_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a mail: it left (`sent`), was put aside (`parked`), or nobody's address was known.

    `notices` are recipient and key of what it told.
    """

    outcome: Literal["sent", "parked", "no_address"]
    notices: Sequence[tuple[str, str]]


Outcome = Claimed | Dropped | Parked | None
"""What came of looking for a mail to send; None when there is none."""


async def drop_expired(session: AsyncSession) -> int:
    """Drop the notices whose time passed before they were in a mail; return how many."""
    now = await database_now(session)
    return len((await session.execute(_DROP_EXPIRED, {"now": now})).all())


async def gather(session: AsyncSession, rhythms: Mapping[str, Rhythm]) -> int:
    """Make mails of the notices that are due and of all that wait beside them; return how many.

    One process at a time, so that one person's notices never become two mails. In quiet hours they wait on.
    """
    if not await session.scalar(_ALONE):
        return 0
    now = await database_now(session)
    due = (await session.execute(_DUE, {"now": now, "rhythms": list(rhythms)})).all()
    made = 0
    for group in due:
        named = {"recipient": group.recipient, "rhythm": group.rhythm}
        opens = rhythms[group.rhythm].opens(now, Zone(group.zone))
        if opens > now:
            await session.execute(_DEFER, named | {"opens": opens})
            continue
        mail = named | {"mail_id": new_id(), "zone": group.zone, "now": now, "due_at": group.due_at}
        await session.execute(_NEW_MAIL, mail)
        await session.execute(_FILL, named | {"mail_id": mail["mail_id"]})
        made += 1
    return made


async def claim(
    session: AsyncSession,
    rhythms: Mapping[str, Rhythm],
    addresses: Addresses,
    *,
    shut: Collection[Way] = (),
) -> Outcome:
    """Take the mail that has been due longest, unless it has to wait, to end or to be looked at by people.

    One whose address only a way leads to that is `shut` waits for a while.
    """
    now = await database_now(session)
    asked = {"now": now, "leased_until": now + LEASE, "rhythms": list(rhythms)}
    row = (await session.execute(_CLAIM, asked)).one_or_none()
    if row is None:
        return None
    rhythm, zone = rhythms[row.rhythm], Zone(row.zone)
    this = {"mail_id": row.mail_id, "attempts": row.attempts}
    if row.attempts > MOST_TRIES:  # each try ended the process
        return await _park(session, this, "tries_process")
    if (opens := rhythm.opens(now, zone)) > now:
        await session.execute(_KEEP_QUIET, this | {"opens": opens})
        return Dropped(row.mail_id, 0, "quiet")
    expired = len((await session.execute(_EXPIRE_OF_MAIL, {"mail_id": row.mail_id, "now": now})).all())
    notices = [(one.template, one.data) for one in await session.execute(_OF_MAIL, {"mail_id": row.mail_id})]
    address = (await addresses(session, [row.recipient])).get(row.recipient) if notices else ""
    if address is None:
        return await _drop_unaddressed(session, this, now)
    if not notices or _way(address) in shut:
        if notices:
            await session.execute(_HOLD, this | {"until": now + HOLD})
        else:
            await session.execute(_END, this | {"state": "dropped", "reason": "expired"})
        return Dropped(row.mail_id, expired, "expired")
    return Claimed(
        row.mail_id, address, rhythm, zone, row.attempts, row.made_at, notices, expired, row.reason
    )


async def sent(session: AsyncSession, mail: Claimed) -> None:
    """Note that a mail left."""
    await session.execute(_SENT, {"mail_id": mail.mail_id})


async def ending(
    session: AsyncSession, mail_id: UUID, outcome: Literal["sent", "parked", "no_address"]
) -> Ending:
    """Return what an outcome of a mail is about."""
    asked = {"mail_id": mail_id, "dropped": "no_address" if outcome == "no_address" else None}
    rows = await session.execute(_TOLD_IN, asked)
    return Ending(outcome, [(row.recipient, row.key) for row in rows])


async def put_off(
    session: AsyncSession, mail: Claimed, reason: str, *, draw: Callable[[], float] = random.random
) -> Parked | None:
    """Have a mail tried again after a pause, or park it after the last try; return what parked it."""
    this = {"mail_id": mail.mail_id, "attempts": mail.attempts}
    if mail.attempts >= MOST_TRIES:
        return await _park(session, this, f"tries_{reason}")
    next_at = mail.rhythm.opens(await database_now(session) + pause(mail.attempts, draw()), mail.zone)
    await session.execute(_LATER, this | {"next_at": next_at, "reason": reason})
    return None


async def park(session: AsyncSession, mail: Claimed, reason: str) -> Parked:
    """Put a mail aside until somebody says `zi notices retry`."""
    return await _park(session, {"mail_id": mail.mail_id, "attempts": mail.attempts}, reason)


async def give_back(session: AsyncSession, mail: Claimed) -> None:
    """Give back a mail that no server was told of; the try does not count."""
    await session.execute(_GIVE_BACK, {"mail_id": mail.mail_id, "attempts": mail.attempts})


async def hold(session: AsyncSession, mail: Claimed) -> None:
    """Have a mail wait a while that cannot be tried just now; the try does not count."""
    until = await database_now(session) + HOLD
    this = {"mail_id": mail.mail_id, "attempts": mail.attempts}
    await session.execute(_HOLD, this | {"until": until})


async def drop_unaddressed(session: AsyncSession, mail: Claimed) -> Dropped:
    """Drop a mail whose address is gone since it was claimed, unless another sender has it by now."""
    this = {"mail_id": mail.mail_id, "attempts": mail.attempts}
    return await _drop_unaddressed(session, this, await database_now(session))


def pause(attempts: int, drawn: float) -> timedelta:
    """Return how long to wait after so many tries: doubled each time, half of it drawn (0 to 1) by lot."""
    full: timedelta = min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)
    return full * (0.5 + 0.5 * drawn)


async def _drop_unaddressed(session: AsyncSession, this: Mapping[str, Any], now: datetime) -> Dropped:
    mail_id, reason = this["mail_id"], "no_address"
    if not (await session.execute(_END, {**this, "state": "dropped", "reason": reason})).all():
        return Dropped(mail_id, 0, reason)
    gone = await session.execute(_DROP_OF_MAIL, {"mail_id": mail_id, "now": now, "reason": reason})
    return Dropped(mail_id, len(gone.all()), reason)


def _way(address: str | KeptAddress) -> Way:
    return address.way if isinstance(address, KeptAddress) else way_of(address)


async def _park(session: AsyncSession, this: Mapping[str, Any], reason: str) -> Parked:
    await session.execute(_END, {**this, "state": "parked", "reason": reason})
    return Parked(this["mail_id"], reason)
