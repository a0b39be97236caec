"""Documents that a unit usually shows as evidence of an item: hints in our own words, never conditions.

Source: requirements.md sections B to I (R-028 to R-168), which name them by indicator; else common practice.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from shared.instruments.lke.faults import refuse_any
from shared.instruments.lke.file_shapes import USUAL_DOCUMENTS
from shared.instruments.lke.load import lke_instrument, read
from shared.instruments.lke.model import Instrument

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


def load_documents(
    data: Any, instrument: Instrument | None = None
) -> Mapping[str, tuple[UsualDocument, ...]]:
    """Return the checked documents by item, in the order of the instrument, the shipped one if none is given.

    Raises `InvalidInstrumentError` with every fault: what the file is made of, a key that is no kind of
    evidence, a text that is empty, stands twice or breaks over lines, a source that is none, an item that is
    unknown, has no document, one twice or one that is not described, a document that stands at no item.
    """
    refuse_any(USUAL_DOCUMENTS(data, "the file"))
    described = {
        key: UsualDocument(key, entry["text"], entry["source"]) for key, entry in data["documents"].items()
    }
    items: Mapping[str, list[str]] = data["items"]
    questions = (instrument or lke_instrument()).questions
    refuse_any([*_faults_of(described), *_faults_of_items(items, described, questions)])
    return MappingProxyType({code: tuple(described[key] for key in items[code]) for code in questions})


def _faults_of(described: Mapping[str, UsualDocument]) -> Iterator[str]:
    texts: set[str] = set()
    for key, document in described.items():
        if _KEY.fullmatch(key) is None:
            yield f"document {key!r}: the key is no kind of evidence"
        text = document.text
        if not isinstance(text, str) or not text == " ".join(text.split()) != "":
            yield f"document {key}: the text must be one line that says something"
        elif text in texts:
            yield f"document {key}: two documents have one text"
        else:
            texts.add(text)
        if not isinstance(document.source, str) or _SOURCE.fullmatch(document.source) is None:
            yield f"document {key}: no source"


def _faults_of_items(
    items: Mapping[str, list[str]], described: Collection[str], questions: Collection[str]
) -> Iterator[str]:
    for code, keys in items.items():
        if code not in questions:
            yield f"documents of {code}: no such item"
        if len(set(keys)) != len(keys):
            yield f"documents of {code}: one stands there twice"
        yield from (f"documents of {code}: {key} is not described" for key in keys if key not in described)
    bare = [code for code in questions if not items.get(code)]
    if bare:
        yield f"items without a usual document: {', '.join(bare)}"
    unused = set(described) - {key for keys in items.values() for key in keys}
    if unused:
        yield f"documents of no item: {', '.join(sorted(unused))}"
