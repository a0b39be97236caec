"""What a client of an HTTP API would notice: the rules by which an OpenAPI document may grow.

A request may ask for less and accept more; an answer may hold more. Anything else breaks somebody.
"""

from collections.abc import Iterator
from typing import Any, Literal

Document = dict[str, Any]
Node = dict[str, Any]
Direction = Literal["request", "answer"]

METHODS = ("get", "put", "post", "delete", "patch")
ALWAYS_NEEDED = frozenset({("header", "If-Match")})
"""Parameters without which the answer was always a refusal (428), whatever an older document says."""
PLAIN = ("type", "format", "pattern", "const")


def breaking(before: Document, after: Document) -> list[str]:
    """Return one sentence per change that breaks a client of `before`; empty when it only grew."""
    return [
        f"{method.upper()} {path}: {found}"
        for path, item in before["paths"].items()
        for method in METHODS
        if method in item
        for found in _Comparison(before, after).operation(
            item[method], after["paths"].get(path, {}).get(method)
        )
    ]


class _Comparison:
    """Walks two documents side by side, through references, once per pair of schemas."""

    def __init__(self, before: Document, after: Document) -> None:
        self._before = before
        self._after = after
        self._seen: set[tuple[str, str, Direction]] = set()

    def operation(self, before: Node, after: Node | None) -> Iterator[str]:
        if after is None:
            yield "the operation is gone"
            return
        yield from self._parameters(before.get("parameters", []), after.get("parameters", []))
        yield from self._body(before.get("requestBody"), after.get("requestBody"))
        for status, answer in before["responses"].items():
            if status not in after["responses"]:
                yield f"answer {status} is gone"
            else:
                yield from self._content(answer, after["responses"][status], "answer", f"answer {status}")

    def _parameters(self, before: list[Node], after: list[Node]) -> Iterator[str]:
        known = {(part["in"], part["name"]): part for part in before}
        now = {(part["in"], part["name"]): part for part in after}
        for key, part in known.items():
            if key not in now:
                yield f"parameter {key[1]} is gone"
            else:
                yield from self._schema(part["schema"], now[key]["schema"], "request", f"parameter {key[1]}")
        for key, part in now.items():
            if part.get("required") and not known.get(key, {}).get("required") and key not in ALWAYS_NEEDED:
                yield f"parameter {key[1]} is now required"

    def _body(self, before: Node | None, after: Node | None) -> Iterator[str]:
        if before is None:
            if after is not None and after.get("required"):
                yield "a body is now required"
        elif after is None:
            yield "the body is gone"
        else:
            yield from self._content(before, after, "request", "body")

    def _content(self, before: Node, after: Node, direction: Direction, place: str) -> Iterator[str]:
        for kind, part in before.get("content", {}).items():
            if kind not in after.get("content", {}):
                yield f"{place}: {kind} is gone"
            elif "schema" in part:
                yield from self._schema(
                    part["schema"], after["content"][kind].get("schema", {}), direction, place
                )

    def _schema(self, before: Node, after: Node, direction: Direction, place: str) -> Iterator[str]:
        if "$ref" in before and "$ref" in after:
            pair = (before["$ref"], after["$ref"], direction)
            if pair in self._seen:
                return
            self._seen.add(pair)
        old, new = _resolved(self._before, before), _resolved(self._after, after)
        for word in PLAIN:
            if old.get(word) != new.get(word):
                yield f"{place}: {word} {old.get(word)!r} became {new.get(word)!r}"
        lost = set(old.get("enum", [])) - set(new.get("enum", []))
        if lost and "enum" in new and direction == "request":
            yield f"{place}: no longer takes {sorted(map(str, lost))}"
        if len(old.get("anyOf", [])) != len(new.get("anyOf", [])):
            yield f"{place}: has other alternatives"
        for left, right in zip(old.get("anyOf", []), new.get("anyOf", []), strict=False):
            yield from self._schema(left, right, direction, place)
        if "items" in old:
            yield from self._schema(old["items"], new.get("items", {}), direction, f"{place}[]")
        yield from self._fields(old, new, direction, place)

    def _fields(self, old: Node, new: Node, direction: Direction, place: str) -> Iterator[str]:
        fields: Node = new.get("properties", {})
        for name, part in old.get("properties", {}).items():
            if name not in fields:
                yield f"{place}.{name} is gone"
            else:
                yield from self._schema(part, fields[name], direction, f"{place}.{name}")
        was, now = set(old.get("required", [])), set(new.get("required", []))
        if direction == "request":
            yield from (f"{place}.{name} is now required" for name in sorted(now - was))
        else:
            yield from (f"{place}.{name} may now be missing" for name in sorted((was - now) & fields.keys()))


def _resolved(document: Document, node: Node) -> Node:
    """Follow a reference into the document's components."""
    while "$ref" in node:
        node = document["components"]["schemas"][node["$ref"].rpartition("/")[2]]
    return node
