"""What a unit was proposed for, as the newest package has it: what is not frozen yet counts for nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.eligibility import Told
from services.planning.nomination.domain.nominations import ProposedUnit
from services.planning.nomination.domain.rules import Category, Precondition, State, all_rules
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


@dataclass(frozen=True, slots=True)
class FrozenStanding:
    """A precondition as a package has it."""

    precondition: Precondition
    required: str
    told: Told
    state: State
    is_deferred: bool


@dataclass(frozen=True, slots=True)
class FrozenUnit:
    """All that the newest package says of a unit beside its answers; `papers` are sha256 by document."""

    version: int
    sha256: str
    frozen_at: datetime
    unit: ProposedUnit
    standings: Sequence[FrozenStanding]
    papers: Mapping[UUID, str]


async def frozen_unit(session: AsyncSession, unit_id: str, year: int) -> FrozenUnit | None:
    """Return what a unit was proposed with in a year; None while no newest package holds it."""
    for nomination_id, version in await proposals.packaged_proposals(session, unit_id, year):
        told = await packages.proposal_part(session, nomination_id, version)
        for one in [] if told is None else told["units"]:
            if one["id"] == unit_id and told is not None:
                return _frozen(told, one)
    return None


def _frozen(told: Mapping[str, Any], one: Mapping[str, Any]) -> FrozenUnit:
    asked = all_rules()[one["rules"]].preconditions
    return FrozenUnit(
        version=told["version"],
        sha256=told["sha256"],
        frozen_at=datetime.fromisoformat(told["frozen_at"]),
        unit=ProposedUnit(one["id"], Category(one["kategori"]), one["kawasan"]),
        standings=[
            FrozenStanding(
                asked[row["code"]],
                row["required"],
                Told(row["value"], tuple(map(UUID, row["document_ids"]))),
                State(row["state"]),
                row["is_deferred"],
            )
            for row in one["preconditions"]
        ],
        papers={UUID(paper["document_id"]): paper["sha256"] for paper in told["documents"]},
    )
