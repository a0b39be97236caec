"""Move an assessment: one function for every act of the table."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.events import SOURCE
from services.planning.layers import UNIT_ROLES, Layer, OwnAssessmentError, own_assessment
from services.planning.notices.usecases import notify_step
from services.planning.plan.usecases import no_programme
from services.planning.stages.domain.acts import Act, Need, Row, Side, rows_of
from services.planning.stages.domain.assessment import (
    NOTHING_GIVEN,
    Given,
    Standing,
    check_needs,
    moved,
)
from services.planning.stages.domain.assessors import AssessorRole
from services.planning.stages.domain.differences import check_explained, standing_before
from services.planning.stages.domain.findings import check_answered
from services.planning.stages.domain.refusals import (
    ActIncompleteError,
    NotAssignedError,
    RoundNotYoursError,
)
from services.planning.stages.domain.rounds import Round, check_complete, digest
from services.planning.stages.domain.stage import Stage
from services.planning.stages.events import stage_moved
from services.planning.stages.metrics import ACTS
from services.planning.stages.store import assessments, assessors, findings, rounds
from services.planning.stages.store.assessments import Hand
from services.planning.units.usecases import get_working_unit
from shared.db import on_commit
from shared.kernel import StaleVersionError
from shared.recording import record
from shared.security import ForbiddenError, Principal
from shared.security.access import is_wide_enough

ActHook = Callable[[AsyncSession, Principal, Standing, Given], Awaitable[None]]
"""What another subject does within an act's transaction, once stage, window and person are known to be right
and before completeness is asked and the move is written: keep live facts as answers at `submit` and
`resubmit`, ask for the package at `propose`, enter the predicate at `decide`. It may refuse by raising."""


async def perform(
    session: AsyncSession,
    actor: Principal,
    unit_id: str,
    year: int,
    act: Act,
    *,
    seen: int | None,
    given: Given = NOTHING_GIVEN,
    hook: ActHook | None = None,
) -> Standing:
    """Do an act and return how the assessment stands after it.

    `seen` is the stage version the caller has read (0 before any act), None for whatever it is.
    Raises `ForbiddenError` for a role or scope that does not do the act here, `NotFoundError`,
    `ProgrammeMissingError`, `OwnAssessmentError`, `UnitMergedError`, `StaleVersionError`,
    `IllegalTransitionError`, `NotAssignedError`, `RoundNotYoursError`, `ClosedWindowError`,
    `ActIncompleteError`, what the hook raises, `FindingsOpenError`, `IncompleteSubmitError`,
    `UnexplainedDifferencesError`, and what `check_needs` raises.
    """
    _check_role(actor, rows_of(act))
    side = rows_of(act)[0].side
    told, hand = await taken(session, actor, unit_id, year, side)
    if seen is not None and seen != told.assessment.version:
        raise StaleVersionError(version=told.assessment.version)
    row = told.row_of(act)
    _check_role(actor, [row])
    check_hand(row, told, hand)
    if row.window is not None:
        told.check_open(row.window)
    _check_given(row, given)
    if hook is not None:
        await hook(session, actor, told, given)
    check_needs(row, told, given)
    if Need.FINDINGS_ANSWERED in row.needs:
        check_answered(await findings.still_open(session, unit_id, year))
    if Need.EXPLAINED in row.needs:
        await check_differences(session, row, unit_id, year)
    frozen = await _freeze(session, actor, row, told)
    after = moved(row, told.assessment, given)
    await assessments.save(session, after, row.source, row.side, given.reason, actor.subject)
    await record(
        session,
        actor,
        f"stage_{act.value}",
        source=SOURCE,
        entity="stage",
        entity_id=after.stage_id,
        version=after.version,
        facts=[stage_moved(after)],
        changes={
            "stage": after.stage.value,
            "round": after.round,
            "sha256": None if frozen is None else frozen.sha256,
            "is_awarded": after.is_awarded,
            "cleared": sorted(given.cleared),
            "decree": None if given.decree is None else given.decree.number,
        },
    )
    stands = replace(told, assessment=after)
    await _tell(session, actor, act, stands, has_reason=bool(given.reason))
    on_commit(session, partial(ACTS.labels(act.value).inc))
    return stands


async def _tell(
    session: AsyncSession, actor: Principal, act: Act, stands: Standing, *, has_reason: bool
) -> None:
    """Tell whoever holds the assessment now, and until when, while that day is to come."""
    after, days = stands.assessment, stands.days_of_stage
    layer = Layer.TPI if after.stage is Stage.PENILAIAN_TPI else Layer.TPN
    await notify_step(
        session,
        unit_id=after.unit_id,
        year=after.year,
        act=act.value,
        stage=after.stage.value,
        step=after.version,
        has_reason=has_reason,
        closes_on=None if days.are_over(stands.today) else days.closes_on,
        assessors=await assessors.subjects_of(session, after.unit_id, after.year, layer),
        actor=actor.subject,
    )


async def taken(
    session: AsyncSession, actor: Principal, unit_id: str, year: int, side: Side
) -> tuple[Standing, Hand]:
    """Lock an assessment and return how it stands, and who the caller is to it.

    Raises `NotFoundError`, `ProgrammeMissingError`, `OwnAssessmentError` for people of the other side,
    `UnitMergedError`.
    """
    if side is Side.REVIEW and not UNIT_ROLES.isdisjoint(actor.roles):
        raise OwnAssessmentError("Orang yang bekerja untuk unit tidak boleh menilai unit.")
    locked = await assessments.lock(session, actor.scope, unit_id, year, actor.subject)
    if locked is None:
        raise await no_programme(session, actor, unit_id, year)
    told, hand = await assessments.standing(session, unit_id, year, actor.subject, side, Layer.TPI)
    check_side(side, hand)
    if locked.merged_into is not None:
        await get_working_unit(session, actor, unit_id)  # raises, naming the unit that works now
    return told, hand


def check_side(side: Side, hand: Hand) -> None:
    """Raise `OwnAssessmentError` for somebody who acted for the other side, or works in what they review."""
    if hand.was_opposite or (side is Side.REVIEW and hand.works_there):
        raise own_assessment(Layer.UNIT if side is Side.UNIT else Layer.TPI)


def _check_role(actor: Principal, rows: Sequence[Row]) -> None:
    if not any(actor.has(*row.roles) and is_wide_enough(actor, row.reach) for row in rows):
        raise ForbiddenError("Peran Anda tidak memiliki wewenang untuk tindakan ini.")


def check_hand(row: Row, told: Standing, hand: Hand) -> None:
    """Raise `NotAssignedError` or `RoundNotYoursError` for an assessor whose act this is not."""
    if not row.is_assigned:
        return
    if hand.assessor_role is None:
        raise NotAssignedError
    if row.act is Act.FINISH_ROUND:
        number = min(told.assessment.tpi_round, len(told.practice.tpi_rounds))
        ends = told.practice.tpi_rounds[number - 1]
        if hand.assessor_role not in ends:
            raise RoundNotYoursError(
                f"Putaran {number} diakhiri oleh {_named(ends)}.", roles=sorted(one.value for one in ends)
            )


def _named(roles: frozenset[AssessorRole]) -> str:
    return " atau ".join(sorted(role.value.replace("_", " ") for role in roles))


def _check_given(row: Row, given: Given) -> None:
    if row.needs_reason and not given.reason:
        raise ActIncompleteError("reason", "Alasan harus diisi.")
    if row.act is Act.DECIDE and given.is_awarded is None:
        raise ActIncompleteError("is_awarded", "Sebutkan apakah predikat diberikan.")
    is_by_decree = row.act is Act.REVOKE or (row.act is Act.DECIDE and given.is_awarded)
    if is_by_decree and given.decree is None:
        raise ActIncompleteError("decree", "Sebutkan nomor, tanggal, dan penanda tangan SK.")


async def check_differences(session: AsyncSession, row: Row, unit_id: str, year: int) -> None:
    """Raise `UnexplainedDifferencesError` while the layer that is handed on differs without a reason."""
    *beneath, own = [await rounds.answers(session, unit_id, year, layer) for layer in row.compared]
    check_explained(own, standing_before(*beneath))


async def _freeze(session: AsyncSession, actor: Principal, row: Row, told: Standing) -> Round | None:
    """Keep the layer that an act freezes as a round; raises `IncompleteSubmitError` if it must be whole."""
    if row.freezes is None:
        return None
    mine = told.assessment
    answers = await rounds.answers(session, mine.unit_id, mine.year, row.freezes)
    if Need.COMPLETE in row.needs:
        check_complete(answers, await rounds.pinned(session, mine.unit_id, mine.year))
    linked = {id_ for one in answers for id_ in one.evidence_ids}
    revisions = await rounds.revisions(session, linked) if linked else {}
    number = {Layer.UNIT: mine.round, Layer.TPI: mine.tpi_round, Layer.TPN: mine.tpn_round}[row.freezes]
    frozen = Round(
        unit_id=mine.unit_id,
        year=mine.year,
        layer=row.freezes,
        round=number,
        cut=await rounds.worksheet_version(session, mine.unit_id, mine.year),
        revisions=revisions,
        sha256=digest(answers, revisions),
        frozen_by=actor.subject,
        frozen_at=told.now,
    )
    await rounds.insert(session, frozen)
    return frozen
