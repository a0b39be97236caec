"""What subjects do for each other as an assessment goes its way: all within the act's own transaction."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.live.usecases import freeze_live
from services.planning.nomination.domain.eligibility import Reason
from services.planning.stages.domain.acts import Act
from services.planning.stages.domain.assessment import Given, Standing
from services.planning.stages.domain.refusals import ClosedWindowError
from services.planning.stages.domain.stage import STAGE_NAMES, Stage, Window
from services.planning.stages.usecases.acts import ActHook, perform
from services.planning.stages.usecases.reading import standing_of
from services.planning.worksheets import store as worksheets
from services.planning.worksheets.usecases import write
from shared.kernel import NotFoundError
from shared.security import Principal


async def keep_live(session: AsyncSession, actor: Principal, standing: Standing) -> None:
    """Write the facts of items that the unit has not answered into its layer, as it is handed in.

    Source: lke.md section 10.
    """
    mine = standing.assessment
    worksheet = await worksheets.get(session, actor.scope, mine.unit_id, mine.year)
    if worksheet is None:
        raise NotFoundError
    drafts = await freeze_live(session, actor, worksheet)
    if drafts:
        await write(session, actor, worksheet, Layer.UNIT, drafts, operation="freeze_live")


HOOKS: Mapping[Act, ActHook] = MappingProxyType({Act.SUBMIT: keep_live, Act.RESUBMIT: keep_live})
"""What other subjects do within acts."""


class ProposalStages:
    """The stages as proposals ask and move them."""

    async def obstacles(
        self, session: AsyncSession, unit_id: str, year: int, *, is_proposed: bool
    ) -> Sequence[Reason]:
        """Return why a unit cannot be proposed now, or, once proposed, its package not be changed."""
        told = await standing_of(session, unit_id, year)
        wanted = Stage.PRA_EVALUASI if is_proposed else Stage.PENGUSULAN
        if told.assessment.stage is not wanted:
            said = f"Unit ini berada pada tahap {STAGE_NAMES[told.assessment.stage]}."
            return [Reason("illegal_transition", said)]
        try:
            told.check_open(Window.PENGUSULAN)
        except ClosedWindowError as closed:
            return [Reason(closed.code, closed.message)]
        return []

    async def propose(self, session: AsyncSession, actor: Principal, unit_id: str, year: int) -> None:
        """Move a unit whose package was frozen for the first time; raises as `perform`."""
        await perform(session, actor, unit_id, year, Act.PROPOSE, seen=None)

    async def withdraw(
        self, session: AsyncSession, actor: Principal, unit_id: str, year: int, reason: str
    ) -> None:
        """Take a unit back that was proposed; raises as `perform`."""
        await perform(session, actor, unit_id, year, Act.WITHDRAW, seen=None, given=Given(reason))
