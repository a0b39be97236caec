"""Prometheus objects of the register."""

from shared.observability.metrics import counter

UNITS_IMPORTED = counter(
    "zi_planning_units_imported_total",
    "Units of files that were taken over, by what happened to them",
    {"outcome": ("new", "changed", "unchanged")},
)
