"""Facts of cases as contracts; texts, names, handlers and receipts stay behind."""

from collections.abc import Mapping

from services.complaints.cases.domain.case import Case
from services.complaints.units import key_of
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
)

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


def case_fact(case: Case, past: str) -> CaseFact:
    """Return the case after the act named in the past tense."""
    return _CASE[past](
        unit_id=key_of(case.unit_id),
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
