"""Imports as data: limits, columns that are known, words of other systems, and how imported cases begin."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from services.complaints.cases.domain.acts import FACTS, Act, State
from services.complaints.imports.domain.rows import Field, Vocabulary
from services.complaints.matters import domain as lives


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may hold, and how it is taken in.

    `rows_at_once` are written in one transaction; what nobody let run is forgotten after `kept_hours`.
    """

    file_bytes: int
    rows: int
    columns: int
    cell_characters: int
    rows_at_once: int
    kept_hours: int
    faults_of_row: int
    exported_rows: int


@dataclass(frozen=True, slots=True)
class ImportRules:
    """All that the data say; `begins` is how a case of each kind starts that another system forwarded."""

    limits: Limits
    fields: tuple[Field, ...]
    sources: Mapping[str, Vocabulary]
    begins: Mapping[str, Act]


@cache
def import_rules() -> ImportRules:
    """Return the data, checked: raises `ValueError` for a fact or state that nobody knows."""
    said = json.loads((files(__package__) / "imports.json").read_text(encoding="utf-8"))
    shared = {name: said[name] for name in ("streams", "classes", "flags")}
    return ImportRules(
        Limits(**said["limits"]),
        tuple(
            Field(one["field"], one["label"], one["is_required"], tuple(one["headers"]))
            for one in said["fields"]
        ),
        {
            one["source"]: Vocabulary(
                one["source"], one["label"], frozenset(one["closed"]), one["kinds"], **shared
            )
            for one in said["sources"]
        },
        {kind: _beginning(one) for one in said["begins"] for kind in one["kinds"]},
    )


def _beginning(said: Mapping[str, Any]) -> Act:
    if unknown := set(said["makes"]) - FACTS:
        raise ValueError(f"imports.json: begins: unknown facts {sorted(unknown)}")
    return lives.Act(
        name="receive",
        past="received",
        sources=frozenset(),
        targets=(State(said["state"]),),
        by=frozenset({"complaint_officer", "complaint_supervisor"}),
        makes=tuple(said["makes"]),
    )
