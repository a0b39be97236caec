"""What is made from code says what the code says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.documents import DOCS, documents

MADE = documents()


@pytest.mark.parametrize("path", MADE, ids=lambda path: str(path.relative_to(DOCS.parent)))
def test_a_made_document_is_up_to_date(path: Path) -> None:
    assert path.read_text() == MADE[path](), "run `make docs`"


@pytest.mark.parametrize("folder", ["asyncapi", "openapi"])
def test_no_document_is_left_over(folder: str) -> None:
    assert set((DOCS / folder).glob("*.json")) == {path for path in MADE if path.parent.name == folder}


@pytest.mark.parametrize("path", sorted((DOCS / "openapi").glob("*.json")), ids=lambda path: path.stem)
def test_bounds_are_told_in_the_words_of_json_schema(path: Path) -> None:
    """A validator before a bound lets its Python name through, which no reader of the document knows."""
    assert re.findall(r'"(?:ge|gt|le|lt)":', path.read_text()) == []


TYPED_COUNTS = {"AnswerIn"}
"""What people send may be any number; whole ones are taken, others refused by their field."""


@pytest.mark.parametrize(
    "path", sorted(DOCS.glob("*api/*.json")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_numbers_leave_as_whole_ones_or_as_text(path: Path) -> None:
    """A JSON number may become a float on its way. Source: lke.md section 5."""
    components: dict[str, dict[str, Any]] = json.loads(path.read_text())["components"]
    parts = [part for kind in components.values() for part in kind.items()]
    assert parts
    told = {name for name, part in parts if '"type": "number"' in json.dumps(part)}
    assert told <= TYPED_COUNTS
