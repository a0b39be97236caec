"""Prometheus objects of cases; all is read from the database."""

from services.complaints.deadlines.readings import Distribution, Reading

DAY = 86_400.0

CASES_OPEN = Reading(
    "zi_complaints_cases_open", "Cases and other matters received and not yet closed", ("kind",)
)
WAITING_FOR_REPORTER = Reading(
    "zi_complaints_cases_waiting_for_reporter",
    "Open cases whose next step is the reporter's, by what it is: to complete the facts, or to react to the "
    "answer",
    ("kind", "state"),
)
CLOCKS_OVERDUE = Reading(
    "zi_complaints_clocks_overdue",
    "Clocks of officers that ran out and still run, by rule and by the state of what they watch; only what "
    "there is has a series",
    ("kind", "rule", "state"),
)
WITHOUT_DEADLINE = Reading(
    "zi_complaints_open_cases_without_clock", "Open cases and other matters that no clock watches; must be 0"
)
WITHOUT_DECREE = Reading(
    "zi_complaints_cases_handled_without_decree",
    "Open cases whose handler no decree in force appoints for their unit and stream; enter a handling unit",
    ("stream",),
)
DECREES_MISSING = Reading(
    "zi_complaints_handling_units_without_decree",
    "Handling units in force that were carried over and whose decree nobody has entered yet",
)
CLOSED_BY_SILENCE = Reading(
    "zi_complaints_cases_closed_by_silence_total",
    "Cases that the engine closed as their reporter said nothing; read from the ledger, aggregate with max",
    ("kind",),
    kind="counter",
)
FIRST_RESPONSE = Distribution(
    "zi_complaints_first_response_seconds",
    "Seconds from receipt to the first substantive act; read from the cases, aggregate with max",
    (DAY / 4, DAY, 2 * DAY, 3 * DAY, 5 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 60 * DAY),
    ("kind",),
)
