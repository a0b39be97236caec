"""One menu over all services: by role and scope, and never into a refusal."""

import pytest
from fastapi.routing import APIRoute

from shared.http.addresses import OWNERS, START, unit_page
from shared.http.pages.menu import (
    CAMPAIGNS,
    CASES,
    DUTIES,
    GIFTS,
    MENU,
    PUBLIC_MENU,
    SCORES,
    TASKS,
    Place,
    landing,
    menu_of,
    role_words,
)
from shared.http.state import state_of
from shared.security import AccessMatrix, ForbiddenError, Principal, Scope
from shared.security.principal import Level
from shared.security.roles import ROLE_NAMES, TOKEN_ROLES
from tests.contracts.applications import application
from tests.support.routes import operations_below

SCOPES: dict[Level, Scope] = {
    "unit": Scope("unit", frozenset({"a-1"}), frozenset({"u-1"})),
    "agency": Scope("agency", frozenset({"a-1"})),
    "national": Scope("national"),
}
TWO_UNITS = Scope("unit", frozenset({"a-1"}), frozenset({"u-1", "u-2"}))


def person(role: str, scope: Scope) -> Principal:
    return Principal("somebody", frozenset({role}), scope)


def may(matrix: AccessMatrix, principal: Principal, operation: str) -> bool:
    try:
        matrix.allow(principal, operation)
    except ForbiddenError:
        return False
    return True


def owner(href: str) -> str:
    return OWNERS[href.split("/")[1]]


def matrix_of(href: str) -> AccessMatrix:
    return state_of(application(owner(href))).matrix


def page_at(href: str) -> APIRoute:
    """Return the page that the door leads this address to: the first that takes it."""
    (found, *_) = (
        route
        for route in operations_below(application(owner(href)))
        if "GET" in (route.methods or ()) and route.path_regex.match(href)
    )
    return found


@pytest.mark.parametrize("place", MENU, ids=lambda place: place.operation)
def test_each_place_is_a_page_of_the_service_that_owns_its_word(place: Place) -> None:
    assert page_at(place.href).operation_id == place.operation


def test_the_menu_of_everybody_leads_to_pages_for_everybody() -> None:
    places = [href for _, href in PUBLIC_MENU]
    assert {matrix_of(href)[page_at(href).operation_id or ""].scope for href in places} == {"public"}


def test_a_unit_s_own_page_lets_in_whom_all_units_do() -> None:
    matrix, own = matrix_of(SCORES.href), page_at(unit_page("u-1")).operation_id or ""
    assert (set(matrix[own].roles), matrix[own].scope) == (set(SCORES.roles), SCORES.reach)


@pytest.mark.parametrize("level", sorted(SCOPES))
@pytest.mark.parametrize("role", sorted(TOKEN_ROLES))
def test_nobody_is_led_into_a_refusal_and_nobody_misses_a_place(role: str, level: Level) -> None:
    """A place is what the services' own matrices say of its page."""
    somebody = person(role, SCOPES[level])
    wrong = [
        place.label
        for place in MENU
        if place.lets_in(somebody) != may(matrix_of(place.href), somebody, place.operation)
    ]
    assert wrong == []


@pytest.mark.parametrize("level", sorted(SCOPES))
@pytest.mark.parametrize("role", sorted(TOKEN_ROLES))
def test_everybody_lands_on_a_page_of_their_menu_or_at_the_start(role: str, level: Level) -> None:
    somebody = person(role, SCOPES[level])
    place = landing(somebody)
    own = [entry.href for entry in menu_of(somebody, "/")]
    assert place in own or (place == START and not own)


@pytest.mark.parametrize(
    ("role", "scope", "place"),
    [
        ("unit_leader", SCOPES["unit"], "/nilai/u-1"),
        ("unit_operator", TWO_UNITS, SCORES.href),
        ("agency_head", SCOPES["agency"], SCORES.href),
        ("tpi", SCOPES["agency"], TASKS.href),
        ("tpn", SCOPES["national"], TASKS.href),
        ("admin", SCOPES["agency"], SCORES.href),
        ("complaint_officer", SCOPES["unit"], CASES.href),
        ("inspector", SCOPES["agency"], CASES.href),
        ("survey_operator", SCOPES["unit"], CAMPAIGNS.href),
        ("auditor", SCOPES["agency"], GIFTS.href),
        ("gratification_officer", SCOPES["unit"], GIFTS.href),
        ("privacy_officer", SCOPES["agency"], DUTIES.href),
    ],
)
def test_work_begins_where_the_first_question_of_a_role_is_answered(
    role: str, scope: Scope, place: str
) -> None:
    assert landing(person(role, scope)) == place


def test_one_unit_stands_in_the_place_of_all_and_is_current_below_it() -> None:
    entries = menu_of(person("unit_leader", SCOPES["unit"]), "/nilai/u-1/butir/A.I.1.i.a")
    assert (entries[0].label, entries[0].href, entries[0].is_current) == ("Unit saya", "/nilai/u-1", True)
    entries = menu_of(person("tpi", SCOPES["agency"]), "/nilai-lain")
    assert (entries[0].label, entries[0].href, entries[0].is_current) == ("Nilai", "/nilai", False)


def test_each_role_of_an_account_has_its_words() -> None:
    assert set(ROLE_NAMES) == TOKEN_ROLES
    assert role_words(Principal("x", frozenset({"tpi", "admin"}), SCOPES["agency"])) == (
        "Administrator, Tim Penilai Internal"
    )
