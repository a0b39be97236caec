"""The proof that something was filed: what it says, and how it is written as one code.

A code carries all it says, so that it is checked without the case, years later and after its erasure:
version (1 byte), id of the key (8), what it says (JSON), signature (64); Base64 of URLs without padding.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.kernel import Zone

VERSION = 1
KEY_ID_BYTES, SIGNATURE_BYTES = 8, 64
MOST_LETTERS = 600
"""Of a code; the longest that we make has some 400."""
_CONTEXT = b"zona-integritas/proof-of-filing\0"
_LEAST_BYTES = 1 + KEY_ID_BYTES + SIGNATURE_BYTES


@dataclass(frozen=True, slots=True)
class Filing:
    """What a proof says; of a report whose content is secret that it is genuine, and no more.

    `content_hash` is what `hash_of` returns: with the reporter's own text it shows what was filed.
    """

    content_hash: str
    tracking_id: str | None = None
    unit_id: str | None = None
    zone: Zone | None = None
    received_at: datetime | None = None
    channel: str | None = None

    @property
    def is_secret(self) -> bool:
        return self.tracking_id is None


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A code taken apart: whose key it names, the text that was signed, and the signature."""

    key_id: bytes
    signed: bytes
    signature: bytes
    told: bytes

    def filing(self) -> Filing:
        """Return what it says; for one whose signature holds."""
        content_hash, *known = json.loads(self.told)
        if not known:
            return Filing(content_hash)
        tracking_id, unit_id, zone, seconds, channel = known
        return Filing(
            content_hash, tracking_id, unit_id, Zone(zone), datetime.fromtimestamp(seconds, UTC), channel
        )


def hash_of(tracking_id: str, content: str) -> str:
    """Return the hexadecimal SHA-256 of number, line end and text: the number keeps guesses costly."""
    return hashlib.sha256(f"{tracking_id}\n{content}".encode()).hexdigest()


def body_of(filing: Filing, key_id: bytes) -> bytes:
    """Return the part of a code before its signature."""
    told: list[str | int | None] = [filing.content_hash]
    if filing.received_at is not None and filing.zone is not None:
        seconds = int(filing.received_at.timestamp())
        told += [filing.tracking_id, filing.unit_id, filing.zone.value, seconds, filing.channel]
    return bytes([VERSION]) + key_id + json.dumps(told, separators=(",", ":")).encode()


def signed_text(body: bytes) -> bytes:
    """Return the text that is signed for a body: no signature of another purpose fits it."""
    return _CONTEXT + body


def code_of(body: bytes, signature: bytes) -> str:
    """Return the code of a signed body."""
    return base64.urlsafe_b64encode(body + signature).decode().rstrip("=")


def taken_apart(typed: str) -> Unchecked | None:
    """Return the parts of a code, None for what can be none; spaces and an address before it do not count."""
    code = "".join(typed.split()).rpartition("/")[2]
    if len(code) > MOST_LETTERS or not code.isascii():
        return None
    try:
        raw = base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) < _LEAST_BYTES or raw[0] != VERSION:
        return None
    body, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
    if code_of(body, signature) != code:
        return None  # another spelling of the same bytes is not the same code
    start = 1 + KEY_ID_BYTES
    return Unchecked(body[1:start], signed_text(body), signature, body[start:])
