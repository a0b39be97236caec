"""Whom to tell and where: what the log-in last said of a person, until there is a register of persons.

Only under the identity role, only addresses that the issuer has verified. Who has not been seen for long gets
nothing and is erased.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import Database, identity_role
from shared.db.arrays import Columns
from shared.db.faults import is_data_fault, is_retriable, reason
from shared.notices.address import AddressError, NumberError, checked, checked_number
from shared.security import Principal

log = structlog.get_logger(__name__)

KEEP_DAYS = 400
"""Own rule: one yearly cycle and a month. A person who left the office logs in no more."""
NOTE_MINUTES = 60
"""What is said again within this time is not written again."""
MOST_NOTED = 10_000
"""People that a process remembers to have noted."""

_NOTE = text(f"""
    INSERT INTO identity.contact AS old (subject, address, roles, level, agencies, units, seen_at)
    VALUES (:subject, :address, :roles, :level, :agencies, :units, now())
    ON CONFLICT (subject) DO UPDATE
    SET address = excluded.address, roles = excluded.roles, level = excluded.level,
        agencies = excluded.agencies, units = excluded.units, seen_at = excluded.seen_at
    WHERE (old.address, old.roles, old.level, old.agencies, old.units) IS DISTINCT FROM
          (excluded.address, excluded.roles, excluded.level, excluded.agencies, excluded.units)
       OR old.seen_at < excluded.seen_at - interval '{NOTE_MINUTES} minutes'
""")  # noqa: S608 - own number
_REFRESH = text(f"""
    UPDATE identity.contact
    SET roles = :roles, level = :level, agencies = :agencies, units = :units, seen_at = now()
    WHERE subject = :subject AND (
        (roles, level, agencies, units) IS DISTINCT FROM
        (CAST(:roles AS text[]), CAST(:level AS text), CAST(:agencies AS text[]), CAST(:units AS text[]))
        OR seen_at < now() - interval '{NOTE_MINUTES} minutes')
""")  # noqa: S608 - own number
_ASKED = Columns(number="int", role="text", unit="text", agency="text")
_RECIPIENTS = text(f"""
    SELECT number, subject FROM {_ASKED.sql} AS asked ({_ASKED.list})
    JOIN identity.contact ON roles @> ARRAY[asked.role]
     AND CASE level WHEN 'national' THEN true WHEN 'agency' THEN asked.agency = ANY(agencies)
         ELSE asked.unit = ANY(units) END
    WHERE seen_at > now() - interval '{KEEP_DAYS} days'
    ORDER BY number, subject
""")  # noqa: S608 - own number
_ADDRESSES = text(f"""
    SELECT subject, address FROM identity.contact
    WHERE subject = ANY(:subjects) AND seen_at > now() - interval '{KEEP_DAYS} days'
""")  # noqa: S608 - own number
_ERASE = text("DELETE FROM identity.contact WHERE subject = :subject RETURNING subject")
_SWEEP = text(f"""
    DELETE FROM identity.contact WHERE seen_at <= now() - interval '{KEEP_DAYS} days' RETURNING subject
""")  # noqa: S608 - own number
_ERASE_NOTICES = text("DELETE FROM notice WHERE recipient = :subject")
_ERASE_MAILS = text("DELETE FROM notice_mail WHERE recipient = :subject")


Known = Callable[[AsyncSession, Sequence[str]], Awaitable[Mapping[str, str]]]
"""Finds the addresses of people who logged in; who has none is left out."""


class Wanted(NamedTuple):
    """Whom a notice is for: the holders of a role at a unit of an agency."""

    role: str
    unit_id: str
    agency_id: str


async def note(session: AsyncSession, service: str, principal: Principal, address: str | None) -> None:
    """Keep what a log-in says of a person; without an address only what is known already is refreshed."""
    row = principal.as_json()
    async with identity_role(session, service):
        if address is None:
            await session.execute(_REFRESH, row)
        else:
            await session.execute(_NOTE, row | {"address": address})


async def recipients(session: AsyncSession, service: str, wanted: Sequence[Wanted]) -> list[list[str]]:
    """Return for each the subjects who hold the role and whose scope reaches the unit; one statement."""
    found: list[list[str]] = [[] for _ in wanted]
    asked = _ASKED.of([(number, *one) for number, one in enumerate(wanted)])
    async with identity_role(session, service):
        for row in await session.execute(_RECIPIENTS, asked):
            found[row.number].append(row.subject)
    return found


def addresses_of(service: str) -> Known:
    """Return the address book of a service's sender."""

    async def find(session: AsyncSession, subjects: Sequence[str]) -> Mapping[str, str]:
        async with identity_role(session, service):
            rows = await session.execute(_ADDRESSES, {"subjects": list(subjects)})
            return {row.subject: row.address for row in rows}

    return find


async def erase(session: AsyncSession, service: str, subject: str) -> bool:
    """Forget a person: the contact, and every notice and mail to it; tell whether there was a contact."""
    async with identity_role(session, service):
        found = await session.scalar(_ERASE, {"subject": subject})
    await session.execute(_ERASE_NOTICES, {"subject": subject})
    await session.execute(_ERASE_MAILS, {"subject": subject})
    return found is not None


async def sweep(session: AsyncSession, service: str) -> int:
    """Erase contacts that have not been seen for long; return how many."""
    async with identity_role(session, service):
        return len((await session.execute(_SWEEP)).all())


def verified_address(claims: Mapping[str, Any]) -> str | None:
    """Return where a token's claims say that a person is reached, None unless the issuer has verified it.

    The e-mail address, else the mobile number. Source: OpenID Connect Core 1.0, section 5.1.
    """
    for claim, check in (("email", checked), ("phone_number", checked_number)):
        told = claims.get(claim)
        if claims.get(f"{claim}_verified") is True and isinstance(told, str):
            try:
                return check(told)
            except (AddressError, NumberError):
                continue
    return None


class Contacts:
    """Notes each person at the log-in and at the first use of a token: not each time, but what is new."""

    def __init__(
        self, service: str, db: Database, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._service = service
        self._db = db
        self._monotonic = monotonic
        self._noted: dict[str, tuple[Principal, str | None, float]] = {}

    async def told(self, principal: Principal, claims: Mapping[str, Any]) -> None:
        """Note what verified claims say of a person; nobody is turned away where the database is away."""
        address, now = verified_address(claims), self._monotonic()
        known, kept, at = self._noted.get(principal.subject, (None, None, now))
        if (known, address or kept) == (principal, kept) and now - at < NOTE_MINUTES * 60:
            return
        try:
            await self._db.run(lambda session: note(session, self._service, principal, address))
        except Exception as error:
            if not (is_retriable(error) or is_data_fault(error)):
                raise
            log.warning("contact_not_noted", reason=reason(error))
            return
        if len(self._noted) >= MOST_NOTED:
            self._noted.clear()
        self._noted[principal.subject] = (principal, address or kept, now)
