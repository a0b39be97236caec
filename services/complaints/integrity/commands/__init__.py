"""The commands of `zi` for gifts and conflicts of interest: clients of the complaints API."""

from services.complaints.integrity.commands import maps  # noqa: F401 - adds to `conflict`
from services.complaints.integrity.commands.conflicts import conflict
from services.complaints.integrity.commands.gifts import gratification

__all__ = ["conflict", "gratification"]
