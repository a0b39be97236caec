"""Run a service's whole access matrix: every operation, by every role, inside and outside the caller's scope.

In a service's test:

    CALLS = {
        "show_unit": Call("GET", "/units/{unit}"),
        "create_unit": Call("POST", "/units", json={"unit_id": "new", "name": "New"}),
        "submit": Call("POST", "/complaints", json={...}),
    }

    async def test_the_matrix_holds(app, issuer) -> None:
        own, other = Place("u1", "a1"), Place("u2", "a2")
        assert await broken_rules(app, MATRIX, CALLS, issuer, own=own, other=other) == []

`{unit}` in a path or body stands for the unit: the caller's own, another agency's, or one that does not
exist. Expected: 401 without a token; 403 for a role the row does not name; 404 for a unit outside the scope
of a caller whose role is right; for the rest anything that says that the call was let in: 2xx, or a refusal
of its content (400, 404, 409, 412, 422, 428, 429). Pages are checked for their redirect to the log-in only.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
from fastapi import FastAPI

from shared.http.state import state_of
from shared.security import AccessMatrix, Operation
from shared.security.roles import TOKEN_ROLES
from tests.support.tokens import TestIssuer

LEVELS = ("unit", "agency", "national")
LET_IN = frozenset({200, 201, 202, 204, 303, 308, 400, 404, 409, 412, 415, 422, 428, 429})


@dataclass(frozen=True)
class Place:
    """A unit and its agency."""

    unit: str
    agency: str


@dataclass(frozen=True)
class Call:
    """How an operation is called; `is_page` for one that takes a session instead of a token."""

    method: str
    path: str
    json: Any = None
    data: Mapping[str, str] | None = None
    files: Mapping[str, tuple[str, bytes, str]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    is_page: bool = False

    @property
    def names_a_unit(self) -> bool:
        return "{unit}" in self.path or "{unit}" in json.dumps(self.json) or "{unit}" in str(self.data)

    def options(self, unit: str) -> dict[str, Any]:
        """Return the client's arguments for a call about this unit."""
        found: dict[str, Any] = {"headers": dict(self.headers)}
        if self.json is not None:
            found["json"] = json.loads(json.dumps(self.json).replace("{unit}", unit))
        if self.data is not None:
            found["data"] = {name: value.replace("{unit}", unit) for name, value in self.data.items()}
        if self.files is not None:
            found["files"] = dict(self.files)
        return found


async def broken_rules(
    app: FastAPI,
    matrix: AccessMatrix,
    calls: Mapping[str, Call],
    issuer: TestIssuer,
    *,
    own: Place,
    other: Place,
) -> list[str]:
    """Return one line per rule that does not hold; empty when all do.

    `own` and `other` exist and lie in different agencies. The application's lifespan must be running.
    """
    if missing := {row.id for row in matrix} ^ calls.keys():
        return [f"matrix and calls differ: {sorted(missing)}"]
    transport = httpx2.ASGITransport(app)
    broken: list[str] = []
    async with httpx2.AsyncClient(transport=transport, base_url="https://test") as client:
        for row in matrix:
            call = calls[row.id]
            check = (
                _page(client, row, call, own, state_of(app).login.start)
                if call.is_page
                else _api(client, row, call, issuer, own, other)
            )
            broken += [f"{row.id}: {fault}" async for fault in check]
    return broken


async def _page(
    client: httpx2.AsyncClient, row: Operation, call: Call, own: Place, login: str
) -> AsyncIterator[str]:
    answer = await _send(client, call, own.unit, {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
    is_led_to_login = answer.headers.get("location", "").startswith(f"{login}?")
    is_told_to = answer.status_code == 401 and f'href="{login}?' in answer.text  # what was sent is lost
    if (is_led_to_login or is_told_to) == (row.scope == "public"):
        yield f"anonymous reader got {answer.status_code}"


async def _api(
    client: httpx2.AsyncClient, row: Operation, call: Call, issuer: TestIssuer, own: Place, other: Place
) -> AsyncIterator[str]:
    anonymous = (await _send(client, call, own.unit, {})).status_code
    if row.scope == "public":
        if anonymous not in LET_IN:
            yield f"anonymous caller got {anonymous}"
        return
    if anonymous != 401:
        yield f"anonymous caller got {anonymous}, not 401"
    nobody = issuer.headers("reporter", level="national")
    if (status := (await _send(client, call, own.unit, nobody)).status_code) != 403:
        yield f"caller without a role got {status}, not 403"
    for role in sorted(TOKEN_ROLES):
        for level, unit, wanted in _expected(row, call, role, own, other):
            headers = issuer.headers(role, level=level, agencies=[own.agency], units=[own.unit])
            status = (await _send(client, call, unit, headers)).status_code
            if status not in wanted:
                yield f"{role} at level {level} about {unit} got {status}, not one of {sorted(wanted)}"


def _expected(
    row: Operation, call: Call, role: str, own: Place, other: Place
) -> Sequence[tuple[str, str, frozenset[int]]]:
    """Return (level, unit, allowed statuses) of each situation of a role."""
    forbidden, missing = frozenset({403}), frozenset({404})
    if role not in row.roles:
        # The role alone decides, so one level is asked: another for the next role and the next operation.
        return [(LEVELS[(len(row.id) + sorted(TOKEN_ROLES).index(role)) % len(LEVELS)], own.unit, forbidden)]
    wide = {"national": ("national",), "agency": ("agency", "national")}.get(row.scope, LEVELS)
    found = [(level, own.unit, LET_IN if level in wide else forbidden) for level in LEVELS]
    if row.scope in {"unit", "agency"} and call.names_a_unit:
        found += [(level, other.unit, missing) for level in ("unit", "agency") if level in wide]
        found += [("national", "no-such-unit", missing)]
    return found


async def _send(
    client: httpx2.AsyncClient, call: Call, unit: str, headers: Mapping[str, str]
) -> httpx2.Response:
    options = call.options(unit)
    options["headers"] |= headers
    return await client.request(call.method, call.path.replace("{unit}", unit), **options)
