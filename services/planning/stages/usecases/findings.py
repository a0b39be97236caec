"""Raise and answer findings."""

from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.events import SOURCE
from services.planning.layers import Layer
from services.planning.notices.usecases import notify_finding
from services.planning.refusals import check_version
from services.planning.stages.domain.acts import Side
from services.planning.stages.domain.findings import Finding, FindingState, UnknownItemError
from services.planning.stages.domain.refusals import FrozenLayerError
from services.planning.stages.domain.stage import ENDS
from services.planning.stages.domain.writing import check_writable
from services.planning.stages.events import finding_fact
from services.planning.stages.metrics import FINDINGS
from services.planning.stages.store import findings
from services.planning.stages.usecases.acts import taken
from shared.db import on_commit
from shared.instruments.lke import lke_instrument
from shared.kernel import NotFoundError, new_id
from shared.recording import record
from shared.security import Principal


async def raise_finding(
    session: AsyncSession, actor: Principal, unit_id: str, year: int, item_code: str, text: str
) -> Finding:
    """Raise a finding about an item while TPI assesses; it wants the unit's answer.

    Raises `UnknownItemError`, `NotFoundError`, `ProgrammeMissingError`, `UnitMergedError`,
    `OwnAssessmentError`, and what `check_writable` raises for the TPI layer.
    """
    if item_code not in lke_instrument().questions:
        raise UnknownItemError(f"{item_code} bukan butir LKE. Contoh: A.I.1.i.a.", field="item_code")
    told, hand = await taken(session, actor, unit_id, year, Side.REVIEW)
    check_writable(told, Layer.TPI, is_assigned=hand.assessor_role is not None)
    others = await findings.still_open(session, unit_id, year)
    made = Finding(
        finding_id=new_id(),
        unit_id=unit_id,
        year=year,
        item_code=item_code,
        text=text,
        state=FindingState.OPEN,
        answer=None,
        raised_by=actor.subject,
        answered_by=None,
        open_count=len(others) + 1,
        version=1,
    )
    await findings.insert(session, made)
    await _record(session, actor, "raise_finding", made)
    await notify_finding(
        session,
        unit_id=unit_id,
        year=year,
        finding_id=made.finding_id,
        item=item_code,
        actor=actor.subject,
    )
    return made


async def answer_finding(
    session: AsyncSession, actor: Principal, finding_id: UUID, seen: int | None, answer: str
) -> Finding:
    """Answer a finding for the unit; `seen` is the version the caller has read, None for whatever it is.

    Raises `NotFoundError`, `OwnAssessmentError` for an assessor of the unit, `UnitMergedError`,
    `FrozenLayerError` once the assessment has ended, `StaleVersionError`, `FindingAnsweredError`.
    """
    found = await findings.get(session, actor.scope, finding_id)
    if found is None:
        raise NotFoundError("Temuan tidak ditemukan.")
    told, _ = await taken(session, actor, found.unit_id, found.year, Side.UNIT)
    if told.assessment.stage in ENDS:
        raise FrozenLayerError(Layer.UNIT, told.assessment.stage)
    found = await findings.get(session, actor.scope, finding_id) or found  # as it stands behind the lock
    if seen is not None:
        check_version(found.version, seen)
    others = await findings.still_open(session, found.unit_id, found.year)
    answered = found.answered(answer, actor.subject, sum(one.finding_id != finding_id for one in others))
    await findings.update(session, answered)
    await _record(session, actor, "answer_finding", answered)
    return answered


async def _record(session: AsyncSession, actor: Principal, operation: str, finding: Finding) -> None:
    await record(
        session,
        actor,
        operation,
        source=SOURCE,
        entity="finding",
        entity_id=finding.finding_id,
        version=finding.version,
        facts=[finding_fact(finding)],
        changes={"unit_id": finding.unit_id, "item_code": finding.item_code, "state": finding.state.value},
    )
    fact = "answered" if finding.state is FindingState.ANSWERED else "opened"
    on_commit(session, partial(FINDINGS.labels(fact).inc))
