"""A document on its way to the process that writes it: as JSON, and back."""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from shared.documents.document import (
    Column,
    Document,
    Heading,
    Note,
    Paragraph,
    Row,
    Signature,
    Signatures,
    Table,
)

_KINDS: dict[str, Any] = {
    one.__name__: one
    for one in (Column, Document, Heading, Note, Paragraph, Row, Signature, Signatures, Table)
}


def to_json(document: Document) -> bytes:
    """Return a document whole; halves of pairs of letters, which no file holds, stay what they are."""
    return json.dumps(plain(document)).encode()


def from_json(content: bytes) -> Document:
    """Return the document that was sent."""
    made: Document = json.loads(content, object_hook=_made)
    return made


def plain(value: Any, shown: Callable[[str], str] = str) -> Any:
    """Return a part of a document as JSON says it: parts with their `kind`, texts as `shown` gives them."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, tuple):
        return [plain(one, shown) for one in value]
    if is_dataclass(value):
        parts = {one.name: plain(getattr(value, one.name), shown) for one in fields(value)}
        return parts | {"kind": type(value).__name__}
    return value.isoformat() if isinstance(value, datetime) else value


def _made(told: dict[str, Any]) -> Any:
    parts: dict[str, Any] = {
        name: tuple(part) if isinstance(part, list) else part for name, part in told.items()
    }
    if "told_at" in parts:
        parts["told_at"] = datetime.fromisoformat(parts["told_at"])
    return _KINDS[parts.pop("kind")](**parts)
