"""The published contracts as files: a schema and the examples of every event type, and how they may grow."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.contracts.base import EventData
from shared.contracts.examples import example
from shared.contracts.schemas import event_schema

FOLDER = Path(__file__).parent / "stored"

Schema = dict[str, Any]


class IncompatibleError(Exception):
    """A contract changed in a way that readers of its version would not survive."""


def schema_path(contract: type[EventData], folder: Path = FOLDER) -> Path:
    return folder / f"{contract.event_type}.schema.json"


def example_paths(contract: type[EventData], folder: Path = FOLDER) -> list[Path]:
    """Return the files of all examples ever published of this version, oldest first."""
    return sorted(folder.glob(f"{contract.event_type}.example*.json"))


def as_text(document: Any) -> str:
    """Return a document as it is stored: readable, with a final newline."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def example_data(contract: type[EventData]) -> Any:
    """Return today's example as JSON data."""
    return example(contract).model_dump(mode="json")


def breaking(stored: Schema, current: Schema) -> list[str]:
    """Return what in the current schema breaks readers of the stored one; empty when only options came.

    Words for people (description, examples) may change; everything else about a published field may not.
    """
    return [*_lost_or_changed(stored, current), *_newly_required(stored, current)]


def _lost_or_changed(stored: Schema, current: Schema) -> Iterator[str]:
    for name, field in stored["properties"].items():
        if name not in current["properties"]:
            yield f"field {name} is gone"
        elif _without_words(field) != _without_words(current["properties"][name]):
            yield f"field {name} has another type, range or default"
        elif (name in stored["required"]) != (name in current["required"]):
            yield f"field {name} is {'no longer' if name in stored['required'] else 'now'} required"


def _newly_required(stored: Schema, current: Schema) -> Iterator[str]:
    for name in current["required"]:
        if name not in stored["properties"]:
            yield f"new field {name} is required"


def _without_words(schema: Any) -> Any:
    if isinstance(schema, dict):
        kept = {name: part for name, part in schema.items() if name not in ("description", "examples")}
        return {name: _without_words(part) for name, part in kept.items()}
    if isinstance(schema, list):
        return [_without_words(part) for part in schema]
    return schema


def store(contract: type[EventData], folder: Path = FOLDER) -> list[Path]:
    """Write the contract's schema and, when it grew, one example more; return the files written.

    A stored example is never overwritten. Raises `IncompatibleError` and writes nothing when the contract
    is not a growth of its stored version.
    """
    path, current = schema_path(contract, folder), event_schema(contract)
    stored = json.loads(path.read_text()) if path.exists() else None
    if stored == current:
        return []
    if stored is not None and (found := breaking(stored, current)):
        raise IncompatibleError(
            f"{contract.event_type} is published and only optional fields may be added to it, but"
            f" {'; '.join(found)}. Make it a new version (.v2) and leave this one as it is."
        )
    path.write_text(as_text(current))
    if stored is not None and stored["properties"].keys() == current["properties"].keys():
        return [path]
    number = len(example_paths(contract, folder)) + 1
    shown = folder / f"{contract.event_type}.example-{number}.json"
    shown.write_text(as_text(example_data(contract)))
    return [path, shown]
