"""Reading the official LKE workbook (layout 2021): bytes in, answers and findings out, nothing written."""

from services.planning.workbook.comparison import Comparison
from services.planning.workbook.findings import Finding, Severity
from services.planning.workbook.limits import Limits
from services.planning.workbook.reading import WorkbookReading, read_workbook

__all__ = ["Comparison", "Finding", "Limits", "Severity", "WorkbookReading", "read_workbook"]
