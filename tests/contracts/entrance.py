"""The front door's configuration, with the sizes that the services' operations take."""

import re

from deploy.front.caddyfile import Caps, caddyfile
from shared.db.roles import SERVICES
from shared.http.state import state_of
from tests.contracts.applications import application
from tests.support.routes import operations_below


def front_door() -> str:
    """Return the configuration of the front door."""
    most = max(state_of(application(service)).settings.max_body_bytes for service in SERVICES)
    return caddyfile(SERVICES, most, {service: larger(service, most) for service in SERVICES})


def larger(service: str, most: int) -> Caps:
    """Return the paths of a service that take more than `most` bytes."""
    return {
        re.sub(r"\{[^}]+}", "*", route.path): route.max_body_size
        for route in operations_below(application(service))
        if (route.max_body_size or 0) > most and route.max_body_size is not None
    }
