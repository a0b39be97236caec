"""`zi complaint ...`: a client of the complaints API for officers and reporters."""

from services.complaints.commands import (  # noqa: F401 - each adds to `complaint`
    answering,
    channels,
    handlers,
    handling_units,
    imports,
    intake,
    reading,
    redirecting,
    reporter,
    talking,
)
from services.complaints.commands.calls import complaint

__all__ = ["complaint"]
