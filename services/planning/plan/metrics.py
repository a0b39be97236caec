"""Prometheus objects of the plan."""

from shared.observability.metrics import gauge

ACTIVITIES_OVERDUE = gauge(
    "zi_planning_activities_overdue", "Planned activities past their due date in the unit's zone"
)
