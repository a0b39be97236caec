"""Every document that is made from code: its path and its text. The tests compare, `make docs` writes."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from deploy.front.caddyfile import CADDYFILE
from shared.contracts.asyncapi import asyncapi_document
from shared.db.roles import SERVICES
from tests.contracts.applications import openapi_document
from tests.contracts.entrance import front_door
from tests.contracts.events_page import events_page
from tests.contracts.metrics_page import metrics_page
from tests.contracts.openapi_rules import breaking
from tests.contracts.settings_page import settings_page
from tests.contracts.stored import as_text
from tests.contracts.structure_page import structure_page

DOCS = Path(__file__).parents[2] / "docs"


Text = Callable[[], str]


def documents() -> dict[Path, Text]:
    """Return for each generated file, nearly all of them below `docs/`, what makes its text."""
    made: dict[Path, Text] = {
        CADDYFILE: front_door,
        DOCS / "events.md": events_page,
        DOCS / "metrics.md": metrics_page,
        DOCS / "settings.md": settings_page,
        DOCS / "structure.md": structure_page,
    }
    for service in SERVICES:
        made[DOCS / "asyncapi" / f"{service}.json"] = partial(_text_of, asyncapi_document, service)
        made[DOCS / "openapi" / f"{service}.json"] = partial(_text_of, openapi_document, service)
    return made


def _text_of(document: Callable[[str], Any], service: str) -> str:
    return as_text(document(service))


def broken_clients(path: Path, text: str) -> list[str]:
    """Return what a new OpenAPI document takes from the clients of the stored one; empty for other files."""
    if path.parent.name != "openapi" or not path.exists():
        return []
    return breaking(json.loads(path.read_text()), json.loads(text))
