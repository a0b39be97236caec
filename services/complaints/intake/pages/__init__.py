"""Public pages: report something, and follow it by receipt. No log-in, no script."""

from services.complaints.intake.pages import own_case, receipt, report, tracking

ROUTERS = (report.router, receipt.router, tracking.router, own_case.router)
