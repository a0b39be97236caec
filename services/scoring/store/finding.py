"""Find a unit in scope by its id or a part of its name."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.tables import UNIT
from shared.security import Scope

MOST = 20


async def units(session: AsyncSession, scope: Scope, words: str) -> Sequence[RowMapping]:
    """Return at most `MOST` units, the one with this id first; a pass over the names in scope."""
    is_named = UNIT.c.unit_id == words
    asked = (
        select(*UNIT.c["unit_id", "name"])
        .where(scope.where(UNIT.c.unit_id, UNIT.c.agency_id))
        .where(or_(is_named, UNIT.c.name.icontains(words, autoescape=True)))
        .order_by(~is_named, UNIT.c.name, UNIT.c.unit_id)
        .limit(MOST)
    )
    return (await session.execute(asked)).mappings().all()
