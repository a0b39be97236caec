"""Prometheus objects of cases; the counts are read from the database."""

from services.complaints.deadlines.metrics import KINDS
from shared.observability.metrics import gauge, histogram

DAY = 86_400.0

CASES_OPEN = gauge("zi_complaints_cases_open", "Cases received and not yet closed", {"kind": KINDS})
WITHOUT_DEADLINE = gauge(
    "zi_complaints_open_cases_without_clock", "Open cases that no clock watches; must be 0"
)
FIRST_RESPONSE = histogram(
    "zi_complaints_first_response_seconds",
    "Seconds from receipt to the first substantive act",
    buckets=(DAY / 4, DAY, 2 * DAY, 3 * DAY, 5 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 60 * DAY),
)
