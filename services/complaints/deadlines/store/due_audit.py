"""How far the audit of due times is, kept so that a restart goes on where it stopped."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.tables import DEADLINE_PAUSE, DUE_AUDIT
from services.complaints.tables import columns_of, row_of
from shared.calendar.working import Pause

NOWHERE = UUID(int=0)
"""Before every deadline."""


@dataclass(frozen=True, slots=True)
class Round:
    """A round of the audit: `place` is the last deadline it has seen, None when it is complete.

    `differ` counts what it computed otherwise so far; `ended_at` and `last_differ` are of the last one that
    was complete, None before the first.
    """

    began_at: datetime
    place: UUID | None
    differ: int
    ended_at: datetime | None
    last_differ: int | None


_ROUND = select(*columns_of(Round, DUE_AUDIT))
_FIRST = (
    insert(DUE_AUDIT)
    .values(id=1, began_at=func.zi_now(), place=NOWHERE, differ=0)
    .returning(*_ROUND.selected_columns)
)
_TAKE = select(func.pg_try_advisory_xact_lock(func.hashtextextended("due-audit", 0)))
_ONE_SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


async def take(session: AsyncSession) -> Round | None:
    """Take and return the round, the first one where there was none; None while somebody else is at it.

    Must be the first that the transaction asks: all it reads is of one snapshot, or a deadline and its pauses
    would not go together.
    """
    await session.execute(_ONE_SNAPSHOT)
    if not await session.scalar(_TAKE):
        return None
    row = (await session.execute(_ROUND)).mappings().one_or_none()
    return Round(**(row or (await session.execute(_FIRST)).mappings().one()))


async def keep(session: AsyncSession, standing: Round) -> None:
    """Write how far a round is that this transaction has taken."""
    await session.execute(DUE_AUDIT.update().values(row_of(standing, DUE_AUDIT)))


async def pauses(session: AsyncSession, deadline_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Pause]]:
    """Return the ended pauses of these deadlines in order."""
    pause = DEADLINE_PAUSE.c
    asked = select(pause.deadline_id, pause.start_at, pause.end_at, pause.is_by_dates).where(
        pause.deadline_id.in_(deadline_ids), pause.end_at.is_not(None)
    )
    found: defaultdict[UUID, list[Pause]] = defaultdict(list)
    for row in await session.execute(asked.order_by(pause.start_at, pause.id)):
        found[row.deadline_id].append(Pause(row.start_at, row.end_at, row.is_by_dates))
    return found
