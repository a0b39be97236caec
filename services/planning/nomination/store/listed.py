"""The proposals that somebody may read, as their list shows them."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.nominations import Nomination, NominationState
from services.planning.nomination.store.proposals import in_scope, with_units
from services.planning.tables import NOMINATION
from shared.security import Scope


async def newest(
    session: AsyncSession,
    scope: Scope,
    *,
    year: int | None,
    state: NominationState | None,
    before: UUID | None,
    limit: int,
) -> list[Nomination]:
    """Return proposals in scope, the newest first, narrowed to a year or state when given."""
    asked = select(NOMINATION).where(in_scope(scope))
    if before is not None:
        asked = asked.where(NOMINATION.c.nomination_id < before)
    if year is not None:
        asked = asked.where(NOMINATION.c.year == year)
    if state is not None:
        asked = asked.where(NOMINATION.c.state == state.value)
    rows = await session.execute(asked.order_by(NOMINATION.c.nomination_id.desc()).limit(limit))
    return await with_units(session, list(rows.mappings()))
