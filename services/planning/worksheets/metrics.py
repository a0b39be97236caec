"""Prometheus objects of worksheets."""

from services.planning.layers import Layer
from services.planning.worksheets.domain import Origin
from shared.observability.metrics import counter

ANSWERS = counter(
    "zi_planning_answers_total",
    "Answer facts written, by layer and origin",
    {"layer": tuple(Layer), "origin": tuple(Origin)},
)
IMPORTS = counter(
    "zi_planning_imports_total",
    "Workbooks handed in, by outcome: written, checked (dry run), refused",
    {"outcome": ("written", "checked", "refused")},
)
