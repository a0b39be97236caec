"""What `main.build` put on the application to seal and open identities."""

from typing import cast

from fastapi import Request

from services.complaints.secrecy.usecases.keeping import Identities


def identities_of(request: Request) -> Identities:
    """Return what seals and opens identities."""
    return cast("Identities", request.app.state.identities)
