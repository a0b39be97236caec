"""Every refusal that a service can give has its English sentence at the command line."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import services
import shared
from shared.cli.refusals import FAULTS, REFUSALS, place
from shared.http import problem
from shared.kernel import DomainError


def _subclasses(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for sub in kind.__subclasses__():
        yield sub
        yield from _subclasses(sub)


def _refusals() -> set[str]:
    for package in (services, shared):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if (
                not module.name.rpartition(".")[2].startswith(("__", "env"))
                and ".migrations" not in module.name
            ):
                importlib.import_module(module.name)
    ours = {
        kind.code for kind in _subclasses(DomainError) if kind.__module__.startswith(("services", "shared"))
    }
    framework = {*problem.STATUS, *problem._CODES.values()}
    return ours | framework | {"validation_failed", "database_away", "internal_error", "request_refused"}


def _faults() -> Iterator[str]:
    """Yield the codes in `Fault(field, code, ...)` and `{"field": ..., "code": ...}` of the services."""
    for file in Path(services.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault":
                yield from (str(arg.value) for arg in node.args[1:2] if isinstance(arg, ast.Constant))
            if isinstance(node, ast.Dict):
                keys = {
                    key.value: value
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant)
                }
                if "field" in keys and isinstance(code := keys.get("code"), ast.Constant):
                    yield str(code.value)


def test_every_refusal_has_its_sentence() -> None:
    assert _refusals() - REFUSALS.keys() == set()


def test_every_fault_of_a_field_has_its_words() -> None:
    found = {*_faults(), *problem._SENTENCES} - {"json_invalid"}
    assert len(found) > 20
    assert found - FAULTS.keys() == set()


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("item_code", "item code"),
        ("answers.0.item_code", "answer 1, item code"),
        ("answers.11", "answer 12"),
        ("answers.0.inputs.n1", "answer 1, inputs.n1"),
        ("body", "body"),
    ],
)
def test_a_place_is_told_as_people_count(field: str, words: str) -> None:
    assert place(field) == words
