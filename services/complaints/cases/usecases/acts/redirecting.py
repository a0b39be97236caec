"""Sending a case elsewhere, or handling it as something else: its deadlines follow, and the log says why.

Source: complaints.md sections 2.3 and 4.3.
"""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.cases.domain.case import Case, Stream
from services.complaints.cases.domain.duties import require_confirmer
from services.complaints.cases.domain.refusals import (
    FieldRefusedError,
    IllegalActError,
    NothingChangesError,
    ProposalChangedError,
)
from services.complaints.cases.kinds import tables
from services.complaints.cases.store import proposals
from services.complaints.cases.usecases.acts.moving import Opened, matter_of, open_case
from services.complaints.cases.usecases.acts.proposing import propose_late
from services.complaints.deadlines.domain.policy import CaseClass
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.usecases.following import lengthens_late
from services.complaints.units import Unit
from shared.security import Principal


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a case is, by kind, stream and class."""

    kind: str
    stream: Stream
    case_class: CaseClass


async def transfer(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    unit_id: str,
    reason: str,
) -> Case:
    """Hand a case to another unit of its agency: nobody handles it until that unit names somebody.

    The time to answer goes on; the first act of the unit that receives it has a time of its own. When most of
    a deadline's time is over, and the other unit's calendar would give it more, this is only proposed, and
    nothing moves until somebody else confirms it (complaints.md section 2.3). Raises `FieldRefusedError` for
    a unit that is not of this agency, and `NothingChangesError`.
    """
    opened = await open_case(session, engine, "transfer", case_id, officer=actor, expected=expected)
    unit = await _other_unit(opened, unit_id)
    matter = replace(matter_of(opened.case), unit_id=unit_id)
    going_on = engine.left_by(opened.running, "transfer")
    if not await lengthens_late(session, engine, matter, going_on, opened.now, is_sorted_anew=False):
        return await _transferred(opened, actor, unit, reason)
    content = {"unit_id": unit_id, "reason": reason}
    return await propose_late(opened, actor, "transfer", content, "propose_transfer")


async def confirm_transfer(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    unit_id: str,
) -> Case:
    """Confirm that a case goes to the unit which somebody else proposed.

    Raises `ProposalChangedError` when the proposal names another one (by now).
    """
    opened = await open_case(session, engine, "confirm_transfer", case_id, officer=actor, expected=expected)
    require_confirmer(opened.case, "transfer", actor.subject, await opened.beside_proposer(actor))
    proposed = await proposals.decide(session, opened.case, actor.subject, opened.now, is_confirmed=True)
    if proposed["unit_id"] != unit_id:
        raise ProposalChangedError("Usulan sudah berubah. Baca kembali sebelum menyetujui.")
    unit = await _other_unit(opened, unit_id)
    return await _transferred(opened, actor, unit, str(proposed["reason"]))


async def _other_unit(opened: Opened, unit_id: str) -> Unit:
    case = opened.case
    unit = await units.get(opened.session, unit_id)
    if unit is None or unit.agency_id != case.agency_id or not unit.is_active:
        raise FieldRefusedError("unit_id", "unknown_unit", "Unit tidak dikenal di instansi ini.")
    if unit_id == case.unit_id:
        raise NothingChangesError("Pengaduan ini sudah berada di unit itu.")
    return unit


async def _transferred(opened: Opened, actor: Principal, unit: Unit, reason: str) -> Case:
    year = opened.engine.calendar(unit.zone).local_date(opened.case.received_at).year
    return await opened.perform(
        actor,
        note=reason,
        unit_id=unit.unit_id,
        handler=None,
        period_year=year,
        state_before=opened.act.return_to or opened.case.state_before,
    )


async def reclassify(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    sorted_as: Sorted,
    reason: str,
) -> Case:
    """Handle a verified case as another kind, stream or class; its time to answer follows from its start.

    When most of a deadline's time is over, one that would lengthen it is only proposed, and nothing moves
    until somebody else confirms it. Raises `FieldRefusedError` for a kind that knows no such state, and
    `NothingChangesError`.
    """
    opened = await open_case(session, engine, "reclassify", case_id, officer=actor, expected=expected)
    case = _sorted(opened, sorted_as)
    if not await lengthens_late(
        session, engine, matter_of(case), opened.running, opened.now, is_sorted_anew=True
    ):
        return await _reclassified(opened, actor, sorted_as, reason)
    content = _content(sorted_as, reason)
    return await propose_late(opened, actor, "reclassify", content, "propose_reclassification")


async def confirm_reclassification(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    sorted_as: Sorted,
) -> Case:
    """Confirm what somebody else proposed to handle a case as.

    Raises `ProposalChangedError` when the proposal says something else (by now).
    """
    opened = await open_case(
        session, engine, "confirm_reclassification", case_id, officer=actor, expected=expected
    )
    require_confirmer(opened.case, "reclassify", actor.subject, await opened.beside_proposer(actor))
    proposed = await proposals.decide(session, opened.case, actor.subject, opened.now, is_confirmed=True)
    reason = str(proposed["reason"])
    if proposed != _content(sorted_as, reason):
        raise ProposalChangedError("Usulan sudah berubah. Baca kembali sebelum menyetujui.")
    return await _reclassified(opened, actor, sorted_as, reason)


def _sorted(opened: Opened, sorted_as: Sorted) -> Case:
    case = opened.case
    if (sorted_as.kind, sorted_as.stream, sorted_as.case_class) == (case.kind, case.stream, case.case_class):
        raise NothingChangesError("Pengaduan ini sudah digolongkan demikian.")
    own, table = tables()[case.kind], tables().get(sorted_as.kind)
    if table is None or sorted_as.kind not in own.becomes | {case.kind}:
        raise FieldRefusedError("kind", "unknown_kind", "Perkara ini tidak dapat menjadi jenis itu.")
    if case.state not in table.states:
        raise IllegalActError(
            "Jenis itu tidak mengenal status perkara ini; selesaikan dahulu pemeriksaannya.",
            state=case.state.value,
            act="reclassify",
        )
    return replace(case, kind=sorted_as.kind, stream=sorted_as.stream, case_class=sorted_as.case_class)


async def _reclassified(opened: Opened, actor: Principal, sorted_as: Sorted, reason: str) -> Case:
    _sorted(opened, sorted_as)
    return await opened.perform(
        actor,
        note=reason,
        kind=sorted_as.kind,
        stream=sorted_as.stream,
        case_class=sorted_as.case_class,
    )


def _content(sorted_as: Sorted, reason: str) -> dict[str, Any]:
    return {
        "kind": sorted_as.kind,
        "stream": sorted_as.stream,
        "case_class": sorted_as.case_class,
        "reason": reason,
    }
