"""Reads what the assessors' page shows, and whether its reader may write there now."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer, check_writer
from services.planning.pages.review.facts import ReviewFacts
from services.planning.pages.worksheets.reading import evidence_of
from services.planning.plan.usecases import no_programme
from services.planning.stages.domain.acts import Side
from services.planning.stages.domain.assessment import Standing
from services.planning.stages.domain.stage import Stage
from services.planning.stages.domain.writing import check_writable
from services.planning.stages.store import assessments, assessors, findings, rounds
from services.planning.stages.store.assessments import Hand
from services.planning.stages.usecases.acts import check_side
from services.planning.worksheets.whole import WholeSheet, whole_sheet
from shared.kernel import DomainError
from shared.security import Principal

MERGED = "Unit ini sudah digabung ke unit lain; lembar kerjanya hanya dapat dibaca."


async def read_review(
    session: AsyncSession,
    caller: Principal,
    unit_id: str,
    year: int,
    layer: Layer,
    *,
    shown: Collection[str] = (),
) -> ReviewFacts:
    """Return a worksheet before its assessors, with the evidence of the items that are `shown`.

    Raises `NotFoundError` and `ProgrammeMissingError`.
    """
    whole = await whole_sheet(session, caller.scope, unit_id, year)
    if whole is None:
        raise await no_programme(session, caller, unit_id, year)
    told, hand = await assessments.standing(session, unit_id, year, caller.subject, Side.REVIEW, layer)
    share = await assessors.share_of(session, unit_id, year, layer, caller.subject)
    handed_in = [one for one in await rounds.all_of(session, unit_id, year) if one.layer is Layer.UNIT]
    is_kept = bool(handed_in) and told.assessment.stage is not Stage.PENGISIAN
    return ReviewFacts(
        whole=whole,
        layer=layer,
        reader=caller.subject,
        standing=told,
        obstacle=_obstacle(caller, whole, told, hand, layer),
        areas=None if share is None else share.areas,
        handed_in=handed_in[-2].cut if len(handed_in) > 1 else None,
        evidence=await evidence_of(session, whole, shown),
        findings=await findings.of_year(session, unit_id, year),
        kept=handed_in[-1].revisions if is_kept else {},
    )


def _obstacle(caller: Principal, whole: WholeSheet, told: Standing, hand: Hand, layer: Layer) -> str:
    """Return why the caller cannot write the layer now, "" when they can: as the use case would refuse."""
    if whole.is_merged:
        return MERGED
    try:
        check_writer(caller.roles, layer)
        check_side(Side.REVIEW, hand)
        check_writable(told, layer, is_assigned=hand.assessor_role is not None)
    except DomainError as refused:
        return refused.message
    return ""
