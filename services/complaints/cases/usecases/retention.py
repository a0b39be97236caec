"""How long ended cases are kept. Source: complaints.md sections 5 (D9) and 10.

Nothing is erased here: what is due is listed.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import FINAL
from services.complaints.cases.store import cases, retention
from services.complaints.cases.store.people import Reader
from services.complaints.cases.usecases.acts.moving import keep, tell
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.security import Principal

STEP = 100


async def due_page(
    session: AsyncSession, actor: Principal, *, after: tuple[datetime, UUID], limit: int
) -> Sequence[RowMapping]:
    """Return ended cases in scope whose time of being kept is over, the longest first."""
    return await retention.due(session, Reader(actor.subject, actor.scope), after=after, limit=limit)


async def keep_next(session: AsyncSession, engine: DeadlineEngine, after: UUID) -> UUID | None:
    """Start it for the next cases that ended before there was such a rule, as of when they ended.

    Returns where to go on, None at the end.
    """
    found = await retention.unkept(session, after, STEP)
    for case_id in found:
        case = await cases.lock(session, case_id)
        if case is None or case.state not in FINAL:
            continue
        now = await engine.clock.now(session)
        facts = await keep(session, engine, case, now, is_retold=True)
        if facts:
            await tell(session, None, "keep_case", case, facts, now)
    return found[-1] if len(found) == STEP else None
