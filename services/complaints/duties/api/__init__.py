"""Duties over HTTP: requests about personal data, breaches of it, reports of the Ombudsman."""

from services.complaints.duties.api import breaches, findings, own, requests

ROUTERS = (requests.router, breaches.router, findings.router, own.router)
ERROR_STATUS = {"not_pausable": 409, "request_open": 409, "actions_open": 409}
