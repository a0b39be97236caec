"""Public pages: report something, and follow it by receipt. No log-in, no script."""

from services.complaints.intake.pages import messages, own_case, proof, receipt, report, tracking
from services.complaints.intake.pages.messages import let_bring

__all__ = ["ROUTERS", "let_bring"]
ROUTERS = (report.router, receipt.router, tracking.router, own_case.router, messages.router, proof.router)
