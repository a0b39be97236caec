"""Whatever a route takes is of a kind that refuses what is odd; nobody writes a bare type by mistake."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel

from services.complaints.deadlines.usecases.engine import ENGINE
from services.complaints.intake.reporters import REPORTER
from services.survey.usecases.visits import RESPONDENT
from shared.audit.record import SYSTEM
from shared.db.roles import SERVICES
from shared.http.fields import Body
from shared.security import PUBLIC
from shared.security.principal import RESERVED_SUBJECTS
from tests.architecture.test_routes import routes_of

BOUND = {
    "date": {"_day_text", "_in_days"},
    "datetime": {"_moment_text", "_in_moments"},
}
"""What stands around a date or a moment that a caller may send."""
_SCALARS = frozenset({"int", "float", "str", "bool"})


def bodies(route: APIRoute) -> Iterator[type[BaseModel]]:
    """Yield the models that a route reads from its body."""
    for field in route.dependant.body_params:
        for kind in (field.field_info.annotation, *get_args(field.field_info.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield kind


def bare(schema: Any, around: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield what in a schema of pydantic's core would take a value of another kind, or of any time."""
    if isinstance(schema, list | tuple):
        for part in schema:
            yield from bare(part, around)
    if not isinstance(schema, dict):
        return
    kind = schema.get("type")
    if kind == "union" and {_kind(choice) for choice in schema["choices"]} >= _SCALARS:
        return  # takes all of them as they are
    if kind in {"int", "bool"} and not schema.get("strict"):
        yield f"a bare {kind}"
    if kind in BOUND and not BOUND[kind] <= around:
        yield f"a bare {kind}"
    if callable(function := (schema.get("function") or {}).get("function")):
        around |= {getattr(function, "__name__", "")}
    for name, part in schema.items():
        if name != "function":
            yield from bare(part, around)


def _kind(choice: Any) -> str:
    return str((choice[0] if isinstance(choice, tuple) else choice)["type"])


def parts(kind: Any) -> Iterator[Any]:
    """Yield a type and all that it is made of."""
    yield kind
    for part in get_args(kind):
        yield from parts(part)


@pytest.mark.parametrize("service", SERVICES)
def test_every_body_is_of_the_kinds_that_refuse_what_is_odd(service: str) -> None:
    seen, faults = 0, []
    for route in routes_of(service):
        for model in bodies(route):
            seen += 1
            if not issubclass(model, Body):
                faults.append(f"{route.operation_id}: {model.__name__} is no Body")
            faults += [
                f"{route.operation_id}: {found} in {model.__name__}"
                for found in bare(model.__pydantic_core_schema__)
            ]
    assert faults == []
    assert seen or service == "scoring"


@pytest.mark.parametrize("service", SERVICES)
def test_every_number_in_an_address_is_read_from_ascii_digits(service: str) -> None:
    seen, faults = 0, []
    for route in routes_of(service):
        dependants = [route.dependant, *route.dependant.dependencies]
        for field in (one for part in dependants for one in (*part.path_params, *part.query_params)):
            kind = field.field_info.annotation
            if any(part is int for part in parts(kind)):
                seen += 1
                if "read_digits" not in f"{kind!r}{field.field_info.metadata!r}":
                    faults.append(f"{route.operation_id}: {field.alias}")
    assert faults == []
    assert seen


def test_no_token_can_bear_a_name_that_the_system_gives_to_nobodys_account() -> None:
    given = {SYSTEM, ENGINE, PUBLIC.subject, RESPONDENT.subject, REPORTER.subject}
    assert given == RESERVED_SUBJECTS
