"""The acts on a case: each moves it by the table, stops and starts its deadlines, and tells it.

Locks are taken in one order, the case before its deadlines, and what a deadline owes is fired before the act
counts: who holds the lock first decides between act and breach (complaints.md section 7.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import events, metrics, units
from services.complaints.cases.domain import (
    ACTS,
    FINAL,
    ActName,
    Answer,
    Case,
    ClosedBy,
    CompletionTimeLeftError,
    ProposalChangedError,
    State,
    Stream,
    require_answer,
    require_approver,
    require_confirmer,
    require_evidence,
    require_handler,
    require_newest_question,
    require_newest_read,
    require_other_handler,
)
from services.complaints.cases.store import cases
from services.complaints.cases.store.cases import Done
from services.complaints.cases.usecases.officers import require_known_handler
from services.complaints.deadlines.domain.schedule import Deadline
from services.complaints.deadlines.store import deadlines
from services.complaints.deadlines.usecases.engine import Desk, with_act
from services.complaints.deadlines.usecases.firing import fire_case
from services.complaints.intake.domain import IntakeRefusedError
from services.complaints.units import Unit
from shared import audit, outbox
from shared.contracts.base import EventData
from shared.db import on_commit
from shared.kernel import NotFoundError, StaleVersionError
from shared.security import Principal, Scope

REPORTER = "reporter"
ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class Opened:
    """A locked case with its running deadlines and the instant that counts for the act."""

    case: Case
    running: Sequence[Deadline]
    now: datetime

    @property
    def reporters_time_until(self) -> datetime:
        """The end of the reporter's time to complete, or now where it has not come yet."""
        return min([self.now, *(deadline.due_at for deadline in self.running if deadline.rule_id == "D2")])

    @property
    def question(self) -> int:
        """The number of the request for facts that waits for the reporter; 0 when none does."""
        return max((deadline.cycle for deadline in self.running if deadline.rule_id == "D2"), default=0)


async def verify(
    session: AsyncSession,
    desk: Desk,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    stream: Stream,
    case_class: str,
    unit_id: str,
    note: str | None,
) -> Case:
    """Settle stream, class and unit of a received case.

    The unit that it was reported about may be named whatever became of it since, and any unit of an agency
    that has no active one left: no case waits for ever. Raises `IntakeRefusedError` for another one.
    """
    opened = await _open(session, desk, actor.scope, case_id, expected, "verify")
    unit = await units.get(session, unit_id)
    if unit is None or not await _may_be_settled_on(session, opened.case, unit):
        raise IntakeRefusedError("unit_id", "unknown_unit", "Unit tidak dikenal di instansi ini.")
    changes = {
        "stream": stream,
        "case_class": case_class,
        "unit_id": unit_id,
        "period_year": desk.calendar(unit.zone).local_date(opened.case.received_at).year,
    }
    return await _perform(
        session, desk, opened, actor, "verify", changes, Done("verify", "", opened.now, note)
    )


async def _may_be_settled_on(session: AsyncSession, case: Case, unit: Unit) -> bool:
    if unit.unit_id == case.unit_id:
        return True
    is_there = unit.is_active or not await units.has_agency(session, case.agency_id)
    return is_there and unit.agency_id == case.agency_id


async def dispose(
    session: AsyncSession,
    desk: Desk,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    handler: str,
    note: str | None,
) -> Case:
    """Name the officer of the case's unit who handles it (disposisi).

    Raises `HandlerUnknownError` for somebody who is not known to handle cases there.
    """
    opened = await _open(session, desk, actor.scope, case_id, expected, "dispose")
    await require_known_handler(session, opened.case, handler)
    done = Done("dispose", "", opened.now, note)
    return await _perform(session, desk, opened, actor, "dispose", {"handler": handler}, done)


async def reassign(
    session: AsyncSession,
    desk: Desk,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    handler: str,
    note: str | None,
) -> Case:
    """Give a case to another officer of its unit; its deadlines go on.

    Raises `SameHandlerError`, and `HandlerUnknownError` as `dispose` does.
    """
    opened = await _open(session, desk, actor.scope, case_id, expected, "reassign")
    require_other_handler(opened.case, handler)
    await require_known_handler(session, opened.case, handler)
    done = Done("reassign", "", opened.now, note)
    return await _perform(session, desk, opened, actor, "reassign", {"handler": handler}, done)


async def follow_up(
    session: AsyncSession,
    desk: Desk,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    note: str,
    evidence: tuple[str, ...],
    no_evidence_reason: str | None,
) -> Case:
    """Note a substantive act of the handler (tindak lanjut)."""
    opened = await _open(session, desk, actor.scope, case_id, expected, "follow_up")
    require_handler(opened.case, actor.subject)
    require_evidence(evidence, no_evidence_reason)
    done = Done("follow_up", "", opened.now, note, evidence, no_evidence_reason)
    changes = {"first_follow_up_at": opened.case.first_follow_up_at or opened.now}
    return await _perform(session, desk, opened, actor, "follow_up", changes, done)


async def request_completion(
    session: AsyncSession, desk: Desk, actor: Principal, case_id: UUID, expected: int, *, missing: str
) -> Case:
    """Ask the reporter for missing facts; the officers' deadlines stand still meanwhile.

    The handler asks once the case is theirs. When most of a deadline's time is over, the request is only
    proposed, and nothing moves until somebody else confirms it (complaints.md section 2.3).
    Raises `PauseCapError` when the deadlines stood still long enough.
    """
    opened = await _open(session, desk, actor.scope, case_id, expected, "request_completion")
    if opened.case.handler is not None:
        require_handler(opened.case, actor.subject)
    length = await desk.request_days(session, opened.case, opened.now)
    pauses = ACTS["request_completion"].pauses
    if not await desk.is_late_pause(session, opened.running, pauses, opened.now):
        return await _ask(session, desk, opened, actor, missing, length)
    await cases.propose_completion(session, opened.case, missing, actor.subject, opened.now)
    await _audit(session, actor, "propose_completion", opened.case, {}, ())
    return replace(opened.case, proposed_by=actor.subject)


async def confirm_completion(
    session: AsyncSession, desk: Desk, actor: Principal, case_id: UUID, expected: int, *, missing: str
) -> Case:
    """Confirm a proposed request for missing facts: it is asked, and the deadlines stand still from now on.

    Raises `ProposalChangedError` when the proposal does not say `missing` (any more).
    """
    opened = await _open(session, desk, actor.scope, case_id, expected, "request_completion")
    require_confirmer(opened.case, actor.subject)
    length = await desk.request_days(session, opened.case, opened.now)
    if not await cases.confirm_completion(session, opened.case, missing, actor.subject, opened.now):
        raise ProposalChangedError("Usulan sudah berubah. Baca kembali sebelum menyetujui.")
    return await _ask(session, desk, opened, actor, missing, length)


async def _ask(
    session: AsyncSession, desk: Desk, opened: Opened, actor: Principal, missing: str, length: int
) -> Case:
    done = Done("request_completion", "", opened.now, missing, is_public=True)
    changes = {"state_before": opened.case.state}
    return await _perform(session, desk, opened, actor, "request_completion", changes, done, length=length)


async def complete(
    session: AsyncSession,
    desk: Desk,
    actor: Principal,
    case_id: UUID,
    expected: int | None,
    *,
    note: str,
    is_reporter: bool,
    read: int | None = None,
) -> Case:
    """Take the missing facts, from the reporter or on paper; the deadlines run again.

    `read` is the number of the request that was there to read, None where nobody says; raises
    `ProposalChangedError` when another came since.

    Before verification the file counts as complete from now on, so that the answer's deadline starts here.
    When the time to complete ran out before, the deadlines run again as of then: nobody gains by an outage.
    """
    scope = None if is_reporter else actor.scope
    opened = await _open(session, desk, scope, case_id, expected, "complete")
    require_newest_question(opened.question, read)
    is_before_verification = opened.case.state_before is State.DITERIMA
    changes: dict[str, Any] = {"state_before": None}
    if is_before_verification:
        changes["file_complete_at"] = opened.now
    done = Done("complete", REPORTER if is_reporter else "", opened.now, note, is_public=True)
    return await _perform(session, desk, opened, actor, "complete", changes, done)


async def proceed(
    session: AsyncSession, desk: Desk, actor: Principal, case_id: UUID, expected: int, *, reason: str
) -> Case:
    """Go on with what is there after the reporter let the time to complete pass.

    The paused deadlines run again as of the end of that time, as when the reporter's facts come after it.
    Before verification the file counts as complete from that end on, for D5 and for D6C: both start with a
    complete file (complaints.md section 5 (a)), and no officer answers for the days that were the reporter's.
    Raises `CompletionTimeLeftError`.
    """
    opened = await _open(session, desk, actor.scope, case_id, expected, "proceed")
    for deadline in opened.running:
        if deadline.rule_id == "D2" and deadline.breached_at is None:
            raise CompletionTimeLeftError(
                "Pelapor masih dapat melengkapi pengaduan. Lanjutkan setelah batas waktunya lewat.",
                due_at=deadline.due_at.isoformat(),
            )
    changes: dict[str, Any] = {"state_before": None}
    if opened.case.state_before is State.DITERIMA:
        changes["file_complete_at"] = opened.reporters_time_until
    done = Done("proceed", "", opened.now, reason)
    return await _perform(session, desk, opened, actor, "proceed", changes, done)


async def respond(
    session: AsyncSession, desk: Desk, actor: Principal, case_id: UUID, expected: int, answer: Answer
) -> Case:
    """Draft the answer; it counts when somebody else approves it."""
    opened = await _open(session, desk, actor.scope, case_id, expected, "respond")
    require_handler(opened.case, actor.subject)
    require_answer(opened.case, answer)
    await cases.save_draft(session, opened.case, answer, actor.subject, opened.now)
    done = Done("respond", "", opened.now)
    changes = {"has_draft": True, "drafted_by": actor.subject}
    return await _perform(session, desk, opened, actor, "respond", changes, done)


async def approve(
    session: AsyncSession, desk: Desk, actor: Principal, case_id: UUID, expected: int, *, note: str | None
) -> Case:
    """Approve the drafted answer and deliver it: visible by receipt is delivered."""
    opened = await _open(session, desk, actor.scope, case_id, expected, "approve")
    require_approver(opened.case, actor.subject)
    outcome, is_standard_breach = await cases.approve_draft(session, opened.case, actor.subject, opened.now)
    changes = {
        "outcome": outcome,
        "is_standard_breach": bool(is_standard_breach),
        "first_follow_up_at": opened.case.first_follow_up_at or opened.now,
        "has_draft": False,
        "drafted_by": None,
    }
    done = Done("approve", "", opened.now, note)
    return await _perform(session, desk, opened, actor, "approve", changes, done)


async def accept(
    session: AsyncSession, desk: Desk, actor: Principal, case_id: UUID, *, read: int | None = None
) -> Case:
    """Close an answered case because its reporter accepts the answer, `read` as `object_to_answer` says."""
    opened = await _open(session, desk, None, case_id, None, "close")
    require_newest_read(opened.case, read)
    return await _close(session, desk, opened, actor, "reporter")


async def object_to_answer(
    session: AsyncSession,
    desk: Desk,
    actor: Principal,
    case_id: UUID,
    *,
    reason: str,
    read: int | None = None,
) -> Case:
    """Let the reporter object to the answer (keberatan): a new cycle begins, as if handed out just now.

    No answer is in force until the next one is approved, so what the last one found is taken back. `read` is
    the cycle of the answer that was there to read, None where nobody says; raises `ProposalChangedError` when
    another came since.
    """
    opened = await _open(session, desk, None, case_id, None, "object")
    require_newest_read(opened.case, read)
    changes = {
        "cycle": opened.case.cycle + 1,
        "file_complete_at": opened.now,
        "outcome": None,
        "is_standard_breach": False,
    }
    done = Done("object", REPORTER, opened.now, reason, is_public=True)
    return await _perform(session, desk, opened, actor, "object", changes, done)


async def withdraw(session: AsyncSession, desk: Desk, actor: Principal, case_id: UUID) -> Case:
    """End an open case because its reporter takes it back; nobody waits for anything any more."""
    opened = await _open(session, desk, None, case_id, None, "withdraw")
    changes = {"closed_at": opened.now, "closed_by": "reporter", "state_before": None}
    done = Done("withdraw", REPORTER, opened.now)
    return await _perform(session, desk, opened, actor, "withdraw", changes, done)


async def close_by_silence(session: AsyncSession, desk: Desk, case_id: UUID, deadline_id: UUID) -> bool:
    """Close an answered case whose reporter let the time of this deadline pass.

    False when the reporter was first: the deadline ended, and perhaps another answer waits by now.
    """
    case = await cases.lock(session, case_id, None)
    if case is None or not _runs(await deadlines.lock_running(session, case_id), deadline_id):
        return False
    opened = await _open(session, desk, None, case_id, None, "close")
    await _close(session, desk, opened, None, "silence")
    return True


def _runs(running: Sequence[Deadline], deadline_id: UUID) -> bool:
    return any(deadline.id == deadline_id for deadline in running)


async def resume_after_silence(
    session: AsyncSession, desk: Desk, case_id: UUID, deadline_id: UUID, at: datetime
) -> bool:
    """Let the paused deadlines run again as of `at`, when the reporter's time of this deadline was over.

    False when none is paused any more, or the deadline ended: the reporter was first.
    """
    case = await cases.lock(session, case_id, None)
    running = await deadlines.lock_running(session, case_id)
    if case is None or case.state is not State.MENUNGGU_KELENGKAPAN or not _runs(running, deadline_id):
        return False
    now = await desk.watch.now(session)
    facts = await desk.resume(session, running, at, now, ENGINE)
    event_ids = await outbox.record(session, facts, source=events.SOURCE, at=now)
    await _audit(session, None, "resume_after_silence", case, {}, event_ids)
    return bool(facts)


async def _close(
    session: AsyncSession, desk: Desk, opened: Opened, actor: Principal | None, closed_by: ClosedBy
) -> Case:
    changes = {"closed_at": opened.now, "closed_by": closed_by}
    done = Done("close", REPORTER if closed_by == "reporter" else ENGINE, opened.now)
    return await _perform(session, desk, opened, actor, "close", changes, done)


async def _open(
    session: AsyncSession, desk: Desk, scope: Scope | None, case_id: UUID, expected: int | None, name: ActName
) -> Opened:
    """Lock the case and its deadlines, fire what is due, and refuse an act the case does not allow.

    `expected` None: the caller sees no versions (the reporter, the engine). Raises `NotFoundError`,
    `StaleVersionError`, `IllegalActError`, `ClockHeldError`.
    """
    case = await cases.lock(session, case_id, scope)
    if case is None:
        raise NotFoundError("Pengaduan tidak ditemukan.")
    if expected is not None and case.version != expected:
        raise StaleVersionError("Pengaduan sudah berubah; muat ulang lalu coba lagi.", version=case.version)
    case.target_of(name)
    now = await desk.watch.now(session)
    await fire_case(session, now, case_id)
    return Opened(case, await deadlines.lock_running(session, case_id), now)


async def _perform(
    session: AsyncSession,
    desk: Desk,
    opened: Opened,
    actor: Principal | None,
    name: ActName,
    changes: dict[str, Any],
    done: Done,
    *,
    length: int | None = None,
) -> Case:
    """Move the case, its deadlines and its log, and record one event for the case and one per deadline."""
    act, now = ACTS[name], opened.now
    case = with_act(opened.case, state=opened.case.target_of(name), **changes)
    who = done.actor or (ENGINE if actor is None else actor.subject)
    facts: list[EventData] = [events.case_fact(case, act.past)]
    facts += await desk.meet(session, opened.running, act.meets, now)
    ended = [
        deadline
        for deadline in opened.running
        if deadline.rule_id not in act.meets and (case.state in FINAL or deadline.rule_id in act.cancels)
    ]
    facts += await desk.cancel(session, ended, who, now)
    facts += await desk.pause(session, opened.running, act.pauses, now)
    if act.resumes:
        facts += await desk.resume(session, opened.running, opened.reporters_time_until, now, who)
    for rule in act.arms:
        start = case.file_complete_at if rule in ("D5", "D6C") else now
        facts.append(await desk.arm(session, case, rule, start, now, length=length))
    await cases.update(session, case)
    await cases.log(session, case, replace(done, actor=who))
    event_ids = await outbox.record(session, facts, source=events.SOURCE, at=now)
    await _audit(session, actor, f"{name}_case", case, changes, event_ids)
    if opened.case.first_follow_up_at is None and case.first_follow_up_at is not None:
        seconds = (case.first_follow_up_at - case.received_at).total_seconds()
        on_commit(session, lambda: metrics.FIRST_RESPONSE.observe(seconds))
    if act.arms or act.resumes:
        await fire_case(session, now, case.id)
    return case


async def _audit(
    session: AsyncSession,
    actor: Principal | None,
    operation: str,
    case: Case,
    changes: dict[str, Any],
    event_ids: Sequence[UUID],
) -> None:
    await audit.record(
        session,
        actor=actor,
        operation=operation,
        entity="case",
        entity_id=str(case.id),
        version=case.version,
        changes={"state": case.state, **changes},
        event_ids=event_ids,
    )
