"""Pages of officers: the desk, ordered by the time left, and a case with its clocks explained. They read."""

from services.complaints.cases.pages import case, desk

ROUTERS = (desk.router, case.router)
