"""Facts of cases as contracts; texts, names, handlers and receipts stay behind."""

from collections.abc import Mapping

from services.complaints.cases.domain.case import Case
from services.complaints.units import key_of
from shared.contracts.complaints import (
    CaseAppealDecided,
    CaseAppealed,
    CaseClosed,
    CaseCompleted,
    CaseCompletionRequested,
    CaseDismissalProposed,
    CaseDismissalRefused,
    CaseDismissed,
    CaseDisposed,
    CaseDrafted,
    CaseExtended,
    CaseFact,
    CaseFindingsDrafted,
    CaseFollowedUp,
    CaseHandedOver,
    CaseInspectionOrdered,
    CaseObjected,
    CaseProceeded,
    CaseReassigned,
    CaseReceived,
    CaseReclassified,
    CaseReopened,
    CaseResponded,
    CaseTransferred,
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
    "handed_over": CaseHandedOver,
    "transferred": CaseTransferred,
    "reclassified": CaseReclassified,
    "inspection_ordered": CaseInspectionOrdered,
    "findings_drafted": CaseFindingsDrafted,
    "extended": CaseExtended,
    "reopened": CaseReopened,
    "dismissal_proposed": CaseDismissalProposed,
    "dismissal_refused": CaseDismissalRefused,
    "dismissed": CaseDismissed,
    "appealed": CaseAppealed,
    "appeal_decided": CaseAppealDecided,
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
        parent_id=None if case.parent_id is None else str(case.parent_id),
    )
