"""Pages of gifts and of conflicts of interest, for those who report and for those who answer."""

from services.complaints.integrity.pages import acts, conflicts, gifts, maps, nil

ROUTERS = (nil.router, gifts.router, maps.router, conflicts.router, acts.router)
"""Fixed words before ids: `/gratifikasi/nihil` is no gift."""
