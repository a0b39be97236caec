"""The TPN's first look at a proposed unit: gates on the TPI's score, and preconditions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.nomination.domain.eligibility import Eligibility, Reason, eligibility
from services.planning.nomination.domain.gates import GatesFailedError, failed_gates
from services.planning.nomination.domain.nominations import NominationRefusedError, ProposedUnit
from services.planning.nomination.domain.rules import Category
from services.planning.nomination.store import candidates
from services.planning.nomination.usecases.candidates import facts_of
from services.planning.nomination.usecases.packaged import as_packaged
from services.planning.plan.usecases import get_programme
from services.planning.stages.store import assessments
from services.planning.stages.store.rounds import pinned
from services.planning.units.domain import Unit
from services.planning.units.usecases import get_unit
from services.planning.worksheets import store as worksheets
from shared.instruments.lke import GateResult
from shared.kernel import DomainError
from shared.security import Principal


class KawasanLostError(DomainError):
    """Units of a kawasan are out, so none of the others is awarded; `units` names them."""

    code: ClassVar[str] = "kawasan_lost"


@dataclass(frozen=True, slots=True)
class PreEvaluation:
    """How a unit stands: the gates that its TPI score fails, its preconditions, and its kawasan.

    `fellows` are units of its kawasan that do not pass by themselves or are out already: all of them must.
    """

    category: Category
    failed: tuple[GateResult, ...]
    found: Eligibility
    fellows: tuple[str, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Everything beside the gates that stands in the way."""
        if not self.fellows:
            return self.found.reasons
        said = f"Unit satu kawasan belum memenuhi syarat: {', '.join(self.fellows)}."
        return (*self.found.reasons, Reason("kawasan_fellow", said))


async def pre_evaluate(session: AsyncSession, actor: Principal, unit_id: str, year: int) -> PreEvaluation:
    """Return how a unit stands for what it was proposed for, or, before that, for its programme's target.

    Raises `NotFoundError`, `ProgrammeMissingError`.
    """
    unit = await get_unit(session, actor, unit_id)
    programme = await get_programme(session, actor, unit_id, year)
    packaged = await as_packaged(session, unit_id, year)
    category = Category(programme.target.value) if packaged is None else packaged.unit.category
    failed, found = await _judged(session, unit, year, category)
    fellows = () if packaged is None else packaged.fellows
    out = {*await _failing(session, fellows, year), *await lost_among(session, fellows, year)}
    return PreEvaluation(category, failed, found, tuple(sorted(out)))


async def check_pre_evaluation(session: AsyncSession, actor: Principal, unit_id: str, year: int) -> None:
    """Refuse a unit that does not pass, for the act that would accept it.

    Raises `GatesFailedError` naming every failed gate with its shortfall, `NominationRefusedError` naming
    every precondition, and what `pre_evaluate` raises.
    """
    stands = await pre_evaluate(session, actor, unit_id, year)
    if stands.failed:
        raise GatesFailedError(stands.failed)
    if stands.reasons:
        raise NominationRefusedError(
            "Unit ini belum memenuhi prasyarat: " + " ".join(reason.said for reason in stands.reasons),
            errors=[
                {"field": "unit_id", "code": reason.code, "message": reason.said, "unit_id": unit_id}
                for reason in stands.reasons
            ],
        )


async def lost_among(session: AsyncSession, fellows: Sequence[ProposedUnit], year: int) -> list[str]:
    """Return those of a kawasan's units that were refused, withdrawn, revoked or not awarded."""
    ends = await assessments.of_units(session, [one.unit_id for one in fellows], year) if fellows else ()
    return sorted(one.unit_id for one in ends if one.is_lost)


async def _judged(
    session: AsyncSession, unit: Unit, year: int, category: Category
) -> tuple[tuple[GateResult, ...], Eligibility]:
    facts = (await facts_of(session, [unit], year))[unit.unit_id]
    found = eligibility(unit, category, facts, year)
    answers = await worksheets.present_answers(session, unit.unit_id, year, Layer.TPI)
    failed = failed_gates(
        {answer.draft.item_code: answer.draft.answer for answer in answers},
        category.predicate,
        facts.rule_set or found.rules.rule_set,
        await pinned(session, unit.unit_id, year),
    )
    return failed, found


async def _failing(session: AsyncSession, fellows: Sequence[ProposedUnit], year: int) -> list[str]:
    """Return those of a kawasan's units that fail a gate or a precondition."""
    found = await candidates.units(session, [one.unit_id for one in fellows]) if fellows else {}
    judged = {one.unit_id: await _judged(session, found[one.unit_id], year, one.category) for one in fellows}
    return [id_ for id_, (failed, eligible) in judged.items() if failed or eligible.reasons]
