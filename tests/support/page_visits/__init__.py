"""Every page of every service as somebody comes to it: with content, refused, thanked for, withdrawn from."""

from collections.abc import Awaitable, Callable, Mapping

from shared.http.reference.paths import EVENTS, OPERATIONS
from shared.http.state import state_of
from tests.support.every_service import Service
from tests.support.page_visits.complaints import complaints_visits
from tests.support.page_visits.planning import planning_visits
from tests.support.page_visits.scoring import scoring_visits
from tests.support.page_visits.survey import survey_visits
from tests.support.page_visits.visit import Visit

VISITS: Mapping[str, Callable[[Service], Awaitable[list[Visit]]]] = {
    "scoring": scoring_visits,
    "complaints": complaints_visits,
    "survey": survey_visits,
    "planning": planning_visits,
}


SHOWN_ONCE = ("/gaya", OPERATIONS, EVENTS)
"""Pages that are made the same way in every service: looked at in the first one."""


async def visits_of(name: str, service: Service) -> list[Visit]:
    """Return the visits of a service, with those that every service has."""
    visits = [
        *await VISITS[name](service),
        Visit("logged-out", state_of(service.app).login.left),
    ]
    return [*visits, *(Visit(path.strip("/"), path) for path in SHOWN_ONCE if name == next(iter(VISITS)))]
