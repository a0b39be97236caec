"""The commands `zi complaint data-request|breach|ombudsman`: clients of the complaints API."""

from services.complaints.duties.commands.breaches import breach
from services.complaints.duties.commands.findings import ombudsman
from services.complaints.duties.commands.requests import data_request

__all__ = ["breach", "data_request", "ombudsman"]
