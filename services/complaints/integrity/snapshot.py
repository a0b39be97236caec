"""Present states of gifts and conflicts as they were published, and their lift after a restored backup."""

from collections.abc import AsyncIterator
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.integrity import events
from services.complaints.integrity.store import gifts, present
from services.complaints.matters import store as matters
from shared.contracts.base import EventData
from shared.outbox.snapshot import Behind, State


async def states(session: AsyncSession, only: UUID | None = None) -> AsyncIterator[State]:
    """Yield every gift, declaration, review and nil return, or one, as its last event told it."""
    async for one, content in present.dossiers(session, only):
        fact = events.as_told(one, content)
        if fact is not None and one.told_at is not None:
            yield State(fact, one.told_at)
    async for row in gifts.nil_returns(session, only):
        yield State(events.nil_returned(row), row["returned_at"])


async def lift(session: AsyncSession, entity_id: UUID, behind: Behind) -> list[EventData] | None:
    """Raise an entity's version above the floor and return its state at it; None for an unknown one."""
    await matters.lift(session, entity_id, behind.floor)
    await gifts.lift_nil(session, entity_id, behind.floor)
    return [state.fact async for state in states(session, entity_id)] or None
