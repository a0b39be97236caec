"""One table says which service owns which first path word, and every page of every service keeps to it."""

import re
from collections import Counter
from pathlib import Path

import pytest
from annotated_types import Ge
from fastapi.routing import APIRoute
from starlette.routing import Mount, Route

from deploy.front.caddyfile import HEAD_KB, KEPT_SECONDS, NOWHERE
from shared.db.roles import SERVICES
from shared.http.addresses import APIS, OWNERS
from shared.process.settings import ServiceSettings
from shared.server.framing import HEAD_BYTES
from tests.contracts.applications import application
from tests.support.routes import operations_below

ROOT = Path(__file__).parents[2]
NOT_BUILT = {
    "bukti": "the evidence's pages come with planning",
    "daftar": "the registers come with planning",
    "kesiapan": "the preparation for an assessment comes with planning",
    "pekan": "the weekly summary comes with planning",
    "tamu": "guests' pages come with planning",
    "q": "a campaign's open questionnaire comes with the survey desk",
    "o": "a respondent's way out of mails comes with the survey desk",
}
"""Words without a route yet, each with the reason."""


DOCUMENTS = {"openapi.json", "asyncapi.json", "dokumen", "peristiwa"}
"""What describes a service, below `/api/<service>/` for all that come in at the door."""
EVERYWHERE = {"static", "gaya"}
"""What each service has on its own port, and one of them for all behind the door."""


def word(path: str) -> str:
    """Return the first word of a path."""
    return path.split("/")[1]


def pages(service: str) -> list[APIRoute]:
    """Return the routes of a service that are pages."""
    return [
        route for route in operations_below(application(service))
        if str(route.operation_id).startswith("page_")
    ]  # fmt: skip


def plain(service: str) -> set[str]:
    """Return the first words of a service's routes that are no operations, without its documents."""
    paths = {
        route.path
        for route in application(service).router.routes
        if isinstance(route, Route | Mount) and not isinstance(route, APIRoute)
    }
    return {word(path) for path in paths} - DOCUMENTS


@pytest.mark.parametrize("service", SERVICES)
def test_every_page_stands_below_a_word_of_its_service(service: str) -> None:
    strange = [
        page.path for page in pages(service) if page.path != "/" and OWNERS.get(word(page.path)) != service
    ]
    assert strange == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_no_operation_stands_there_too_but_for_the_files_that_all_share(service: str) -> None:
    assert {OWNERS.get(one) for one in plain(service) - EVERYWHERE} == {service}


@pytest.mark.parametrize("service", SERVICES)
def test_no_programming_interface_begins_with_a_word_of_a_page(service: str) -> None:
    """Behind the door it would not be there: such words below `/api/` are answered with 404."""
    known = {page.path for page in pages(service)}
    mixed = [
        route.path for route in operations_below(application(service))
        if route.path not in known and OWNERS.get(word(route.path)) is not None
    ]  # fmt: skip
    assert mixed == []


def test_every_word_has_a_page_or_the_reason_why_not() -> None:
    built = {word(page.path) for service in SERVICES for page in pages(service)}
    built |= {one for service in SERVICES for one in plain(service)}
    assert {name for name in OWNERS if name not in built} == NOT_BUILT.keys()


def test_every_service_has_a_page_at_its_bare_address() -> None:
    assert [service for service in SERVICES if "/" not in {page.path for page in pages(service)}] == []


def test_no_path_is_a_page_of_two_services_but_the_bare_one() -> None:
    times = Counter(path for service in SERVICES for path in {page.path for page in pages(service)})
    assert [path for path, number in times.items() if number > 1] == ["/"]


def test_what_nobody_owns_is_asked_for_where_nobody_answers() -> None:
    scoring = application(OWNERS[""])
    assert word(NOWHERE) not in OWNERS
    assert [route.path for route in operations_below(scoring) if route.path_regex.match(NOWHERE)] == []


def test_the_owners_are_the_services_and_their_interfaces_have_a_word_for_themselves() -> None:
    assert set(OWNERS.values()) == set(SERVICES)
    assert APIS.removeprefix("/") in OWNERS


@pytest.mark.parametrize("service", SERVICES)
def test_no_template_writes_out_a_link_to_another_service(service: str) -> None:
    strange = [
        f"{template.name}: {link}"
        for template in sorted((ROOT / "services" / service).rglob("*.html"))
        for link in re.findall(r'(?:href|action|src)="(/[^"{]*)', template.read_text())
        if OWNERS.get(re.split(r"[/?#]", link)[1]) != service and word(link) != "static"
    ]
    assert strange == []


def test_the_door_lets_go_of_a_resting_connection_before_any_service_does() -> None:
    (least,) = (
        one.ge for one in ServiceSettings.model_fields["idle_seconds"].metadata if isinstance(one, Ge)
    )
    assert isinstance(least, int)
    assert least > KEPT_SECONDS


def test_the_door_takes_no_longer_head_than_a_service() -> None:
    """Go counts four kilobytes more than it is told, and the door adds a few lines of its own."""
    assert (HEAD_KB + 8) * 1000 < HEAD_BYTES
