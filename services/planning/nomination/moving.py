"""Proposals on the stages that planning keeps: what they move there, and which acts they guard."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.eligibility import Reason
from services.planning.nomination.domain.nominations import NominationStateError
from services.planning.nomination.store import proposals
from services.planning.nomination.usecases.pre_evaluation import check_pre_evaluation
from services.planning.stages.domain.acts import Act
from services.planning.stages.domain.assessment import Given, Standing
from services.planning.stages.domain.refusals import ClosedWindowError, IllegalTransitionError
from services.planning.stages.domain.stage import ENDS, Window
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

    async def propose(self, session: AsyncSession, actor: Principal, unit_id: str, year: int) -> None:
        """Move a unit on to pre-evaluation; raises what `perform` raises."""
        await perform(session, actor, unit_id, year, Act.PROPOSE, seen=None)

    async def withdraw(
        self, session: AsyncSession, actor: Principal, unit_id: str, year: int, reason: str
    ) -> None:
        """End a unit's assessment, unless it has ended; raises what `perform` raises."""
        told = await standing_of(session, unit_id, year)
        if told.assessment.stage in ENDS:
            return
        await perform(session, actor, unit_id, year, Act.WITHDRAW, seen=None, given=Given(reason=reason))


async def _by_package(session: AsyncSession, _: Principal, told: Standing) -> None:
    """Refuse to propose a unit that no frozen package holds. Source: requirements.md R-175."""
    mine = told.assessment
    if await proposals.frozen_candidacy(session, mine.unit_id, mine.year) is None:
        raise NominationStateError("Unit diusulkan dengan membekukan paket usulan instansinya.")


async def _not_past_proposal(session: AsyncSession, _: Principal, told: Standing) -> None:
    """Refuse to take back alone what a proposal holds: it would go on saying that the unit is proposed."""
    mine = told.assessment
    if await proposals.frozen_candidacy(session, mine.unit_id, mine.year) is not None:
        raise NominationStateError("Unit ini ditarik melalui usulan instansinya.")


async def _passes(session: AsyncSession, actor: Principal, told: Standing) -> None:
    """Refuse to accept a unit that fails a gate or a precondition, naming all of them."""
    await check_pre_evaluation(session, actor, told.assessment.unit_id, told.assessment.year)


GUARDS: Mapping[Act, ActHook] = {
    Act.PROPOSE: _by_package,
    Act.WITHDRAW: _not_past_proposal,
    Act.ACCEPT: _passes,
}
"""What proposals ask within acts on assessments."""
