"""Whether somebody may write a layer just now: asked by worksheets once they hold their locks."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.stages.domain.acts import Side
from services.planning.stages.domain.assessment import Standing
from services.planning.stages.domain.writing import check_writable
from services.planning.stages.store import assessments
from services.planning.stages.usecases.acts import check_side
from shared.security import Principal


async def check_stage(
    session: AsyncSession, actor: Principal, unit_id: str, year: int, layer: Layer
) -> Standing:
    """Return how the assessment stands when the caller may write this layer of it now.

    Raises `OwnAssessmentError`, and what `check_writable` raises. One statement.
    """
    side = Side.UNIT if layer is Layer.UNIT else Side.REVIEW
    told, hand = await assessments.standing(session, unit_id, year, actor.subject, side, layer)
    check_side(side, hand)
    check_writable(told, layer, is_assigned=hand.assessor_role is not None)
    return told
