"""One menu over all services: by role and scope, and never into a refusal."""

import pytest

from services.complaints.access import MATRIX as COMPLAINTS
from services.planning.access import MATRIX as PLANNING
from services.scoring.access import MATRIX as SCORING
from services.survey.access import MATRIX as SURVEY
from shared.http.addresses import OWNERS, START
from shared.http.pages.menu import CAMPAIGNS, CASES, MENU, SCORES, landing, menu_of, role_words
from shared.security import AccessMatrix, ForbiddenError, Principal, Scope
from shared.security.principal import Level
from shared.security.roles import ROLE_NAMES, TOKEN_ROLES

MATRICES = {"planning": PLANNING, "complaints": COMPLAINTS, "survey": SURVEY, "scoring": SCORING}
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


@pytest.mark.parametrize("level", sorted(SCOPES))
@pytest.mark.parametrize("role", sorted(TOKEN_ROLES))
def test_nobody_is_led_into_a_refusal_and_nobody_misses_a_place(role: str, level: Level) -> None:
    """A place is what the services' own matrices say of its page."""
    somebody = person(role, SCOPES[level])
    wrong = [
        place.label
        for place in MENU
        if place.lets_in(somebody)
        != may(MATRICES[OWNERS[place.href.split("/")[1]]], somebody, place.operation)
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
        ("tpi", SCOPES["agency"], SCORES.href),
        ("tpn", SCOPES["national"], SCORES.href),
        ("admin", SCOPES["agency"], SCORES.href),
        ("complaint_officer", SCOPES["unit"], CASES.href),
        ("inspector", SCOPES["agency"], CASES.href),
        ("survey_operator", SCOPES["unit"], CAMPAIGNS.href),
        ("auditor", SCOPES["agency"], START),
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
