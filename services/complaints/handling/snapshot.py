"""Evaluations and counts said again after a loss, at the versions they were told."""

from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.handling import events
from services.complaints.handling.store import told
from shared.contracts.base import EventData
from shared.contracts.complaints import HandlingFact, StatisticsFact
from shared.outbox.snapshot import Behind, State


async def states(session: AsyncSession) -> AsyncIterator[State]:
    """Yield every evaluation that holds, and every count, as their last events told them."""
    async for one in told.states(session):
        yield State(events.as_told(one), one.at)


async def lift(
    session: AsyncSession, fact: HandlingFact | StatisticsFact, behind: Behind
) -> list[EventData] | None:
    """Raise the entity's version above the floor and return its state at it; None for an unknown one."""
    past: told.Past = "evaluated" if isinstance(fact, HandlingFact) else "recorded"
    await told.lift(session, past, fact.subject(), behind.floor)
    return [events.as_told(one) async for one in told.states(session, past, fact.subject())] or None
