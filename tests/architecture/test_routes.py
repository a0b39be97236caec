"""Every route has its row in the matrix, every row its route, and every operation one name."""

from collections import Counter

import pytest
from fastapi.routing import APIRoute

from shared.db.roles import SERVICES
from shared.http.state import state_of
from shared.security.roles import ROLES
from tests.contracts.applications import application, openapi_document
from tests.support.routes import operations_below


def routes_of(service: str) -> list[APIRoute]:
    """Return all routes of a service that are operations."""
    return operations_below(application(service))


def operations(service: str) -> list[str]:
    """Return the operation ids of all routes of a service that have one."""
    return [route.operation_id for route in routes_of(service) if route.operation_id is not None]


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_has_a_row_and_every_row_an_operation(service: str) -> None:
    rows = {operation.id for operation in state_of(application(service)).matrix}
    assert set(operations(service)) == rows


@pytest.mark.parametrize("service", SERVICES)
def test_an_operation_has_one_route(service: str) -> None:
    assert [name for name, times in Counter(operations(service)).items() if times > 1] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_role_of_the_matrix_is_known(service: str) -> None:
    used = {role for operation in state_of(application(service)).matrix for role in operation.roles}
    assert used <= set(ROLES)


@pytest.mark.parametrize("service", SERVICES)
def test_every_documented_operation_describes_itself_and_its_refusals(service: str) -> None:
    for path, item in openapi_document(service)["paths"].items():
        for method, operation in item.items():
            assert operation["summary"], f"{method} {path}"
            away = "503" if state_of(application(service)).foreign_at(path) is None else "500"
            assert away in operation["responses"], f"{method} {path}"
