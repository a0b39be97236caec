"""Acts of officers: they say which version of the case they read, and reach as far as their scope."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.cases.domain.case import Answer, Case, Outcome, Stream
from services.complaints.cases.domain.duties import (
    require_answer,
    require_approver,
    require_confirmer,
    require_evidence,
    require_face_to_face,
    require_handler,
    require_other_handler,
    require_standard,
)
from services.complaints.cases.domain.refusals import (
    CompletionTimeLeftError,
    FieldRefusedError,
    PauseCapError,
    ProposalChangedError,
)
from services.complaints.cases.store import answers, proposals
from services.complaints.cases.store.people import drafted_at
from services.complaints.cases.usecases.acts.moving import Opened, completed, open_case
from services.complaints.cases.usecases.acts.proposing import propose_late
from services.complaints.cases.usecases.officers import name_accused, require_known_handler
from services.complaints.deadlines.store import deadlines
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.units import Unit
from shared.security import Principal


async def verify(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    stream: Stream,
    case_class: str,
    unit_id: str,
    note: str | None,
    accused: Collection[UUID] = (),
) -> Case:
    """Settle stream, class and unit of a received case, and whom it accuses where planning's list has them.

    The unit that it was reported about may be named whatever became of it since, and any unit of an agency
    that has no active one left: no case waits for ever. Raises `FieldRefusedError` for another one, and
    for somebody accused who is not known in the agency.
    """
    opened = await open_case(session, engine, "verify", case_id, officer=actor, expected=expected)
    unit = await units.get(session, unit_id)
    if unit is None or not await _may_be_settled_on(session, opened.case, unit):
        raise FieldRefusedError("unit_id", "unknown_unit", "Unit tidak dikenal di instansi ini.")
    await name_accused(session, actor, opened.case, accused)
    year = engine.calendar(unit.zone).local_date(opened.case.received_at).year
    return await opened.perform(
        actor, note=note, stream=stream, case_class=case_class, unit_id=unit_id, period_year=year
    )


async def _may_be_settled_on(session: AsyncSession, case: Case, unit: Unit) -> bool:
    if unit.unit_id == case.unit_id:
        return True
    is_there = unit.is_active or not await units.has_agency(session, case.agency_id)
    return is_there and unit.agency_id == case.agency_id


async def dispose(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    handler: str,
    note: str | None,
) -> Case:
    """Name the officer of the case's unit who handles it (disposisi).

    Raises `HandlerUnknownError` for somebody who is not known to handle cases there, `HandlerLeftError`,
    `HandlerExcludedError`.
    """
    opened = await open_case(session, engine, "dispose", case_id, officer=actor, expected=expected)
    await require_known_handler(session, opened.case, handler, await opened.people(handler))
    return await opened.perform(actor, note=note, handler=handler)


async def reassign(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    handler: str,
    note: str | None,
) -> Case:
    """Give a case to another officer of its unit; its deadlines go on.

    Raises `SameHandlerError`, and as `dispose` does.
    """
    opened = await open_case(session, engine, "reassign", case_id, officer=actor, expected=expected)
    require_other_handler(opened.case, handler)
    await require_known_handler(session, opened.case, handler, await opened.people(handler))
    return await opened.perform(actor, note=note, handler=handler)


async def follow_up(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    note: str,
    evidence: tuple[str, ...],
    no_evidence_reason: str | None,
) -> Case:
    """Note a substantive act of the handler, or of their substitute (tindak lanjut)."""
    opened = await open_case(session, engine, "follow_up", case_id, officer=actor, expected=expected)
    require_handler(opened.case, actor.subject, await opened.people(opened.case.handler, actor.subject))
    require_evidence(evidence, no_evidence_reason)
    return await opened.perform(
        actor,
        note=note,
        evidence=evidence,
        no_evidence_reason=no_evidence_reason,
        first_follow_up_at=opened.case.first_follow_up_at or opened.now,
    )


async def request_completion(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    missing: str,
) -> Case:
    """Ask the reporter for missing facts; the officers' deadlines stand still meanwhile.

    The handler asks once the case is theirs. When most of a deadline's time is over, the request is only
    proposed, and nothing moves until somebody else confirms it (complaints.md section 2.3).
    Raises `PauseCapError` when the deadlines stood still long enough.
    """
    opened = await open_case(session, engine, "request_completion", case_id, officer=actor, expected=expected)
    if opened.case.handler is not None or not actor.has(*opened.act.by - {"case_handler"}):
        require_handler(opened.case, actor.subject, await opened.people(opened.case.handler, actor.subject))
    most_days = await _days_left(opened)
    if not await engine.is_late_pause(session, opened.running, opened.now):
        return await _ask(opened, actor, missing, most_days)
    return await propose_late(opened, actor, "request_completion", {"missing": missing}, "propose_completion")


async def confirm_completion(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    missing: str,
) -> Case:
    """Confirm a proposed request for missing facts: it is asked, and the deadlines stand still from now on.

    Raises `ProposalChangedError` when the proposal does not say `missing` (any more).
    """
    opened = await open_case(session, engine, "confirm_completion", case_id, officer=actor, expected=expected)
    people = await opened.beside_proposer(actor)
    require_confirmer(opened.case, "request_completion", actor.subject, people)
    most_days = await _days_left(opened)
    proposed = await proposals.decide(session, opened.case, actor.subject, opened.now, is_confirmed=True)
    if proposed != {"missing": missing}:
        raise ProposalChangedError("Usulan sudah berubah. Baca kembali sebelum menyetujui.")
    return await _ask(opened, actor, missing, most_days)


async def _ask(opened: Opened, actor: Principal, missing: str, most_days: int) -> Case:
    return await opened.perform(
        actor, note=missing, is_public=True, most_days=most_days, state_before=opened.case.state
    )


async def _days_left(opened: Opened) -> int:
    """Return how many days a request for completion may run at most: what is left of the cap over all.

    Raises `PauseCapError` when none are left.
    """
    left, cap = (
        await days_to_ask(opened.session, opened.engine, opened.case),
        opened.engine.policies.pause_cap_days,
    )
    if left <= 0:
        raise PauseCapError(
            f"Jangka waktu pengaduan ini sudah dihentikan {cap - left} hari; batasnya {cap} hari."
        )
    return left


async def days_to_ask(session: AsyncSession, engine: DeadlineEngine, case: Case) -> int:
    """Return how many days requests for facts may still run; none or less once the cap is reached."""
    policies = engine.policies
    calendar = await engine.calendar_of(session, case.unit_id)
    stretches = await deadlines.stretches(session, case.id, policies.requests)
    days = (calendar.local_date(one.end) - calendar.local_date(one.start) for one in stretches)
    return policies.pause_cap_days - sum(days, timedelta()).days


async def proceed(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    reason: str,
) -> Case:
    """Go on with what is there after the reporter let the time to complete pass.

    The paused deadlines run again as of the end of that time, as when the reporter's facts come after it.
    Before verification the file counts as complete from that end on: the deadlines that start with a complete
    file (complaints.md section 5 (a)) make no officer answer for the days that were the reporter's.
    Raises `CompletionTimeLeftError`.
    """
    opened = await open_case(session, engine, "proceed", case_id, officer=actor, expected=expected)
    for request in opened.requests:
        if request.breached_at is None:
            raise CompletionTimeLeftError(
                "Pelapor masih dapat melengkapi pengaduan. Lanjutkan setelah batas waktunya lewat.",
                due_at=request.due_at.isoformat(),
            )
    return await opened.perform(actor, note=reason, **completed(opened, opened.reporters_time_until))


async def respond(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    answer: Answer,
) -> Case:
    """Draft the answer; it counts when somebody else approves it."""
    opened = await open_case(session, engine, "respond", case_id, officer=actor, expected=expected)
    if "case_handler" in opened.act.by:
        require_handler(opened.case, actor.subject, await opened.people(opened.case.handler, actor.subject))
    require_answer(opened.case, answer)
    await answers.save_draft(session, opened.case, answer, actor.subject, opened.now)
    return await opened.perform(actor, has_draft=True, drafted_by=actor.subject)


async def approve(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    note: str | None,
) -> Case:
    """Approve the drafted answer and deliver it: visible by receipt is delivered."""
    opened = await open_case(session, engine, "approve", case_id, officer=actor, expected=expected)
    since = await drafted_at(session, opened.case)
    people = await opened.people(opened.case.drafted_by, actor.subject, since=since)
    require_approver(opened.case, actor.subject, people)
    outcome, is_standard_breach = await answers.approve_draft(session, opened.case, actor.subject, opened.now)
    require_standard(opened.case, is_standard_breach)
    return await opened.perform(
        actor,
        note=note,
        outcome=outcome,
        is_standard_breach=bool(is_standard_breach),
        first_follow_up_at=opened.case.first_follow_up_at or opened.now,
        has_draft=False,
        drafted_by=None,
        state_before=None,
    )


async def answer_in_person(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    text: str,
) -> Case:
    """Note what was answered face to face: whoever asked has heard it, so the case ends."""
    opened = await open_case(session, engine, "answer_in_person", case_id, officer=actor, expected=expected)
    require_face_to_face(opened.case)
    return await opened.perform(
        actor,
        note=text,
        is_public=True,
        outcome=Outcome.INFORMASI_DIBERIKAN,
        first_follow_up_at=opened.now,
        closed_at=opened.now,
        closed_by="officer",
    )
