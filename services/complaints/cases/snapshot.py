"""Present states of cases as they were published, and their lift after a restored backup."""

from collections.abc import AsyncIterator
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases import events
from services.complaints.cases.domain.case import Case
from services.complaints.cases.kinds import past_of
from services.complaints.cases.store import present
from shared.contracts.base import EventData
from shared.outbox.snapshot import Behind, State


async def states(session: AsyncSession) -> AsyncIterator[State]:
    """Yield every case as its last event told it."""
    async for case, act, at in present.cases(session):
        yield State(_told(case, act), at)


async def lift(session: AsyncSession, case_id: UUID, behind: Behind) -> list[EventData] | None:
    """Raise a case's version above the floor and return its state at it; None for an unknown one."""
    await present.lift_case(session, case_id, behind.floor)
    return [_told(case, act) async for case, act, _ in present.cases(session, case_id)] or None


def _told(case: Case, act: str) -> EventData:
    return events.case_fact(case, "received" if act == "received" else past_of(case.kind, act, case.state))
