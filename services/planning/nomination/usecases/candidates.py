"""Who could be proposed in a year, from what planning itself knows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.eligibility import Eligibility, Facts, eligibility
from services.planning.nomination.domain.predicates import Award
from services.planning.nomination.domain.rules import Category
from services.planning.nomination.store import candidates, preconditions, predicates
from services.planning.units import store as units
from services.planning.units.domain import Unit
from services.planning.units.usecases import check_agency
from shared.db.clock import database_now
from shared.security import Principal, Scope


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit, whether it may be proposed, and its predicates."""

    unit: Unit
    found: Eligibility
    awards: tuple[Award, ...]


async def page_candidates(
    session: AsyncSession,
    actor: Principal,
    *,
    agency_id: str | None,
    year: int,
    category: Category,
    after: str,
    limit: int,
) -> list[Candidate]:
    """Return the units in scope by id, each with all reasons against proposing it.

    Raises `ForbiddenError` for an agency outside the scope.
    """
    scope = actor.scope
    if agency_id is not None and scope.level != "unit":
        check_agency(actor, agency_id)
        scope = Scope("agency", frozenset({agency_id}))
    found = await units.page(session, scope, after=after, limit=limit)
    facts = await facts_of(session, found, year)
    return [
        Candidate(
            unit,
            eligibility(unit, category, facts[unit.unit_id], year),
            tuple(facts[unit.unit_id].awards),
        )
        for unit in found
    ]


async def facts_of(session: AsyncSession, found: Collection[Unit], year: int) -> Mapping[str, Facts]:
    """Return what is known of units by id, each on the present day of its zone; six statements for any."""
    now = await database_now(session)
    ids = [unit.unit_id for unit in found]
    agencies = {unit.agency_id for unit in found}
    types = await candidates.agency_types(session, agencies)
    of_agencies = await preconditions.present(session, "agency", agencies, year)
    of_units = await preconditions.present(session, "unit", ids, year)
    awards = await predicates.of_units(session, ids)
    programmes = await candidates.programmes(session, ids, year)
    return {
        unit.unit_id: Facts(
            on=now.astimezone(unit.zone.tz).date(),
            told={
                code: word.told
                for words in (of_agencies.get(unit.agency_id, {}), of_units.get(unit.unit_id, {}))
                for code, word in words.items()
            },
            awards=tuple(awards.get(unit.unit_id, ())),
            rule_set=programmes[unit.unit_id].rule_set if unit.unit_id in programmes else None,
            agency_type=types.get(unit.agency_id),
        )
        for unit in found
    }
