"""Handling units said again after a loss, at the versions they were told."""

from collections.abc import AsyncIterator
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.decrees import store
from services.complaints.decrees.events import designation
from shared.contracts.base import EventData
from shared.outbox.snapshot import Behind, State


async def states(session: AsyncSession, only: UUID | None = None) -> AsyncIterator[State]:
    """Yield every handling unit, or one, as its last event told it; what was not told yet is left out."""
    for unit, at in await store.told(session, only):
        yield State(designation(unit), at)


async def lift(session: AsyncSession, handling_unit_id: UUID, behind: Behind) -> list[EventData] | None:
    """Raise the version above the floor and return the state at it; None for an unknown handling unit."""
    await store.lift(session, handling_unit_id, behind.floor)
    return [state.fact async for state in states(session, handling_unit_id)] or None
