"""What this service says again after a loss: cases, gifts, conflicts, clocks, channels, decrees and more."""

from collections.abc import AsyncIterator
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases import snapshot as cases
from services.complaints.channels import snapshot as channels
from services.complaints.deadlines import snapshot as deadlines
from services.complaints.decrees import snapshot as decrees
from services.complaints.handling import snapshot as handling
from services.complaints.integrity import snapshot as integrity
from shared.contracts.base import EventData
from shared.contracts.complaints import (
    CalendarFact,
    CaseFact,
    ChannelFact,
    CoiFact,
    DeadlineFact,
    DesignationFact,
    GratificationFact,
    HandlingFact,
    StatisticsFact,
)
from shared.outbox.snapshot import Behind, State


async def states(session: AsyncSession) -> AsyncIterator[State]:
    """Yield all that this service says, as the last events told it."""
    async for state in cases.states(session):
        yield state
    async for state in integrity.states(session):
        yield state
    async for state in deadlines.states(session):
        yield state
    async for state in deadlines.calendars(session):
        yield state
    async for state in handling.states(session):
        yield state
    async for state in channels.states(session):
        yield state
    async for state in decrees.states(session):
        yield state


async def lift(session: AsyncSession, behind: Behind) -> list[EventData] | None:
    """Raise the entity's version above the floor and return its state at it; None for an unknown entity."""
    fact = behind.fact
    if isinstance(fact, CaseFact) and (case_id := _uuid(fact.case_id)):
        return await cases.lift(session, case_id, behind)
    if isinstance(fact, GratificationFact | CoiFact | ChannelFact) and (entity_id := _uuid(fact.subject())):
        lifted = channels.lift if isinstance(fact, ChannelFact) else integrity.lift
        return await lifted(session, entity_id, behind)
    if isinstance(fact, DeadlineFact) and (deadline_id := _uuid(fact.deadline_id)):
        return await deadlines.lift(session, deadline_id, behind)
    if isinstance(fact, CalendarFact):
        return await deadlines.lift_calendar(session, fact.calendar_id, behind)
    return await _lift_handling(session, behind)


async def _lift_handling(session: AsyncSession, behind: Behind) -> list[EventData] | None:
    """Lift a handling unit, an evaluation or a count."""
    fact = behind.fact
    if isinstance(fact, DesignationFact) and (handling_unit_id := _uuid(fact.designation_id)):
        return await decrees.lift(session, handling_unit_id, behind)
    if isinstance(fact, HandlingFact | StatisticsFact):
        return await handling.lift(session, fact, behind)
    return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
