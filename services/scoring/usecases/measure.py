"""Keep the points of gates of unit years that were counted before scoring kept them."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.counting import points_of_gates
from services.scoring.domain.pinning import unpinned
from services.scoring.domain.precedence import layered_cells
from services.scoring.domain.sheets import load
from services.scoring.store import state
from shared.instruments.lke import totals_of_cells

AT_ONCE = 200
"""Unit years of one transaction: some ten milliseconds of counting."""


async def measure_gates(session: AsyncSession) -> int:
    """Measure the gates of some unit years and return how many; 0 once every one has its points."""
    found = await state.unmeasured(session, AT_ONCE)
    pinned = await state.programmes(session, sorted(found))
    for key, standing in found.items():
        effective = layered_cells(load(standing.sheets), load(standing.live).get("live"))["effective"]
        _, rules, policies = pinned.get(key) or unpinned(key[1])
        points = points_of_gates(totals_of_cells(effective, policies), rules)
        found[key] = standing._replace(gate_points=points)
    await state.write_standings(session, found)
    return len(found)
