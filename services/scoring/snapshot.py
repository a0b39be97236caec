"""Scoring's own events as they were last published, and their lift after a restored backup.

After a restore the consumer is rewound and catches up first: the facts say again what was lost here.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.events import TOLD
from services.scoring.store import present
from services.scoring.usecases.after_rebuild import enter_gate
from shared.contracts.base import EventData
from shared.contracts.scoring import GateChanged, SurveyStatusChanged
from shared.outbox.snapshot import Behind, State


async def states(session: AsyncSession) -> AsyncIterator[State]:
    """Yield every score, every gate that flipped at least once and every survey status."""
    for contract, (table, tell) in TOLD.items():
        async for row in present.rows(session, table):
            at = _day(row.moved_at) if contract is SurveyStatusChanged else row.moved_at
            yield State(tell(row.version, row), at)


def _day(moment: datetime) -> datetime:
    """Return the UTC day of a moment: what people move is told with a day only."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


async def lift(session: AsyncSession, behind: Behind) -> list[EventData] | None:
    """Raise the version above the floor and return what stands here at it; None for an unknown entity."""
    fact, floor = behind.fact, behind.floor
    if type(fact) not in TOLD:
        return None
    table, tell = TOLD[type(fact)]
    row = await present.lift(session, table, floor, fact)
    if row is not None:
        return [tell(row.version, row)]
    return await enter_gate(session, fact, floor) if isinstance(fact, GateChanged) else None
