"""The lint that keeps personal data off the topics: it reads contract models, not their values."""

import re
from collections.abc import Iterator
from typing import Any

from shared.contracts.base import EventData
from shared.contracts.schemas import event_schema

PERSONAL_WORD = re.compile(
    "address|alamat|birth|contact|email|gender|mail|mobile|nama|nik|nip|passport|password|person|phone"
    "|receipt|reporter|respondent|telepon|telp|token|whatsapp"
)
"""May stand nowhere in a field's name."""
FREE_TEXT_NOUN = re.compile(
    "answer|body|chronology|comment|description|detail|file|filename|message|name|notes?|remark|subject|text|title"
)
"""May not be what a field's name ends in: `text_version` is a version, `note_text` is a text."""
ALLOWED = {
    "name": ("id.zi.planning.unit.", "the official name of a public office, which every page must show"),
    "person_id": ("id.zi.planning.person.", "a pseudonym, which is all that the topic says of anybody"),
    "region": ("id.zi.planning.unit.", "the part of the country that a public office lies in"),
}
"""Field -> prefix of the event types that may carry it, and why."""

PROBES = (
    "Budi Santoso",
    "budi.santoso@example.id",
    "+62 812-3456-7890",
    "Jalan Merdeka 1",
    "foto kuitansi.pdf",
    "x" * 200,
)
"""A field that lets one of these through could carry a person."""


def findings(contract: type[EventData]) -> list[str]:
    """Return one sentence per field of the contract that could carry personal data."""
    schema = event_schema(contract)
    return [
        f"{contract.event_type}: {finding}"
        for name, field in schema["properties"].items()
        for finding in (*_name_findings(name), *_text_findings(name, field))
        if not _is_allowed(contract, finding.partition(":")[0].rpartition(".")[2])
    ]


def _is_allowed(contract: type[EventData], field: str) -> bool:
    return field in ALLOWED and contract.event_type.startswith(ALLOWED[field][0])


def _name_findings(name: str) -> Iterator[str]:
    words = name.split("_")
    for word in filter(PERSONAL_WORD.fullmatch, words):
        yield f"{name}: the word {word!r} speaks of a person"
    if FREE_TEXT_NOUN.fullmatch(words[-1]):
        yield f"{name}: {words[-1]!r} is free text or a name"


def _text_findings(path: str, schema: dict[str, Any]) -> Iterator[str]:
    """Walk a field's schema down to its texts; every shape we do not know is a finding too."""
    if "anyOf" in schema:
        for part in schema["anyOf"]:
            yield from _text_findings(path, part)
    elif "enum" in schema or "const" in schema:
        return
    elif schema.get("type") == "array":
        yield from _text_findings(f"{path}[]", schema["items"])
    elif schema.get("type") == "object":
        yield from _object_findings(path, schema)
    elif schema.get("type") == "string":
        yield from _string_findings(path, schema)
    elif schema.get("type") not in ("integer", "boolean", "null"):
        yield f"{path}: {schema.get('type')!r} is not a type a fact may have"


def _object_findings(path: str, schema: dict[str, Any]) -> Iterator[str]:
    if "properties" in schema:
        for name, field in schema["properties"].items():
            yield from (f"{path}.{finding}" for finding in _name_findings(name))
            yield from _text_findings(f"{path}.{name}", field)
        return
    keys = schema.get("patternProperties", {})
    if not keys or schema.get("additionalProperties"):
        yield f"{path}: a mapping must name the pattern of its keys"
    for pattern, value in keys.items():
        yield from _string_findings(f"{path} key", {"pattern": pattern})
        yield from _text_findings(f"{path} value", value)


def _string_findings(path: str, schema: dict[str, Any]) -> Iterator[str]:
    if schema.get("format") in ("date-time", "date", "uuid"):
        return
    pattern = schema.get("pattern", "")
    passing = [probe for probe in PROBES if re.search(pattern, probe, re.ASCII)]
    if passing:
        yield f"{path}: not an id, code or number; it would carry {passing[0]!r}"
