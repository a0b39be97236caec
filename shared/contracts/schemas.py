"""JSON Schema of each event contract: what a foreign reader validates with."""

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from shared.contracts.base import EventData

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles that only repeat a field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


def event_schema(contract: type[EventData]) -> dict[str, Any]:
    """Return the JSON schema of a contract's data, titled with its `ce_type`.

    Required are the fields without a default only: a reader must also take the events of older producers.
    The shape of a list's entries stands where it is used, so that the schema can be put anywhere.
    """
    schema = contract.model_json_schema(schema_generator=_Untitled)
    schema = _inlined(schema, schema.pop("$defs", {}))
    head = {"$schema": DIALECT, "title": contract.event_type, "description": _one_line(contract)}
    return head | {name: part for name, part in schema.items() if name not in head}


def _inlined(part: Any, shapes: Mapping[str, Any]) -> Any:
    if isinstance(part, list):
        return [_inlined(entry, shapes) for entry in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _inlined(shapes[part["$ref"].rpartition("/")[2]], shapes)
    return {name: _inlined(entry, shapes) for name, entry in part.items()}


def _one_line(contract: type[EventData]) -> str:
    return " ".join((contract.__doc__ or "").split())
