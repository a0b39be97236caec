"""The OpenAPI document: problem details on every operation, the bearer scheme on all but public ones."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.http.problem import MEDIA_TYPE, Problem
from shared.security import AccessMatrix

_ALWAYS = {
    "503": "Too busy (`busy`, `too_slow`), or the database or the issuer is away; try again after Retry-After"
}
_WITH_WRITING = {"507": "A disk is full, nothing was stored (`storage_full`); try again after Retry-After"}
_BEHIND_LOGIN = {"401": "No valid token", "403": "The role does not allow it"}
_WITH_INPUT = {"422": "Fields are not valid, or the rules refuse"}
TOO_MANY: dict[int | str, dict[str, Any]] = {
    429: {"description": "Too many from this source (`rate_limited`, `wait_first`); see Retry-After"}
}
"""For `responses=` of operations that have limits."""
_SCHEMA = {"$ref": "#/components/schemas/Problem"}
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})


def describe(app: FastAPI, matrix: AccessMatrix) -> dict[str, Any]:
    """Return the document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        for path in document.get("paths", {}).values():
            for method, operation in path.items():
                if method in _METHODS:
                    _complete(method, operation, matrix)
        app.openapi_schema = document
    return app.openapi_schema


def _complete(method: str, operation: dict[str, Any], matrix: AccessMatrix) -> None:
    row = matrix[operation["operationId"]]
    responses: dict[str, Any] = operation["responses"]
    told: Mapping[str, str] = _ALWAYS
    if row.scope == "public":
        operation.pop("security", None)
    else:
        told = {**_BEHIND_LOGIN, **told}
        operation["x-roles"] = sorted(row.roles)
    if method != "get":
        told = {**told, **_WITH_WRITING}
    if "422" in responses:
        told = {**told, **_WITH_INPUT}
    if "429" in responses:
        told = {**told, "429": responses["429"]["description"]}
    for status, description in told.items():
        responses[status] = {"description": description, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
    operation.setdefault("summary", row.description)
