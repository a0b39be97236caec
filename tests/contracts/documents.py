"""Every document that is made from code: its path and its text. The tests compare, `make docs` writes."""

from collections.abc import Iterator
from pathlib import Path

from shared.contracts.asyncapi import asyncapi_document
from shared.db.roles import SERVICES
from tests.contracts.events_page import events_page
from tests.contracts.stored import as_text

DOCS = Path(__file__).parents[2] / "docs"


def documents() -> Iterator[tuple[Path, str]]:
    """Yield path and text of each generated document below `docs/`."""
    yield DOCS / "events.md", events_page()
    for service in SERVICES:
        yield DOCS / "asyncapi" / f"{service}.json", as_text(asyncapi_document(service))
