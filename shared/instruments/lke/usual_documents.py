"""Documents that a unit usually shows as evidence of an item: hints in our own words, never conditions.

Source: requirements.md sections B to I (R-028 to R-168), which name them by indicator; else common practice.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from shared.instruments.lke.checks import require
from shared.instruments.lke.load import lke_instrument, read

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""What the kind of an evidence may be."""
_SOURCE = re.compile(r"praktik umum|R-\d{3}(, R-\d{3})*")


@dataclass(frozen=True, slots=True)
class UsualDocument:
    """`key` is the kind of an evidence that is one, and means the same document at every item.

    `text` is a short Indonesian noun phrase; `source` names requirement rows, or common practice.
    """

    key: str
    text: str
    source: str


def usual_documents(code: str) -> tuple[UsualDocument, ...]:
    """Return the documents of an item, one at least, the most telling first; `KeyError` for another code."""
    return _by_item()[code]


def missing_documents(code: str, kinds: Collection[str]) -> tuple[UsualDocument, ...]:
    """Return those documents of an item that no evidence of these kinds is; `KeyError` for another code."""
    return tuple(document for document in usual_documents(code) if document.key not in kinds)


@cache
def _by_item() -> Mapping[str, tuple[UsualDocument, ...]]:
    return load_documents(read("usual_documents.json"))


def load_documents(data: Mapping[str, Any]) -> Mapping[str, tuple[UsualDocument, ...]]:
    """Return the checked documents by item, in the order of the sheet.

    Raises `InvalidInstrumentError` when: a key is no kind of evidence, a text is empty, stands twice or
    breaks over lines, a source is none, an item is unknown, has no document, one twice or one that is not
    described, or a document stands at no item.
    """
    described = {
        key: UsualDocument(key, entry["text"], entry["source"]) for key, entry in data["documents"].items()
    }
    items: Mapping[str, list[str]] = data["items"]
    questions = lke_instrument().questions
    for key, document in described.items():
        require(_KEY.fullmatch(key) is not None, f"document {key!r}: the key is no kind of evidence")
        is_line = document.text == " ".join(document.text.split()) != ""
        require(is_line, f"document {key}: the text must be one line that says something")
        require(_SOURCE.fullmatch(document.source) is not None, f"document {key}: no source")
    texts = {document.text for document in described.values()}
    require(len(texts) == len(described), "two documents have one text")
    for code, keys in items.items():
        require(code in questions, f"documents of {code}: no such item")
        require(len(set(keys)) == len(keys), f"documents of {code}: one stands there twice")
        for key in keys:
            require(key in described, f"documents of {code}: {key} is not described")
    bare = [code for code in questions if not items.get(code)]
    require(not bare, f"items without a usual document: {', '.join(bare)}")
    unused = described.keys() - {key for keys in items.values() for key in keys}
    require(not unused, f"documents of no item: {', '.join(sorted(unused))}")
    return MappingProxyType({code: tuple(described[key] for key in items[code]) for code in questions})
