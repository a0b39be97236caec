"""The privacy notice in each of its versions.

A report records the version that was read, so that no version is changed once it was shown, nor taken away.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "data" / "privacy"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the notice: what it says, then terms with what each means."""

    id: str
    title: str
    paragraphs: tuple[str, ...]
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice in one version."""

    version: str
    sections: tuple[Section, ...]


@cache
def notices() -> Mapping[str, Notice]:
    """Return every version, the oldest first; raises `ValueError` for one that its file name contradicts."""
    found: dict[str, Notice] = {}
    for path in sorted(_FOLDER.glob("*.json"), key=lambda path: int(path.stem)):
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != path.stem or not content["source"]:
            raise ValueError(f"{path.name}: version {content['version']}, or no source")
        found[path.stem] = Notice(
            content["version"],
            tuple(
                Section(
                    part["id"],
                    part["title"],
                    tuple(part["paragraphs"]),
                    tuple((term, words) for term, words in part["items"]),
                )
                for part in content["sections"]
            ),
        )
    return found
