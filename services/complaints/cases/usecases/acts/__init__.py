"""The acts on a case: each moves it by the table, stops and starts its deadlines, and tells it."""

from services.complaints.cases.usecases.acts.by_officers import (
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

__all__ = [
    "accept",
    "approve",
    "complete",
    "confirm_completion",
    "dispose",
    "follow_up",
    "object_to_answer",
    "proceed",
    "reassign",
    "request_completion",
    "respond",
    "verify",
    "withdraw",
]
