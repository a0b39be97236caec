"""The one door to identities: who opens one is noted and committed before anything is read in plain text."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.store import people
from services.complaints.cases.store.people import Reader
from services.complaints.cases.usecases.queries import reader_of
from services.complaints.secrecy.domain import (
    REPORTER_CONTACT,
    REPORTER_NAME,
    Found,
    IdentityHiddenError,
    IdentityNotTheirsError,
    Reading,
)
from services.complaints.secrecy.store import doors, identities, log
from services.complaints.secrecy.store.doors import Behind
from services.complaints.secrecy.store.log import Opened
from services.complaints.secrecy.usecases.keeping import Identities, read, way_to
from shared import audit
from shared.db import Database
from shared.db.clock import database_now
from shared.kernel import NotFoundError
from shared.notices.address import Way
from shared.security import Principal

MISSING = "Pengaduan tidak ditemukan."
NAMELESS = "Pelapor tidak menyebut nama maupun kontak."
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Door:
    """What an identity belongs to, as the log and the audit trail name it."""

    operation: str
    entity: str
    agency_id: str


See = Callable[[AsyncSession], Awaitable[Door]]
"""Returns the door where the caller may go through it, raises where not."""
Run = Callable[[Callable[[AsyncSession], Awaitable[Any]]], Awaitable[Any]]
"""Runs a command in one transaction and commits it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who reported, as far as they told."""

    name: str | None
    contact: str | None


async def open_identity(
    db: Database, kept: Identities, actor: Principal, ref: UUID, reason: str, *, see: See, run: Run
) -> dict[str, str]:
    """Return an identity by its fields, after its opening was noted and committed.

    The key is asked for before: where it is away nobody has opened anything. Raises what `see` raises,
    `KeysAwayError`, `IdentityBrokenError`.
    """

    async def look(session: AsyncSession) -> Found:
        await see(session)
        return await identities.find(session, ref)

    async def note(session: AsyncSession) -> None:
        door = await see(session)
        await log.note(session, actor, door.entity, ref, door.agency_id, reason)
        await audit.record(
            session,
            actor=actor,
            operation=door.operation,
            entity=door.entity,
            entity_id=str(ref),
            reason=reason,
        )

    found = await db.read(look)
    key = await kept.key_of(ref, found)
    await run(note)
    return read(found, key)


async def open_reporter(
    db: Database, kept: Identities, actor: Principal, case_id: UUID, reason: str, run: Run
) -> Person:
    """Return who reported a case; raises as `open_identity`, `NotFoundError` for what nobody told."""
    told = await open_identity(
        db, kept, actor, case_id, reason, see=partial(_case_door, actor, case_id), run=run
    )
    if not told:
        raise NotFoundError(NAMELESS)
    return Person(told.get(REPORTER_NAME), told.get(REPORTER_CONTACT))


async def contact_for_notices(db: Database, kept: Identities, case_id: UUID) -> str | None:
    """Return the contact that a reporter gave to hear of the case; for sending alone, shown to nobody.

    That a machine opened it is noted in the audit trail before, and is no opening that the log tells of.
    Raises `KeysAwayError`, `IdentityBrokenError`.
    """
    found = await db.read(lambda session: identities.find(session, case_id))
    if found.sealed is None and not found.plain:
        return None
    key = await kept.key_of(case_id, found)
    await db.run(
        lambda session: audit.record(
            session, actor=None, operation="open_contact", entity="case", entity_id=str(case_id)
        )
    )
    return read(found, key).get(REPORTER_CONTACT)


async def way_to_reporter(session: AsyncSession, case_id: UUID) -> Way | None:
    """Return which way leads to the reporter of a case, without opening anything; None where none does."""
    plain = await identities.plain(session, case_id)
    found = way_to(plain.get(REPORTER_CONTACT)) if plain else await identities.way(session, case_id)
    return None if found == "other" else found


async def behind(session: AsyncSession, actor: Principal, named: str) -> Behind:
    """Return the case that a number or id names, as far as its identity goes; raises as `_case_door`."""
    case_id = await doors.case_named(session, named)
    if case_id is None:
        raise NotFoundError(MISSING)
    return await _seen(session, actor, case_id)


async def readings(session: AsyncSession, actor: Principal, case_id: UUID) -> list[Reading]:
    """Return who opened the identity behind a case within sight, the newest first."""
    await _seen(session, actor, case_id)
    return await log.of_ref(session, case_id, MOST_SHOWN)


async def beside_case(session: AsyncSession, actor: Principal, case_id: UUID) -> dict[str, Any]:
    """Return what stands on the page of a case of the identity behind it."""
    found = await _seen(session, actor, case_id)
    is_known = found.identity_kind != "anonymous"
    return {
        "may_open": is_known and await may_open(session, actor, found),
        "times": (await log.opened(session, case_id)).times if is_known else 0,
    }


async def opened(session: AsyncSession, case_id: UUID) -> Opened | None:
    """Return how often the identity behind a case was opened, for its reporter; None where there is none."""
    return await log.opened(session, case_id) if await doors.is_named(session, case_id) else None


async def may_open(session: AsyncSession, actor: Principal, found: Behind) -> bool:
    """Tell whether a caller may open the identity behind a case within their sight.

    A hidden name is the custodian's. Others who talk with reporters open what is not hidden: who takes
    complaints in, who answers requests for information, and the handler of this case.
    """
    if actor.has("custodian"):
        return True
    if found.is_name_hidden:
        return False
    if actor.has("complaint_officer"):
        return True
    if actor.has("information_officer") and found.kind == "permintaan_informasi":
        return True
    if found.handler is None or not actor.has("case_handler"):
        return False
    return found.handler in await people.stands_for(session, actor.subject, await database_now(session))


async def _case_door(actor: Principal, case_id: UUID, session: AsyncSession) -> Door:
    """Return the door of a case.

    Raises `NotFoundError` outside the caller's sight and where nobody is named, `IdentityHiddenError`, and
    `IdentityNotTheirsError`.
    """
    found = await _seen(session, actor, case_id)
    if found.identity_kind == "anonymous":
        raise NotFoundError(NAMELESS)
    if not await may_open(session, actor, found):
        raise IdentityHiddenError if found.is_name_hidden else IdentityNotTheirsError
    return Door("open_identity", "case", found.agency_id)


async def _seen(session: AsyncSession, actor: Principal, case_id: UUID) -> Behind:
    """Return a case within sight: a custodian's is every one of the scope that is not about them."""
    reader = Reader(actor.subject, actor.scope) if actor.has("custodian") else await reader_of(session, actor)
    found = await doors.behind(session, case_id, reader)
    if found is None:
        raise NotFoundError(MISSING)
    return found
