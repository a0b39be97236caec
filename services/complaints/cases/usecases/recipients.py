"""Whom a notice of a case reaches: the people behind the role that a rung tells, as far as they are known.

Known are the handler whom the case names, that handler's superior by planning's list, and for any other role
those whose last log-in said that they hold it over the case's unit. Who is a party to the case gets nothing
of it. Source: complaints.md section 4.2, planning.md section 7.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.people import People
from services.complaints.cases.store import cases, people
from services.complaints.cases.store.people import Reader
from services.complaints.cases.usecases.officers import HANDLER
from services.complaints.deadlines.store import ledgers
from services.complaints.deadlines.store.ledgers import Notice
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.db.clock import database_now
from shared.kernel import UNASSIGNED_UNIT, NotFoundError
from shared.notices import contacts
from shared.notices.contacts import Wanted

SERVICE = "complaints"
BEYOND = "inspector"
"""Whom an escalation steps aside to."""


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom something goes to: a role, and its accounts where they are known, None: by the role alone.

    `aside_from` is the role that would have got it, had those who hold it nothing to do with the case.
    """

    role: str
    subjects: frozenset[str] | None
    aside_from: str | None = None


@dataclass(frozen=True, slots=True)
class Addressed:
    """A notice, and whom it goes to today."""

    notice: Notice
    to: Recipients


async def of_case(
    session: AsyncSession, engine: DeadlineEngine, reader: Reader, case_id: UUID
) -> Sequence[Addressed]:
    """Return what was to be told of a case's deadlines, and whom; `NotFoundError` out of sight."""
    case = await cases.get(session, case_id, reader)
    if case is None:
        raise NotFoundError("Pengaduan tidak ditemukan.")
    found = await ledgers.notices(session, case_id)
    now = await database_now(session)
    roles = {one.role for one in found}
    to = {role: await recipients(session, engine, case, role, now) for role in sorted(roles)}
    return [Addressed(one, to[one.role]) for one in found]


async def recipients(
    session: AsyncSession, engine: DeadlineEngine, case: Case, role: str, now: datetime
) -> Recipients:
    """Return whom something for a role goes to today.

    A substituted person's goes to the substitute. Nobody gets it who is a party to the case or above one:
    when that leaves none of those who are known, it steps aside to the inspector.
    """
    reached, free = await _reached(session, engine, case, role, now)
    if not reached or free:
        return Recipients(role, free or None)
    _, beyond = await _reached(session, engine, case, BEYOND, now)
    return Recipients(BEYOND, beyond or None, aside_from=role)


async def instead_of(
    session: AsyncSession, engine: DeadlineEngine, unit_id: str | None, holders: frozenset[str], now: datetime
) -> frozenset[str]:
    """Return the accounts that get today what is meant for these: their substitutes' where they are away."""
    if not holders:
        return holders
    local = (await engine.calendar_of(session, unit_id)).local_date(now)
    return People(local, await people.with_substitutes(session, holders)).reached_by(holders)


async def in_role(session: AsyncSession, role: str, unit_id: str | None, agency_id: str) -> frozenset[str]:
    """Return the accounts whose last log-in said that they hold a role over a unit."""
    wanted = Wanted(role, unit_id or UNASSIGNED_UNIT, agency_id)
    return frozenset((await contacts.recipients(session, SERVICE, [wanted]))[0])


async def _reached(
    session: AsyncSession, engine: DeadlineEngine, case: Case, role: str, now: datetime
) -> tuple[frozenset[str], frozenset[str]]:
    """Return whom something for a role reaches today, and those of them whom the case is not about."""
    holders = await _holders(session, engine, case, role)
    reached = await instead_of(session, engine, case.unit_id, holders, now)
    free = [one for one in sorted(reached) if not await people.is_excluded(session, case.id, one)]
    return reached, frozenset(free)


async def _holders(session: AsyncSession, engine: DeadlineEngine, case: Case, role: str) -> frozenset[str]:
    if role == HANDLER:
        return frozenset() if case.handler is None else frozenset({case.handler})
    if role == engine.policies.superiors[HANDLER] and case.handler is not None:
        above = await people.superiors_of(session, case.handler)
        if above:
            return above
    return await in_role(session, role, case.unit_id, case.agency_id)
