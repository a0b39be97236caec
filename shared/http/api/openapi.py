"""The OpenAPI document: every status an operation can answer with, and the bearer scheme where one is needed.

What follows from the form of an operation (its body, its headers, who may call it) is told here; what its
rules refuse stands at its route:

    @router.post("/units", operation_id="create_unit", responses=refusals(409), ...)
"""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.http.addresses import api_of
from shared.http.foreign import ForeignApi
from shared.http.problem import MEDIA_TYPE, Problem
from shared.http.state import state_of
from shared.security import AccessMatrix

DESCRIPTIONS: Mapping[int, str] = {
    400: "The body or a header cannot be read",
    401: "The token is missing, not valid, or lacks a second factor",
    403: "The role or the rules do not allow it",
    404: "Not known, or out of the caller's scope",
    408: "The body did not come whole in time",
    409: "The state of the data does not allow it",
    410: "No longer open",
    412: "The data changed since the version that If-Match names",
    413: "The body is too large",
    415: "The kind of file, or the encoding of the form, is not taken",
    422: "Fields are not valid, or the rules refuse",
    428: "If-Match must name the version that the change is based on",
    429: "Too many from this source (`rate_limited`, `wait_first`); try again after Retry-After",
    500: "A stored file is not what it was; the fault is logged",
    503: "Too busy (`busy`, `too_slow`), or the database or the issuer is away; try again after Retry-After",
    507: "A disk is full, nothing was stored (`storage_full`); try again after Retry-After",
}
_SCHEMA = {"$ref": "#/components/schemas/Problem"}
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})
_IF_MATCH = "If-Match"
_READ_HEADERS = frozenset({"Idempotency-Key", _IF_MATCH})
OPTIONAL_PRECONDITION = {"x-precondition": "optional"}
"""For an `If-Match` that one use of an operation does without, as `openapi_extra` of its route."""


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route whose rules refuse with these statuses."""
    return {status: {"description": DESCRIPTIONS[status]} for status in statuses}


_OF_EVERY_CONNECTION = (
    "Beside the answers of each operation, a connection itself may answer 400 (no well-formed request), 408"
    " (it came too slowly), 431 (its head is too large), 501 (an unknown transfer coding) or 503 (too many"
    " connections), always as a problem, and closes."
)


def describe(app: FastAPI, service: str, matrix: AccessMatrix) -> dict[str, Any]:
    """Return the document, made once; `servers` say where its paths begin at the door."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            routes=app.routes,
            description=_OF_EVERY_CONNECTION,
            servers=[
                {"url": api_of(service), "description": "Behind the front door"},
                {"url": "/", "description": "At the service's own port"},
            ],
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas.update({one.error.__name__: one.error.model_json_schema() for one in state_of(app).foreign})
        for path, item in document.get("paths", {}).items():
            foreign = state_of(app).foreign_at(path)
            for method, operation in item.items():
                if method in _METHODS and foreign is not None:
                    _complete_foreign(operation, matrix, foreign)
                elif method in _METHODS:
                    _complete(method, operation, matrix)
        app.openapi_schema = document
    return app.openapi_schema


def _complete(method: str, operation: dict[str, Any], matrix: AccessMatrix) -> None:
    row = matrix[operation["operationId"]]
    is_public = row.scope == "public"
    if is_public:
        operation.pop("security", None)
    else:
        operation["x-roles"] = sorted(row.roles)
    if OPTIONAL_PRECONDITION.items().isdisjoint(operation.items()):
        for parameter in operation.get("parameters", ()):
            parameter["required"] = parameter["required"] or parameter["name"] == _IF_MATCH
    responses: dict[str, Any] = operation["responses"]
    declared = {int(status) for status in responses if status.isdecimal() and int(status) >= 400}  # noqa: PLR2004 - refusals
    for status in sorted(declared.union(_of_form(method, operation, is_public=is_public))):
        content = {MEDIA_TYPE: {"schema": _SCHEMA}}
        responses[str(status)] = {"description": DESCRIPTIONS[status], "content": content}
    operation["responses"] = dict(sorted(responses.items()))
    operation.setdefault("description", row.description)


def _complete_foreign(operation: dict[str, Any], matrix: AccessMatrix, foreign: ForeignApi) -> None:
    """Tell who may call and what is refused, as the foreign API has it."""
    row = matrix[operation["operationId"]]
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{foreign.error.__name__}"}}}
    operation["responses"] |= {
        str(status): {"description": told, "content": content} for status, told in foreign.statuses.items()
    }
    operation["responses"] = dict(sorted(operation["responses"].items()))
    operation["x-roles"] = sorted(row.roles)
    operation.setdefault("description", row.description)


def _of_form(method: str, operation: Mapping[str, Any], *, is_public: bool) -> Iterator[int]:
    """Yield the statuses that follow from who calls an operation, what it takes and whether it writes."""
    yield from (401, 422, 503)  # a token that is shown must be good, also where none is asked for
    if not is_public:
        yield 403
    places = {(part["in"], part["name"]) for part in operation.get("parameters", ())}
    if any(kind == "path" for kind, _ in places):
        yield 404
    if ("header", _IF_MATCH) in places:
        yield from (412, 428)
    body = operation.get("requestBody")
    if body is not None or not places.isdisjoint(("header", name) for name in _READ_HEADERS):
        yield 400
    if body is not None:
        yield from (408, 413)
    if method != "get":
        yield from (415, 507)
