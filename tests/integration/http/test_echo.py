"""No refusal says again what somebody typed, neither do its headers nor the log.

A made-up person is put into each field, path, query and header of each operation in turn, in shapes that get
past the first checks too, while everything else is as the operation asks. What may be told again is listed.
"""

import html
import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI, Response

from shared.http.api.openapi import describe
from shared.http.app import operations_of
from shared.http.crosssite import shown_token
from shared.http.state import state_of
from shared.instruments.survey import regime
from shared.security import Principal, Scope
from shared.security.sealing import keyed_hash
from tests.support.database import DatabaseMaker
from tests.support.every_service import BROWSER, SERVICES, running
from tests.support.tokens import TestIssuer

CANARIES = (
    "Wulan Kenari 3174012345678901",
    "kenari3174012345678901",
    "kenari.0812-3456-7890",
    "VBS8VKENARI879D126TWJE2T",
)
"""A name with a number as free text, as a code, as a telephone in a code, and as a receipt."""
HEARD = re.compile(r"kenari|3174012345678901|0812-3456-7890", re.IGNORECASE)
HARMLESS = {"item_code"}
"""Codes of the worksheet's items: an answer's faults are told with the code of its item, at most 20 signs."""


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


class Example:
    """Values that fit a document's schemas."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas = document["components"]["schemas"]

    def of(self, schema: dict[str, Any], name: str = "") -> Any:
        """Return a value of a schema, by its field's name where the name says more."""
        schema = self.resolved(schema)
        known = {"unit_id": "u-1", "agency_id": "a-1", "privacy_notice": "1", "regime": "mandiri.2023"}
        if name in known:
            return known[name]
        for chosen in ("const", "minimum"):
            if chosen in schema:
                return schema[chosen]
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("type") == "object":
            return {key: self.of(part, key) for key, part in schema.get("properties", {}).items()}
        if schema.get("type") == "array":
            return [self.of(schema["items"], name)]
        formats = {"uuid": str(uuid4()), "date": "2026-01-05", "date-time": "2026-01-05T09:00:00+07:00"}
        types = {"integer": 1, "number": 1, "boolean": False}
        text = formats.get(schema.get("format", ""), "x" * max(schema.get("minLength", 0), 24))
        return types.get(schema.get("type", ""), text)

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return a schema without its reference and without its null."""
        while True:
            if "$ref" in schema:
                schema = self._schemas[schema["$ref"].rpartition("/")[2]]
            elif "anyOf" in schema:
                schema = next(part for part in schema["anyOf"] if part.get("type") != "null")
            else:
                return schema


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where each plain value of a body stands."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from places(part, (*at, key))
        if not value:
            yield at
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from places(part, (*at, number))
    else:
        yield at


def with_canary(body: Any, at: tuple[Any, ...], canary: str) -> Any:
    changed = deepcopy(body)
    if not at:
        return {"x": canary}
    part = changed
    for step in at[:-1]:
        part = part[step]
    part[at[-1]] = {"x": canary} if part[at[-1]] == {} else canary
    return changed


def calls(app: FastAPI, canary: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and request with the canary in one place, for every place of every operation."""
    document = describe(app, state_of(app).service, state_of(app).matrix)
    example = Example(document)
    for method, path, operation in operations(document):
        parameters = operation.get("parameters", [])
        given = {
            part["in"] + "/" + part["name"]: str(example.of(part["schema"], part["name"]))
            for part in parameters
            if part["in"] == "path" or part.get("required") or part["name"] == "If-Match"
        }
        given |= {"header/If-Match": '"1"'} if "header/If-Match" in given else {}
        content = operation.get("requestBody", {}).get("content", {})
        body = example.of(content["application/json"]["schema"]) if "application/json" in content else None

        def made(
            changed: dict[str, str], body: Any, path: str = path, method: str = method
        ) -> dict[str, Any]:
            parts = given | changed  # noqa: B023 - used before the next round
            target = re.sub(r"{(\w+)(?::\w+)?}", lambda found: parts[f"path/{found[1]}"], path)
            chosen = {
                kind: {
                    name.partition("/")[2]: value for name, value in parts.items() if name.startswith(kind)
                }
                for kind in ("query", "header")
            }
            return {
                "method": method,
                "url": target,
                "params": chosen["query"],
                "headers": chosen["header"],
                **({} if body is None else {"json": body}),
            }

        name = operation["operationId"]
        for part in parameters:
            key = part["in"] + "/" + part["name"]
            yield f"{name} {key}", made({key: canary}, body)
        for at in places(body) if body is not None else ():
            if HARMLESS.isdisjoint(at):
                yield f"{name} {'.'.join(map(str, at))}", made({}, with_canary(body, at, canary))
        if any(kind.startswith("multipart/") for kind in content):
            yield f"{name} file", made({}, None) | {"files": {"file": (f"{canary}.exe", b"MZ", "text/plain")}}


def person(app: FastAPI, operation: str, issuer: TestIssuer) -> dict[str, str]:
    """Return the headers of somebody who may call an operation."""
    row = state_of(app).matrix[operation]
    if row.scope == "public":
        return {}
    return issuer.headers(min(row.roles), level="national", agencies=["a-1"], units=["u-1"])


def said(answer: httpx2.Response) -> str:
    """Return what a refusal says, but for the form that it gives back: its address and its controls."""
    page = re.sub(
        r"<form[^>]*>|<input[^>]*>|<textarea.*?</textarea>|<option.*?</option>",
        "",
        answer.text,
        flags=re.DOTALL,
    )
    spelled = json.dumps([*answer.headers.items()])
    return html.unescape(page) + spelled


@pytest.mark.parametrize("name", SERVICES)
async def test_no_refusal_of_the_api_says_again_what_was_typed(
    name: str, make_database: DatabaseMaker, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    issuer = TestIssuer()
    async with running(name, await make_database(name), tmp_path, issuer) as service:
        echoed, statuses = [], set[int]()
        for place, request in (found for canary in CANARIES for found in calls(service.app, canary)):
            headers = person(service.app, place.partition(" ")[0], issuer) | request.pop("headers")
            answer = await service.client.request(headers=headers, **request)
            assert answer.status_code != 500, place
            statuses.add(answer.status_code)
            if answer.is_error and HEARD.search(said(answer)):
                echoed.append(f"{place}: {answer.status_code} {answer.text}")
            if HEARD.search("".join(capfd.readouterr())):
                echoed.append(f"{place}: in the log")
    assert echoed == []
    assert {404, 422} <= statuses, "refusals of both kinds were heard"


TYPED = (
    "place",
    "text",
    "name",
    "contact",
    "event_on",
    "privacy_notice",
    "key",
    "wait",
    "website",
    "receipt",
)


@pytest.mark.parametrize("name", SERVICES)
async def test_no_page_says_again_what_was_typed_but_in_the_form_itself(
    name: str, make_database: DatabaseMaker, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with running(name, await make_database(name), tmp_path) as service:
        echoed = []
        roles = frozenset({"admin" if name == "planning" else "agency_head"})
        head = Principal("head", roles, Scope("agency", agencies=frozenset({"a-1"})))
        logged_in = Response()
        await state_of(service.app).sessions.open(logged_in, head, "Ketua Contoh")
        session = logged_in.headers["set-cookie"].partition(";")[0]
        for request in _pages(service.app, session):
            answer = await service.client.request(**request)
            assert answer.status_code != 500, request
            if answer.is_error and HEARD.search(said(answer)):
                echoed.append(f"{request['url']}: {answer.status_code} {said(answer)}")
            if HEARD.search("".join(capfd.readouterr())):
                echoed.append(f"{request['url']}: in the log")
    assert echoed == []


def _pages(app: FastAPI, session: str) -> Iterator[dict[str, Any]]:
    """Yield each page and form with the canary in its path, filters, fields and cookie."""
    questions, state = regime("mandiri.2023").instrument, state_of(app)
    assert questions is not None
    assert state.pages is not None
    for canary in CANARIES:
        yield {"method": "GET", "url": f"/{canary}", "headers": BROWSER}
        filters = {"unit": canary, "year": canary, "cursor": canary}
        fields = dict.fromkeys((*TYPED, *questions.keys, "decision", "text_version", "response_id"), canary)
        value = canary.replace(" ", "-")
        token = {"csrf": shown_token(keyed_hash(state.secret, "form-token", value).hex())}
        for route in operations_of(app.router):
            if not (route.operation_id or "").startswith("page_"):
                continue
            url = re.sub(r"{\w+}", canary, route.path)
            if "GET" in (route.methods or ()):
                for cookie in ({}, {"Cookie": session}):
                    yield {"method": "GET", "url": url, "params": filters, "headers": BROWSER | cookie}
                continue
            yield {"method": "POST", "url": url, "data": fields, "headers": BROWSER}
            for name in state.pages.cookies:
                headers = BROWSER | {"Cookie": f"{name}={value}"}
                for sent in (fields, fields | {"csrf": canary}, fields | token):
                    yield {"method": "POST", "url": url, "data": sent, "headers": headers}
