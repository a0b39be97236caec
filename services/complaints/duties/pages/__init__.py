"""Pages of duties: of officers, what burns first, and of whoever holds a receipt, their data."""

from services.complaints.duties.pages import acts, entering, overview, own

ROUTERS = (entering.router, acts.router, overview.router, own.router)
"""Fixed words before ids: `/kewajiban/baru/lhp` is no act on a duty."""
