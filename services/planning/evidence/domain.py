"""Evidence: documents that a unit or its assessors bring, as files, words or addresses."""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from urllib.parse import urlsplit
from uuid import UUID

from services.planning.layers import Layer
from shared.kernel import DomainError, printable

MOST_TITLE, MOST_WORDS, MOST_ADDRESS = 200, 5_000, 2_000
"""Characters."""
_SCHEMES = frozenset({"http", "https"})
_ONE_WORD = re.compile(r"[^\s\x00-\x1f]+")


class AddressInvalidError(DomainError):
    """The address of an evidence leads nowhere: it is no http or https address with a host."""

    code: ClassVar[str] = "address_invalid"


class OtherFormError(DomainError):
    """A revision keeps the form of its evidence: a file stays a file."""

    code: ClassVar[str] = "other_form"


class Form(StrEnum):
    """What an evidence is: a file in the store, words, or an address on the web."""

    FILE = "file"
    TEXT = "text"
    ADDRESS = "address"


_WRITTEN = {Form.TEXT: ("text/plain; charset=utf-8", "txt"), Form.ADDRESS: ("text/uri-list", "url")}


@dataclass(frozen=True, slots=True)
class Content:
    """What an evidence is made of, as it came in once.

    `body` holds words or the address, None for a file, whose bytes are found by `sha256` in the store.
    """

    form: Form
    file_name: str
    sha256: str
    media_type: str
    size_bytes: int
    body: str | None
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """One document of a unit by the layer that brought it, in its newest `revision`, counted from 1."""

    evidence_id: UUID
    unit_id: str
    layer: Layer
    kind: str
    title: str
    revision: int
    content: Content

    def revised(self, newer: Content) -> "Evidence":
        """Return the evidence with newer content; raises `OtherFormError`."""
        if newer.form is not self.content.form:
            raise OtherFormError(
                f"Bukti dukung ini berbentuk {self.content.form}, bukan {newer.form}.", field="form"
            )
        return replace(self, revision=self.revision + 1, content=newer)


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """An evidence as lists show it; `activities` are the indicators whose activities it proves."""

    evidence_id: UUID
    revision: int
    kind: str
    title: str
    form: Form
    uploaded_at: datetime
    activities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """Where an evidence proves something now: an item of a layer, or an activity by its indicator."""

    evidence_id: UUID
    year: int
    code: str
    layer: Layer | None = None
    activity_id: UUID | None = None


def written(title: str, form: Form, body: str, at: datetime) -> Content:
    """Return words or an address as content; raises `AddressInvalidError`."""
    if form is Form.ADDRESS:
        body = checked_address(body)
    sha256, media_type, size_bytes = facts_of(form, body)
    extension = _WRITTEN[form][1]
    stem = printable(title).replace("/", "-").replace("\\", "-").strip(". ") or "bukti"
    name = f"{stem[: MOST_TITLE - len(extension) - 1]}.{extension}"
    return Content(form, name, sha256, media_type, size_bytes, body, at)


def facts_of(form: Form, body: str) -> tuple[str, str, int]:
    """Return sha256, media type and bytes of words or an address, as a manifest names files too."""
    content = body.encode()
    return hashlib.sha256(content).hexdigest(), _WRITTEN[form][0], len(content)


def checked_address(text: str) -> str:
    """Return an http or https address without what surrounds it; raises `AddressInvalidError`.

    Nobody opens it here: it is shown as a link, and what a browser would run instead of open is refused.
    """
    address = text.strip()
    try:
        parts = urlsplit(address)
        is_whole = parts.scheme.casefold() in _SCHEMES and bool(parts.hostname)
    except ValueError:
        is_whole = False
    if not is_whole or len(address) > MOST_ADDRESS or not _ONE_WORD.fullmatch(address):
        raise AddressInvalidError(
            f"Alamat harus diawali http:// atau https://, tanpa spasi, paling panjang {MOST_ADDRESS} huruf.",
            field="body",
        )
    return address
