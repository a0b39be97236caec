"""What a page tells of an OpenAPI document: operations by resource, what they take, answer and refuse."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from shared.http.problem import STATUS
from shared.http.reference.kinds import Field, Kind, kind_of, shown

_METHODS = ("get", "post", "put", "patch", "delete")
_REFUSED_FROM = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation gives when it succeeds; without a kind there is no body."""

    status: str
    meaning: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `roles` is empty where nobody has to log in."""

    id: str
    method: str
    path: str
    meaning: str
    roles: tuple[str, ...]
    parameters: tuple[tuple[str, Field], ...]
    bodies: tuple[tuple[str, Kind], ...]
    answers: tuple[Answer, ...]
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status with the codes that a problem of that status may bear."""

    status: str
    meaning: str
    codes: tuple[str, ...]


def operations_by_resource(document: Mapping[str, Any]) -> list[tuple[str, list[Operation]]]:
    """Return the operations in the document's order, those of a first path word together."""
    found = sorted(_operations(document), key=lambda operation: _resource(operation.path))
    return [(name, list(group)) for name, group in groupby(found, key=lambda each: _resource(each.path))]


def refusals(document: Mapping[str, Any], error_status: Mapping[str, int]) -> list[Refusal]:
    """Return the refusals that operations of the document name, by status, with all codes of the service."""
    meanings = {
        status: answer["description"]
        for path in document["paths"].values()
        for method in _METHODS
        for status, answer in path.get(method, {}).get("responses", {}).items()
        if int(status) >= _REFUSED_FROM
    }
    codes = {**STATUS, **error_status}
    return [
        Refusal(status, meaning, tuple(sorted(code for code, of in codes.items() if str(of) == status)))
        for status, meaning in sorted(meanings.items())
    ]


def _resource(path: str) -> str:
    return path.split("/")[1]


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield _operation(method, path, item[method])


def _operation(method: str, path: str, told: Mapping[str, Any]) -> Operation:
    answers = told["responses"]
    return Operation(
        id=told["operationId"],
        method=method.upper(),
        path=path,
        meaning=told["description"],
        roles=tuple(told.get("x-roles", ())),
        parameters=tuple((each["in"], _parameter(each)) for each in told.get("parameters", ())),
        bodies=tuple(_contents(told.get("requestBody", {}))),
        answers=tuple(
            Answer(status, answer["description"], kind)
            for status, answer in answers.items()
            if int(status) < _REFUSED_FROM
            for _, kind in (*_contents(answer),) or (("", ()),)
        ),
        refusals=tuple(status for status in answers if int(status) >= _REFUSED_FROM),
    )


def _parameter(told: Mapping[str, Any]) -> Field:
    schema = told["schema"]
    meaning = told.get("description", "")
    return Field(told["name"], kind_of(schema), told["required"], meaning, shown(schema.get("default")))


def _contents(told: Mapping[str, Any]) -> Iterator[tuple[str, Kind]]:
    for media, content in told.get("content", {}).items():
        yield media, kind_of(content.get("schema", {}))
