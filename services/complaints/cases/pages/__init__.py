"""Pages of officers: the desk, ordered by the time left, and a case with its clocks explained. They read."""

from services.complaints.cases.pages import case, desk, policies

ROUTERS = (desk.router, policies.router, case.router)
