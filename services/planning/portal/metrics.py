"""Prometheus objects of PortalRB."""

from shared.observability.metrics import gauge

PENDING_UNITS = gauge(
    "zi_planning_portal_pending_units", "Units of present packages whose review in PortalRB is pending"
)
CLOSING_UNITS = gauge(
    "zi_planning_portal_closing_units",
    "Units pending or incomplete in packages whose last day of proposals is at most 3 days away",
)
LAST_PULL = gauge(
    "zi_planning_portal_last_pull_timestamp_seconds",
    "When PortalRB last pulled anything with success, Unix time; 0 before the first pull",
)
