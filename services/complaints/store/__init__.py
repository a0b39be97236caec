"""SQL of the complaints service, in and out of domain objects."""

from shared.db.clock import database_now as now

__all__ = ["now"]
