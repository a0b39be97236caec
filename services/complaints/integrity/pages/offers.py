"""What pages offer: units of a form, the acts that a state and a caller allow."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.integrity.domain.lives import State
from services.complaints.integrity.kinds import DECLARANT, tables
from services.complaints.integrity.pages.words import Step
from services.complaints.tables import UNIT
from shared.security import Principal

MOST_UNITS = 200
"""Nobody reads a longer list through; whoever has more in sight names one in the address."""


async def units_within(session: AsyncSession, actor: Principal) -> list[tuple[str, str]]:
    """Return id and name of the first active units in scope, by name."""
    asked = select(UNIT.c.unit_id, UNIT.c.name).where(
        UNIT.c.is_active, actor.scope.where(UNIT.c.unit_id, UNIT.c.agency_id)
    )
    rows = await session.execute(asked.order_by(UNIT.c.name, UNIT.c.unit_id).limit(MOST_UNITS))
    return [(row.unit_id, row.name) for row in rows]


def steps(found: Mapping[str, Any], actor: Principal, known: Collection[Step]) -> Sequence[Step]:
    """Return the acts that somebody may take now: their own ones on what they filed, else those of a role."""
    table, state = tables()[found["kind"]], State(found["state"])
    open_to = {row.name: row for row in table.open_to(state)}
    return [
        step
        for step in known
        if (row := open_to.get(step.act)) is not None  # type: ignore[call-overload]
        and (DECLARANT in row.by if found["is_own"] else not row.by.isdisjoint(actor.roles))
    ]
