"""Routes of identities and of custodians."""

from services.complaints.secrecy.api import custodians, identities

ROUTERS = (identities.router, custodians.router)
