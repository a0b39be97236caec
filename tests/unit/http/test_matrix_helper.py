"""The helper that runs a service's matrix finds what it is there to find."""

import dataclasses
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from shared.security import AccessMatrix, Operation
from tests.support.http import MATRIX, client_of, toy_app
from tests.support.matrix import Call, Place, broken_rules
from tests.support.tokens import TestIssuer

THING = {"name": "thing"}
OWN, OTHER = Place("u1", "a1"), Place("u3", "a2")
CALLS = {
    "hello": Call("GET", "/hello"),
    "fail": Call("GET", "/fail/domain"),
    "submit": Call("POST", "/submit", json=THING),
    "whoami": Call("GET", "/whoami"),
    "list_things": Call("GET", "/things"),
    "show_thing": Call("GET", "/units/{unit}/thing"),
    "make_thing": Call("POST", "/things", json={"name": "x"}),
    "change_thing": Call("PUT", "/units/{unit}/thing", json=THING, headers={"If-Match": '"4"'}),
    "upload": Call("POST", "/upload"),
    "page_front": Call("GET", "/", is_page=True),
    "page_mine": Call("GET", "/mine", is_page=True),
    "page_form": Call("POST", "/form", data=THING, is_page=True),
    "page_change": Call("POST", "/mine", data={}, is_page=True),
    "page_live": Call("GET", "/", is_page=True),
}


@pytest.fixture
async def app(issuer: TestIssuer) -> AsyncIterator[FastAPI]:
    found = toy_app(issuer.verifier())
    async with client_of(found):
        yield found


async def test_a_service_that_keeps_its_matrix_breaks_no_rule(app: FastAPI, issuer: TestIssuer) -> None:
    assert await broken_rules(app, MATRIX, CALLS, issuer, own=OWN, other=OTHER) == []


async def test_an_operation_without_a_call_is_told(app: FastAPI, issuer: TestIssuer) -> None:
    calls = {name: call for name, call in CALLS.items() if name != "upload"}
    assert "upload" in str(await broken_rules(app, MATRIX, calls, issuer, own=OWN, other=OTHER))


@pytest.mark.parametrize(
    ("operation", "changed"),
    [
        ("whoami", {"roles": {"tpi"}}),
        ("make_thing", {"scope": "national"}),
        ("make_thing", {"roles": {"admin", "tpi"}}),
        ("whoami", {"scope": "public"}),
        ("page_mine", {"scope": "public"}),
        ("hello", {"scope": "any", "roles": {"tpi"}}),
    ],
)
async def test_a_service_that_does_otherwise_than_its_matrix_is_told(
    app: FastAPI, issuer: TestIssuer, operation: str, changed: dict[str, object]
) -> None:
    rows: list[Operation] = [
        dataclasses.replace(row, **changed) if row.id == operation else row  # type: ignore[arg-type]
        for row in MATRIX
    ]
    broken = await broken_rules(app, AccessMatrix(*rows), CALLS, issuer, own=OWN, other=OTHER)
    assert broken
    assert all(line.startswith(f"{operation}:") for line in broken)


async def test_an_object_that_shows_outside_its_scope_is_told(app: FastAPI, issuer: TestIssuer) -> None:
    calls = CALLS | {"show_thing": Call("GET", "/whoami?unit={unit}")}
    broken = await broken_rules(app, MATRIX, calls, issuer, own=OWN, other=OTHER)
    assert any("about u3 got 200" in line for line in broken)
