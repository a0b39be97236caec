"""Channels said again after a loss, at the versions they were told."""

from collections.abc import AsyncIterator
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.channels import events, store
from shared.contracts.base import EventData
from shared.outbox.snapshot import Behind, State


async def states(session: AsyncSession, only: UUID | None = None) -> AsyncIterator[State]:
    """Yield every channel, or one, as its last event told it."""
    async for one in store.told(session, only):
        yield State(events.as_told(one), one.at)


async def lift(session: AsyncSession, channel_id: UUID, behind: Behind) -> list[EventData] | None:
    """Raise a channel's version above the floor and return its state at it; None for an unknown one."""
    await store.lift(session, channel_id, behind.floor)
    return [state.fact async for state in states(session, channel_id)] or None
