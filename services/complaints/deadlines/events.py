"""Facts of deadlines as contracts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.complaints.deadlines.data import shipped_policies
from services.complaints.deadlines.domain.calendars import Target, Version
from services.complaints.deadlines.domain.schedule import ENDED_EARLY, Deadline, Fact
from services.complaints.deadlines.store.firing import Claimed, Fired
from services.complaints.deadlines.store.present import Told
from services.complaints.deadlines.store.told import CalendarPast, CalendarTold
from shared.contracts.complaints import (
    CalendarChanged,
    CalendarConfirmed,
    CalendarDay,
    CalendarFact,
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
from shared.kernel import UNASSIGNED_UNIT, Zone

SOURCE = source_of("complaints")

_FIRED: Mapping[Fact, type[DeadlineFact]] = {
    "reminded": DeadlineReminded,
    "overdue": DeadlineOverdue,
    "escalated": DeadlineEscalated,
}
_CALENDAR: Mapping[CalendarPast, type[CalendarFact]] = {
    "confirmed": CalendarConfirmed,
    "changed": CalendarChanged,
}


def armed(deadline: Deadline) -> DeadlineFact:
    return _deadline(DeadlineArmed, deadline)


def met(deadline: Deadline) -> DeadlineFact:
    return _deadline(DeadlineMet, deadline)


def cancelled(deadline: Deadline) -> DeadlineFact:
    return _deadline(DeadlineCancelled, deadline)


def paused(deadline: Deadline) -> DeadlineFact:
    return _deadline(DeadlinePaused, deadline)


def resumed(deadline: Deadline, old_due_at: datetime) -> DeadlineFact:
    return _deadline(DeadlineResumed, deadline, old_due_at)


def rescheduled(deadline: Deadline, old_due_at: datetime) -> DeadlineFact:
    return _deadline(DeadlineRescheduled, deadline, old_due_at)


def calendar(told: CalendarTold, target: Target, one: Version) -> CalendarFact:
    """Return the event of a version of days off that counts from now on."""
    return _CALENDAR[told.fact](
        unit_id=target.name if target.reach == "unit" else UNASSIGNED_UNIT,
        version=told.version,
        calendar_id=target.id,
        reach=target.reach,
        zone=Zone(target.name).value if target.reach == "zone" else None,
        year=target.year,
        calendar_version=one.version,
        days_off=tuple(CalendarDay(day=off.day.isoformat(), kind=off.kind) for off in one.days),
    )


def fired(one: Fired, version: int, detected_at: datetime) -> DeadlineFact:
    """Return the event of a rung; `detected_at` is when a poller saw it, the breach is at `due_at`."""
    return _fact(_FIRED[one.fact], one.deadline, version, rung=one.rung, detected_at=detected_at)


def as_told(told: Told) -> DeadlineFact:
    """Return a deadline's last event again."""
    deadline, rung, move = told.deadline, told.rung, told.move
    if deadline.status in ENDED_EARLY:
        return cancelled(deadline)
    if rung is not None:
        contract, version = _FIRED[rung.fact], deadline.version
        return _fact(contract, deadline, version, rung=rung.code, detected_at=rung.detected_at)
    if move is not None:
        return (resumed if move.reason == "resumed" else rescheduled)(deadline, move.old_due_at)
    if deadline.met_at is not None:
        return met(deadline)
    return paused(deadline) if deadline.status == "paused" else armed(deadline)


def _deadline(
    contract: type[DeadlineFact], deadline: Deadline, old_due_at: datetime | None = None
) -> DeadlineFact:
    return _fact(contract, deadline, deadline.version, old_due_at=old_due_at)


def _fact(
    contract: type[DeadlineFact], deadline: Deadline | Claimed, version: int, **told: Any
) -> DeadlineFact:
    return contract(
        unit_id=deadline.unit_key,
        version=version,
        deadline_id=str(deadline.id),
        case_id=str(deadline.case_ref),
        kind=deadline.kind,
        rule_id=deadline.rule_id,
        policy_version=deadline.policy,
        calendar_version=deadline.calendar_version,
        cycle=deadline.cycle,
        due_at=deadline.due_at,
        is_provisional=deadline.is_provisional,
        holder=shipped_policies().holder_of(deadline.rule_id, deadline.policy),
        **told,
    )
