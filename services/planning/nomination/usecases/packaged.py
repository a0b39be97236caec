"""What a unit was proposed for, as the newest package has it: what is not frozen yet counts for nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.nominations import ProposedUnit
from services.planning.nomination.store import packages, proposals


@dataclass(frozen=True, slots=True)
class Packaged:
    """A unit in the newest package of its agency's proposal, with the other units of its kawasan.

    Those are of the package too, so a fellow that was released since is still among them.
    """

    unit: ProposedUnit
    fellows: Sequence[ProposedUnit]


async def as_packaged(session: AsyncSession, unit_id: str, year: int) -> Packaged | None:
    """Return what a unit was proposed for in a year; None while no newest package holds it.

    Two statements, one more for each earlier proposal of the year that was withdrawn.
    """
    for nomination_id, version in await proposals.packaged_proposals(session, unit_id, year):
        units = await packages.proposed_units(session, nomination_id, version)
        own = units.get(unit_id)
        if own is not None:
            others = [one for one in units.values() if one.unit_id != unit_id]
            return Packaged(own, [one for one in others if own.kawasan and one.kawasan == own.kawasan])
    return None
