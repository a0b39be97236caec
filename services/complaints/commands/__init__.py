"""`zi complaint ...`: a client of the complaints API for officers and reporters."""

from services.complaints.commands import (  # noqa: F401 - each adds to `complaint`
    answering,
    channels,
    custodians,
    evaluating,
    handlers,
    handling_units,
    identities,
    imports,
    intake,
    reading,
    redirecting,
    reporter,
    talking,
)
from services.complaints.commands.calls import complaint
from services.complaints.duties.commands import breach, data_request, ombudsman

__all__ = ["complaint"]
complaint.add_typer(data_request, name="data-request")
complaint.add_typer(breach, name="breach")
complaint.add_typer(ombudsman, name="ombudsman")
