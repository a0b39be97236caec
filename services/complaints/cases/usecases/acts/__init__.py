"""The acts on a case: each moves it by the table, stops and starts its deadlines, and tells it."""

from services.complaints.cases.usecases.acts.by_officers import (
    answer_in_person,
    approve,
    confirm_completion,
    dispose,
    follow_up,
    proceed,
    reassign,
    request_completion,
    respond,
    verify,
)
from services.complaints.cases.usecases.acts.by_reporter import accept, complete, object_to_answer, withdraw
from services.complaints.cases.usecases.acts.courts import (
    begin_inspection,
    correct_review,
    decide_review,
    report_inspection,
)
from services.complaints.cases.usecases.acts.dismissing import (
    confirm_dismissal,
    propose_dismissal,
    refuse_dismissal,
)
from services.complaints.cases.usecases.acts.extending import confirm_extension, extend
from services.complaints.cases.usecases.acts.inspecting import order_inspection
from services.complaints.cases.usecases.acts.redirecting import (
    Sorted,
    confirm_reclassification,
    confirm_transfer,
    reclassify,
    transfer,
)
from services.complaints.cases.usecases.acts.reviewing import (
    appeal,
    reject_appeal,
    reopen,
    reopen_on_evidence,
    uphold_appeal,
)

__all__ = [
    "Sorted",
    "accept",
    "answer_in_person",
    "appeal",
    "approve",
    "begin_inspection",
    "complete",
    "confirm_completion",
    "confirm_dismissal",
    "confirm_extension",
    "confirm_reclassification",
    "confirm_transfer",
    "correct_review",
    "decide_review",
    "dispose",
    "extend",
    "follow_up",
    "object_to_answer",
    "order_inspection",
    "proceed",
    "propose_dismissal",
    "reassign",
    "reclassify",
    "refuse_dismissal",
    "reject_appeal",
    "reopen",
    "reopen_on_evidence",
    "report_inspection",
    "request_completion",
    "respond",
    "transfer",
    "uphold_appeal",
    "verify",
    "withdraw",
]
