"""Prometheus objects of worksheets."""

from services.planning.layers import Layer
from services.planning.worksheets.domain import ExportFormat, Origin
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
TEMPLATE = "template"
EXPORTS = counter(
    "zi_planning_exports_total",
    "Worksheets given as files, by form; template: filled into a workbook that was given",
    {"form": (*ExportFormat, TEMPLATE)},
)
