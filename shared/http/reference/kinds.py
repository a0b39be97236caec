"""JSON Schema for readers: what a value is in a few words with links, the fields of an object as rows."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
_REF = "#/components/schemas/"
_FILE = "application/octet-stream"
_PIECES = re.compile(r"[^/._\-\]})|]*[/._\-\]})|]*")
"""Pieces of a technical name between which a line may break; no word of it is broken."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a kind: plain words, a value to be typed as it stands, or the name of another kind."""

    text: str
    is_code: bool = False
    is_link: bool = False


Kind = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field or parameter; the fields of a list's entries are named `list[].field`."""

    name: str
    kind: Kind
    is_required: bool
    meaning: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class NamedKind:
    """A kind that a document names: an object with its fields, or a value of a few."""

    name: str
    meaning: str
    fields: tuple[Field, ...]
    kind: Kind


def named_kinds(schemas: Mapping[str, Schema]) -> list[NamedKind]:
    """Return the kinds of a document, by name."""
    return [
        NamedKind(name, schema.get("description", ""), tuple(fields_of(schema)), kind_of(schema))
        for name, schema in sorted(schemas.items(), key=lambda entry: entry[0].lower())
    ]


def fields_of(schema: Schema, within: str = "") -> Iterator[Field]:
    """Yield the fields of an object, those of nested objects behind them."""
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        yield Field(
            f"{within}{name}", kind_of(field), name in required, _meaning(field), shown(field.get("default"))
        )
        yield from fields_of(field, f"{within}{name}.")
        yield from fields_of(field.get("items", {}), f"{within}{name}[].")


def shown(value: Any) -> str:
    """Return a value as it is typed, nothing for none."""
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def kind_of(schema: Schema) -> Kind:
    """Return what a value of the schema is."""
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return _joined(schema[key], " or ")
    if "$ref" in schema:
        return (Part(schema["$ref"].removeprefix(_REF), is_link=True),)
    if "const" in schema:
        return (Part(str(schema["const"]), is_code=True),)
    if "enum" in schema:
        return _listed([Part(str(value), is_code=True) for value in schema["enum"]], ", ")
    if schema.get("contentMediaType") == _FILE or schema.get("format") == "binary":
        return (Part("file"),)
    return _BY_TYPE.get(str(schema.get("type")), _any)(schema)


def _joined(schemas: list[Schema], word: str) -> Kind:
    found: list[Part] = []
    for schema in schemas:
        found += [Part(word)] if found else []
        found += kind_of(schema)
    return tuple(found)


def _listed(parts: list[Part], word: str) -> Kind:
    return tuple(piece for part in parts for piece in (Part(word), part))[1:]


def _meaning(field: Schema) -> str:
    """Return a field's own description, or that of the kind it is one of."""
    within = [field, *field.get("anyOf", ())]
    return next((part["description"] for part in within if "description" in part), "")


def _any(_schema: Schema) -> Kind:
    return (Part("any value"),)


def _plain(schema: Schema) -> Kind:
    return (Part(str(schema["type"])),)


def _number(schema: Schema) -> Kind:
    return (Part(f"{schema['type']}{_range(schema, 'minimum', 'maximum')}"),)


def _text(schema: Schema) -> Kind:
    if "format" in schema:
        return (Part(str(schema["format"])),)
    words = f"text{_range(schema, 'minLength', 'maxLength', ' characters')}"
    if "pattern" not in schema:
        return (Part(words),)
    return (Part(f"{words} like "), Part(schema["pattern"], is_code=True))


def _list(schema: Schema) -> Kind:
    entries = _range(schema, "minItems", "maxItems", " entries")
    return (Part(f"list{f' of{entries}:' if entries else ' of'} "), *kind_of(schema.get("items", {})))


def _object(schema: Schema) -> Kind:
    if "patternProperties" in schema:
        key, value = next(iter(schema["patternProperties"].items()))
        return (Part("map of "), Part(key, is_code=True), Part(" to "), *kind_of(value))
    if isinstance(schema.get("additionalProperties"), dict):
        return (Part("map of text to "), *kind_of(schema["additionalProperties"]))
    return (Part("object"),)


def _range(schema: Schema, low: str, high: str, unit: str = "") -> str:
    least, most = (f"{schema[key]:,.0f}" if key in schema else None for key in (low, high))
    if least is not None and most is not None:
        return f" {least}{unit}" if least == most else f" {least} to {most}{unit}"
    if most is not None:
        return f" up to {most}{unit}"
    return "" if least is None else f" from {least}{unit}"


_BY_TYPE = {
    "integer": _number,
    "number": _number,
    "string": _text,
    "array": _list,
    "object": _object,
    "boolean": _plain,
    "null": _plain,
}


def pieces(name: str) -> list[str]:
    """Return a technical name in pieces that stand on one line each."""
    return [piece for piece in _PIECES.findall(name) if piece]
