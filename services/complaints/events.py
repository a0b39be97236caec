"""Facts of cases and clocks as contracts; texts, names, handlers and receipts stay behind."""

from collections.abc import Mapping
from datetime import datetime

from services.complaints.cases.domain import Case
from services.complaints.deadlines.domain.schedule import Clock, Fact
from services.complaints.deadlines.store.firing import Fired
from services.complaints.deadlines.store.present import Told
from shared.contracts.complaints import (
    CaseClosed,
    CaseCompleted,
    CaseCompletionRequested,
    CaseDisposed,
    CaseDrafted,
    CaseFact,
    CaseFollowedUp,
    CaseObjected,
    CaseProceeded,
    CaseReassigned,
    CaseReceived,
    CaseResponded,
    CaseVerified,
    CaseWithdrawn,
    DeadlineArmed,
    DeadlineCancelled,
    DeadlineEscalated,
    DeadlineFact,
    DeadlineMet,
    DeadlineOverdue,
    DeadlinePaused,
    DeadlineReminded,
    DeadlineRescheduled,
    DeadlineResumed,
)
from shared.contracts.envelope import source_of
from shared.kernel import UNASSIGNED_UNIT

SOURCE = source_of("complaints")

_CASE: Mapping[str, type[CaseFact]] = {
    "received": CaseReceived,
    "completion_requested": CaseCompletionRequested,
    "completed": CaseCompleted,
    "verified": CaseVerified,
    "disposed": CaseDisposed,
    "followed_up": CaseFollowedUp,
    "drafted": CaseDrafted,
    "responded": CaseResponded,
    "closed": CaseClosed,
    "proceeded": CaseProceeded,
    "reassigned": CaseReassigned,
    "objected": CaseObjected,
    "withdrawn": CaseWithdrawn,
}
_FIRED: Mapping[Fact, type[DeadlineFact]] = {
    "reminded": DeadlineReminded,
    "overdue": DeadlineOverdue,
    "escalated": DeadlineEscalated,
}


def unit_key(case: Case) -> str:
    """Return the record key of everything about the case."""
    return case.unit_id or UNASSIGNED_UNIT


def case_fact(case: Case, past: str) -> CaseFact:
    """Return the case after the act named in the past tense."""
    return _CASE[past](
        unit_id=unit_key(case),
        version=case.version,
        case_id=str(case.id),
        kind=case.kind,
        stream=case.stream,
        case_class=case.case_class,
        channel_kind=case.channel_kind,
        state=case.state.value,
        cycle=case.cycle,
        counts_as=case.counts_as,
        period_year=case.period_year,
        received_at=case.received_at,
        first_follow_up_at=case.first_follow_up_at,
        closed_at=case.closed_at,
        closed_by=case.closed_by,
        outcome=case.outcome.value if case.outcome else None,
        is_standard_breach=case.is_standard_breach,
        is_backdated=case.is_backdated,
    )


def armed(clock: Clock) -> DeadlineFact:
    return _clock(DeadlineArmed, clock)


def met(clock: Clock) -> DeadlineFact:
    return _clock(DeadlineMet, clock)


def cancelled(clock: Clock) -> DeadlineFact:
    return _clock(DeadlineCancelled, clock)


def paused(clock: Clock) -> DeadlineFact:
    return _clock(DeadlinePaused, clock)


def resumed(clock: Clock, old_due_at: datetime) -> DeadlineFact:
    return _clock(DeadlineResumed, clock, old_due_at)


def rescheduled(clock: Clock, old_due_at: datetime) -> DeadlineFact:
    return _clock(DeadlineRescheduled, clock, old_due_at)


def fired(one: Fired, version: int, detected_at: datetime) -> DeadlineFact:
    """Return the event of a rung; `detected_at` is when a poller saw it, the breach is at `due_at`."""
    clock = one.clock
    return _FIRED[one.fact](
        unit_id=clock.unit_key,
        version=version,
        deadline_id=str(clock.id),
        case_id=str(clock.case_ref),
        rule_id=clock.rule_id,
        policy_version=clock.policy,
        calendar_version=clock.calendar_version,
        cycle=clock.cycle,
        rung=one.rung,
        due_at=clock.due_at,
        detected_at=detected_at,
        is_provisional=clock.is_provisional,
    )


def as_told(told: Told) -> DeadlineFact:
    """Return a clock's last event again."""
    clock, rung, move = told.clock, told.rung, told.move
    if clock.status == "cancelled":
        return cancelled(clock)
    if rung is not None:
        fired_fact = _clock(_FIRED[rung.fact], clock)
        return fired_fact.model_copy(update={"rung": rung.code, "detected_at": rung.detected_at})
    if move is not None:
        return (resumed if move.reason == "resumed" else rescheduled)(clock, move.old_due_at)
    if clock.met_at is not None:
        return met(clock)
    return paused(clock) if clock.status == "paused" else armed(clock)


def _clock(contract: type[DeadlineFact], clock: Clock, old_due_at: datetime | None = None) -> DeadlineFact:
    return contract(
        unit_id=clock.unit_key,
        version=clock.version,
        deadline_id=str(clock.id),
        case_id=str(clock.case_ref),
        rule_id=clock.rule_id,
        policy_version=clock.policy,
        calendar_version=clock.calendar_version,
        cycle=clock.cycle,
        due_at=clock.due_at,
        old_due_at=old_due_at,
        is_provisional=clock.is_provisional,
    )
