"""What anybody may ask without being known is bounded."""

from typing import Any

import pytest

from shared.http.limits.counts import FROM_ANYBODY
from shared.http.state import state_of
from tests.architecture.test_routes import routes_of
from tests.contracts.applications import application

BY_TOKEN = frozenset({
    "open_sheet", "decide_consent", "submit_response", "withdraw", "page_sheet", "page_consent",
    "page_answers", "page_confirm_withdrawal", "page_withdraw",
})  # fmt: skip
"""Respondents share kiosks and offices: unknown tokens alone are counted (`services.survey.guessing`)."""
WITHOUT_A_QUESTION = frozenset({"page_invitation", "page_leave"})
"""They move a cookie and ask nothing of a database."""


def bounds(route: Any) -> list[Any]:
    return [one.dependency for one in route.dependencies]


@pytest.mark.parametrize("service", ["complaints", "survey"])
def test_every_operation_that_anybody_may_use_is_bounded_by_its_source(service: str) -> None:
    public = {one.id for one in state_of(application(service)).matrix if one.scope == "public"}
    free = BY_TOKEN | WITHOUT_A_QUESTION if service == "survey" else frozenset()
    routes = {route.operation_id: route for route in routes_of(service)}
    assert len(public) > 10
    unbounded = {name for name in public if FROM_ANYBODY.dependency not in bounds(routes[name])}
    assert unbounded == free
