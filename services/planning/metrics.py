"""Every Prometheus object of planning."""

from services.planning.domain.worksheets import Origin
from services.planning.domain.writers import Layer
from shared.observability.metrics import counter, gauge

ACTIVITIES_OVERDUE = gauge(
    "zi_planning_activities_overdue", "Planned activities past their due date in the unit's zone"
)
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
UNITS_IMPORTED = counter(
    "zi_planning_units_imported_total",
    "Units of files that were taken over, by what happened to them",
    {"outcome": ("new", "changed", "unchanged")},
)
FILE_BYTES = counter("zi_planning_file_bytes_total", "Bytes of files taken into the object store")
FILES_CORRUPT = counter(
    "zi_planning_files_corrupt_total", "Stored files found gone or with other bytes than their sha256 says"
)
FILES_SWEPT = counter("zi_planning_files_swept_total", "Files without a metadata row that were deleted")
