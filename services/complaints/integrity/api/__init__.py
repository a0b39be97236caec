"""Gifts, nil returns, declarations and the map over HTTP."""

from services.complaints.integrity.api import conflicts, gifts, maps

ROUTERS = (gifts.router, conflicts.router, maps.router)
ERROR_STATUS = {
    "own_matter": 403,
    "field_refused": 422,
    "period_not_nil": 409,
    "review_incomplete": 409,
    "map_empty": 409,
    "map_entry_exists": 409,
}
