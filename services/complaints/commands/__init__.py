"""`zi complaint ...`: a client of the complaints API for officers and reporters."""

from services.complaints.commands import (  # noqa: F401 - each adds to `complaint`
    custodians,
    handlers,
    handling,
    handling_units,
    identities,
    intake,
    reading,
    redirecting,
    reporter,
    talking,
)
from services.complaints.commands.calls import complaint

__all__ = ["complaint"]
