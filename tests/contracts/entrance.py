"""The front door's configuration, with the sizes that the services' operations take."""

import re
from functools import partial

from deploy.front.caddyfile import Caps, caddyfile
from shared.db.roles import SERVICES
from shared.http.addresses import api_of
from shared.http.foreign import ForeignApi
from shared.http.state import state_of
from tests.contracts.applications import application
from tests.support.routes import operations_below


def front_door() -> str:
    """Return the configuration of the front door."""
    most = max(state_of(application(service)).settings.max_body_bytes for service in SERVICES)
    sizes = {service: larger(service, most) for service in SERVICES}
    foreign = {
        f"{api_of(service)}{one.base}": partial(refusal_of, one)
        for service in SERVICES
        for one in state_of(application(service)).foreign
    }
    return caddyfile(SERVICES, most, sizes, foreign)


def refusal_of(api: ForeignApi, status: int, code: str, words: str) -> tuple[int, str, str]:
    """Return status, media type and body of a refusal as a foreign API has it."""
    answer = api.refusal(status, code, words, {})
    return answer.status_code, str(answer.media_type), bytes(answer.body).decode()


def larger(service: str, most: int) -> Caps:
    """Return the paths of a service that take more than `most` bytes."""
    return {
        re.sub(r"\{[^}]+}", "*", route.path): route.max_body_size
        for route in operations_below(application(service))
        if (route.max_body_size or 0) > most and route.max_body_size is not None
    }
