"""Pages of officers: the desk, ordered by the time left, a case with its clocks explained, and acts on it."""

from services.complaints.cases.pages import acting, bulk, case, desk, overdue, policies

ROUTERS = (desk.router, policies.router, bulk.router, overdue.router, case.router, acting.router)
"""The acts come last: what else stands below a case has an address of its own before theirs."""
