"""Proposals on the stages that planning keeps: what they move there, and which acts they guard or enter."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.eligibility import Reason
from services.planning.nomination.domain.nominations import NominationStateError
from services.planning.nomination.domain.rules import Category
from services.planning.nomination.store import proposals
from services.planning.nomination.usecases.packaged import as_packaged
from services.planning.nomination.usecases.pre_evaluation import (
    KawasanLostError,
    check_pre_evaluation,
    lost_among,
)
from services.planning.nomination.usecases.predicates import enter_award, take_back
from services.planning.plan.usecases import get_programme
from services.planning.stages.domain.acts import Act
from services.planning.stages.domain.assessment import Given, Standing
from services.planning.stages.domain.refusals import ClosedWindowError, IllegalTransitionError
from services.planning.stages.domain.stage import DECIDED, ENDS, UNSETTLED, Window
from services.planning.stages.usecases.acts import ActHook, perform
from services.planning.stages.usecases.reading import standing_of
from shared.security import Principal


class KeptStages:
    """The assessments of a proposal's units, moved as whoever acts on the proposal."""

    async def obstacles(
        self, session: AsyncSession, unit_id: str, year: int, *, is_proposed: bool
    ) -> Sequence[Reason]:
        """Return why a unit cannot be proposed now, or, once `is_proposed`, its package not be changed."""
        told = await standing_of(session, unit_id, year)
        try:
            if not is_proposed:
                told.row_of(Act.PROPOSE)
            told.check_open(Window.PENGUSULAN)
        except (ClosedWindowError, IllegalTransitionError) as refused:
            return [Reason(refused.code, refused.message)]
        return []

    async def settled(self, session: AsyncSession, unit_id: str, year: int) -> Sequence[Reason]:
        """Return why what a unit is proposed for stays: gates were asked already, or the window is closed."""
        told = await standing_of(session, unit_id, year)
        if told.assessment.stage not in UNSETTLED:
            return [Reason("settled", f"Unit {unit_id} sudah melewati pra-evaluasi.")]
        return await self.obstacles(session, unit_id, year, is_proposed=True)

    async def propose(self, session: AsyncSession, actor: Principal, unit_id: str, year: int) -> None:
        """Move a unit on to pre-evaluation; raises what `perform` raises."""
        await perform(session, actor, unit_id, year, Act.PROPOSE, seen=None)

    async def withdraw(
        self, session: AsyncSession, actor: Principal, unit_id: str, year: int, reason: str
    ) -> None:
        """End a unit's assessment, unless it ended without a decision.

        Raises `NominationStateError` for what was decided, and what `perform` raises.
        """
        told = await standing_of(session, unit_id, year)
        if told.assessment.stage in DECIDED:
            raise NominationStateError(f"Hasil penilaian unit {unit_id} sudah ditetapkan.", unit_id=unit_id)
        if told.assessment.stage in ENDS:
            return
        await perform(session, actor, unit_id, year, Act.WITHDRAW, seen=None, given=Given(reason=reason))


async def _by_package(session: AsyncSession, _: Principal, told: Standing, __: Given) -> None:
    """Refuse to propose a unit that no frozen package holds. Source: requirements.md R-175."""
    mine = told.assessment
    if await proposals.frozen_candidacy(session, mine.unit_id, mine.year) is None:
        raise NominationStateError("Unit diusulkan dengan membekukan paket usulan instansinya.")


async def _not_past_proposal(session: AsyncSession, _: Principal, told: Standing, __: Given) -> None:
    """Refuse to take back alone what a proposal holds: it would go on saying that the unit is proposed."""
    mine = told.assessment
    if await proposals.frozen_candidacy(session, mine.unit_id, mine.year) is not None:
        raise NominationStateError("Unit ini ditarik melalui usulan instansinya.")


async def _passes(session: AsyncSession, actor: Principal, told: Standing, _: Given) -> None:
    """Refuse to accept a unit that fails a gate or a precondition, naming all of them."""
    await check_pre_evaluation(session, actor, told.assessment.unit_id, told.assessment.year)


async def _awards(session: AsyncSession, actor: Principal, told: Standing, given: Given) -> None:
    """Enter the predicate that a decision gives, with its decree: what the newest package was for.

    A kawasan passes whole or not at all. Source: lke.md section 8; requirements.md R-169.
    """
    if not given.is_awarded or given.decree is None:
        return
    mine = told.assessment
    packaged = await as_packaged(session, mine.unit_id, mine.year)
    if packaged is None:
        programme = await get_programme(session, actor, mine.unit_id, mine.year)
        predicate = Category(programme.target.value).predicate
    else:
        predicate = packaged.unit.category.predicate
        if out := await lost_among(session, packaged.fellows, mine.year):
            raise KawasanLostError(
                f"Unit satu kawasan tidak lolos, jadi predikat tidak dapat diberikan: {', '.join(out)}.",
                units=out,
            )
    await enter_award(session, actor, mine.unit_id, mine.year, predicate, given.decree)


async def _takes_back(session: AsyncSession, actor: Principal, told: Standing, given: Given) -> None:
    """Enter the revocation of the predicate that the assessment gave. Source: lke.md section 7."""
    mine = told.assessment
    if mine.is_awarded and given.decree is not None:
        await take_back(session, actor, mine.unit_id, mine.year, given.decree, given.reason or "")


GUARDS: Mapping[Act, ActHook] = {
    Act.PROPOSE: _by_package,
    Act.WITHDRAW: _not_past_proposal,
    Act.ACCEPT: _passes,
    Act.DECIDE: _awards,
    Act.REVOKE: _takes_back,
}
"""What proposals ask within acts on assessments."""
