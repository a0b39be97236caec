"""Each page of each service holds at every width, in light and dark, on paper, and read aloud."""

from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from playwright.async_api import Browser
from starlette.responses import StreamingResponse
from starlette.routing import Route

from shared.http.state import state_of
from tests.support.database import DatabaseMaker
from tests.support.every_service import Service, running
from tests.support.looking import looking_at
from tests.support.page_visits import SHOWN_ONCE, VISITS, visits_of

FILES = (".json", ".css", ".csv", ".xlsx")


def pages_of(service: Service) -> dict[str, Route | APIRoute]:
    """Return the routes of a service that show a page or lead to one, by their path."""
    operations = [
        route
        for route in service.routes
        if not route.include_in_schema and not issubclass(_kind(route), StreamingResponse)
    ]
    login = state_of(service.app).login
    plain = [
        route
        for route in service.app.routes
        if type(route) is Route and route.path not in (login.start, login.callback)
    ]
    return {
        route.path: route
        for route in (*operations, *plain)
        if "GET" in (route.methods or ()) and not route.path.endswith(FILES)
    }


def _kind(route: APIRoute) -> type:
    kind = route.response_class
    return kind if isinstance(kind, type) else object


@pytest.mark.parametrize("name", VISITS)
async def test_each_page_holds(
    name: str, make_database: DatabaseMaker, tmp_path: Path, chromium: Browser
) -> None:
    async with (
        running(name, await make_database(name), tmp_path) as service,
        looking_at(chromium, service) as looker,
    ):
        visits = await visits_of(name, service)
        for visit in visits:
            await looker.look(visit)
        seen = [path for method, path in looker.met if method == "GET"]
        unseen = [
            path
            for path, route in pages_of(service).items()
            if path not in SHOWN_ONCE and not any(map(route.path_regex.match, seen))
        ]
    assert len({visit.name for visit in visits}) == len(visits)
    assert not looker.faults, "\n".join(looker.faults)
    assert unseen == [], "a page that nobody visits: add it to tests/support/page_visits.py"
