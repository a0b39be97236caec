"""Prometheus objects of deadlines; what the database knows is read from it, breaches from the ledger."""

from services.complaints.deadlines.domain.clock_trust import HOLDS
from services.complaints.deadlines.readings import Age, Reading
from shared.observability.metrics import gauge, histogram

BREACHES = Reading(
    "zi_complaints_breaches_total",
    "Clocks that ran out, by kind of case or other matter and rule; read from the ledger, aggregate with max",
    ("kind", "rule"),
    kind="counter",
)
CASES_OVERDUE = Reading(
    "zi_complaints_cases_overdue",
    "Open cases and other matters with a breached clock of an officer",
    ("kind",),
)
OLDEST_OVERDUE = Reading(
    "zi_complaints_oldest_overdue_seconds",
    "How long the officer's clock that ran out first and still runs has been over; 0 when none is",
)
OLDEST_DUE = Reading(
    "zi_complaints_oldest_due_unfired_seconds", "Age of the oldest rung that is due and has not fired"
)
FIRE_LAG = histogram(
    "zi_complaints_deadline_fire_lag_seconds",
    "Seconds from due time, or from arming after it, to the breach's event; without backdated clocks",
    buckets=(0.1, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 600.0),
)
ENGINE_HELD = gauge(
    "zi_complaints_engine_held",
    "1 while this process neither fires nor lets anybody act, as it mistrusts a clock, by reason",
    {"reason": HOLDS},
)
CANARY_AGE = Age(
    "zi_complaints_canary_age_seconds",
    "Seconds since this replica's canary clock last fired; no series where no poller runs",
)
CLOCKS_PUT_ASIDE = gauge(
    "zi_complaints_clocks_put_aside", "Due clocks that this replica cannot fire, to be tried again"
)
WORK_PUT_ASIDE = Reading(
    "zi_complaints_work_put_aside", "What the engine owes cases and failed to do, to be tried again"
)
DUE_MISMATCHES = Reading(
    "zi_complaints_due_audit_mismatches",
    "Running clocks whose due time the last complete audit computed otherwise; must be 0",
)
DUE_AUDITED = Reading(
    "zi_complaints_due_audit_completed_timestamp_seconds",
    "Unix time at which the last complete audit of due times ended; no series before the first",
)
CALENDAR_CONFIRMED = Reading(
    "zi_complaints_calendar_confirmed_days", "Days until the last year with a holiday decree ends"
)
PROVISIONAL = Reading(
    "zi_complaints_provisional_clocks", "Running clocks that reach into a year without a confirmed calendar"
)
