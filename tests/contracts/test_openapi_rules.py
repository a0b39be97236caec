"""The rules that keep an HTTP API usable for the clients it has."""

from copy import deepcopy
from typing import Any

import pytest

from tests.contracts.openapi_rules import breaking

BEFORE: dict[str, Any] = {
    "paths": {
        "/units/{unit_id}": {
            "post": {
                "parameters": [
                    {"in": "path", "name": "unit_id", "required": True, "schema": {"type": "string"}},
                    {"in": "query", "name": "year", "schema": {"type": "integer"}},
                ],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}
                },
                "responses": {
                    "201": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Out"}}}
                    },
                    "422": {"description": "refused"},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "In": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "zone": {"type": "string", "enum": ["WIB", "WITA", "WIT"]},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                },
            },
            "Out": {
                "type": "object",
                "required": ["id", "parts"],
                "properties": {
                    "id": {"type": "string"},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Out"}},
                },
            },
        }
    },
}


class Changes:
    """Handles into a copy of the document."""

    def __init__(self) -> None:
        self.document = deepcopy(BEFORE)
        self.operation = self.document["paths"]["/units/{unit_id}"]["post"]
        self.given = self.document["components"]["schemas"]["In"]
        self.answer = self.document["components"]["schemas"]["Out"]


def found(change: Any) -> list[str]:
    changed = Changes()
    change(changed)
    return breaking(BEFORE, changed.document)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: c.document["paths"].clear(), "the operation is gone"),
        (lambda c: c.operation["parameters"].pop(), "parameter year is gone"),
        (lambda c: c.operation["parameters"][1].update(required=True), "parameter year is now required"),
        (
            lambda c: c.operation["parameters"][1].update(schema={"type": "string"}),
            "'integer' became 'string'",
        ),
        (lambda c: c.operation.pop("requestBody"), "the body is gone"),
        (lambda c: c.operation["requestBody"].update(content={}), "application/json is gone"),
        (lambda c: c.operation["responses"].pop("422"), "answer 422 is gone"),
        (lambda c: c.given["required"].append("zone"), "body.zone is now required"),
        (lambda c: c.given["properties"].pop("note"), "body.note is gone"),
        (lambda c: c.given["properties"]["zone"]["enum"].pop(), "no longer takes ['WIT']"),
        (lambda c: c.given["properties"]["note"]["anyOf"].pop(), "body.note: has other alternatives"),
        (lambda c: c.answer["properties"].pop("id"), "answer 201.id is gone"),
        (lambda c: c.answer["required"].remove("id"), "answer 201.id may now be missing"),
        (lambda c: c.answer["properties"]["id"].update(format="uuid"), "format None became 'uuid'"),
        (lambda c: c.answer["properties"]["parts"].update(items={"type": "string"}), "answer 201.parts[]"),
    ],
)
def test_a_change_that_breaks_clients_is_told(change: Any, told: str) -> None:
    assert any(told in finding for finding in found(change)), found(change)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: None,
        lambda c: c.document["paths"].update({"/more": {"get": {"responses": {"200": {}}}}}),
        lambda c: c.operation["parameters"].append(
            {"in": "query", "name": "q", "schema": {"type": "string"}}
        ),
        lambda c: c.operation["responses"].update({"409": {"description": "conflict"}}),
        lambda c: c.given["properties"].update(more={"type": "string"}),
        lambda c: c.given["required"].clear(),
        lambda c: c.given["properties"]["zone"]["enum"].append("UTC"),
        lambda c: c.answer["properties"].update(more={"type": "string"}),
        lambda c: c.answer["required"].append("more"),
        lambda c: c.answer["properties"]["id"].update(description="Better words"),
    ],
)
def test_growth_breaks_nobody(change: Any) -> None:
    assert found(change) == []
