"""Prometheus objects of what people are told."""

from services.complaints.deadlines.readings import Reading
from services.complaints.notices.domain import OUTCOMES
from shared.observability.metrics import counter

HANDED_ON = counter(
    "zi_complaints_notices_handed_on_total",
    "Notices of clocks that roles were owed, by what came of them: queued for people, told by the receipt"
    " alone, no news any more, told by a later one, or for nobody",
    {"outcome": OUTCOMES},
)
TO_NOBODY = Reading(
    "zi_complaints_notices_to_nobody",
    "Notices of clocks that wait because nobody who can be told is known in their role or any level above",
    ("role",),
)
