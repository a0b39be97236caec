"""What a template asks for is given wherever it is drawn, in branches too that no other test comes by."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest
from jinja2 import Environment, meta, nodes

import services

FRAMES = {
    "planning": "services.planning.pages.frame",
    "complaints": "services.complaints.frame",
    "survey": "services.survey.pages.frame",
    "scoring": "services.scoring.pages.frame",
}
ALWAYS = {
    *("session", "csrf", "path", "logout_path", "is_refused", "is_public"),
    *("menu", "role_words", "home", "login_url"),
}
"""What `shared.http.pages.rendering` gives to every page."""


class Drawn(NamedTuple):
    """One place that draws a template, with the names that it gives; `is_open` where it spreads others."""

    place: str
    template: str
    given: frozenset[str]
    is_open: bool


def drawn(service: str) -> Iterator[Drawn]:
    """Return every call of `PAGES.page` in a service."""
    folder = Path(services.__path__[0]) / service
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "PAGES.page":
                names = [one.value for one in node.args if isinstance(one, ast.Constant)]
                template = next((name for name in names if isinstance(name, str)), "")
                given = frozenset(one.arg for one in node.keywords if one.arg is not None)
                is_open = any(one.arg is None for one in node.keywords)
                yield Drawn(f"{path.relative_to(folder)}:{node.lineno}", template, given, is_open)


def asked(environment: Environment, template: str) -> set[str]:
    """Return the names that a template takes from whoever draws it."""
    assert environment.loader is not None
    tree = environment.parse(environment.loader.get_source(environment, template)[0])
    own = {one.target for one in tree.find_all(nodes.Import)} | {
        one.name for one in tree.find_all(nodes.Macro)
    }
    own |= {one.name for one in tree.find_all(nodes.Name) if one.ctx == "store"}
    own |= {
        one.node.name
        for one in tree.find_all(nodes.Test)
        if one.name == "defined" and isinstance(one.node, nodes.Name)
    }
    return meta.find_undeclared_variables(tree) - own - environment.globals.keys() - ALWAYS


@pytest.mark.parametrize("service", FRAMES)
def test_a_page_gives_its_template_every_name(service: str) -> None:
    environment: Environment = import_module(FRAMES[service]).PAGES._environment
    places = [one for one in drawn(service) if one.template]
    assert places
    missing = {
        one.place: sorted(lacking)
        for one in places
        if not one.is_open and (lacking := asked(environment, one.template) - one.given)
    }
    assert missing == {}
