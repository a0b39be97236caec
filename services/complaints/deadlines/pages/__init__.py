"""Pages of the working-day calendar: its years, how a unit counts, and when something is due."""

from services.complaints.deadlines.pages import changes, due, units, years

ROUTERS = (due.router, units.router, years.router, changes.router)
