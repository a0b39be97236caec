"""Keys derived for one purpose, sealed bytes, keyed hashes: what the rest sees of cryptography."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class SealBrokenError(Exception):
    """The sealed bytes were changed, or the key or context is another one."""


def derive_key(secret: str | bytes, purpose: str) -> bytes:
    """Return the 32-byte key of one purpose; keys of different purposes say nothing about each other.

    `secret` has at least 128 bits of entropy. Source: RFC 5869 section 3.3, one block of HKDF-Expand.
    """
    return hmac.digest(_bytes(secret), b"zona-integritas/" + purpose.encode() + b"\x01", "sha256")


def keyed_hash(secret: str | bytes, purpose: str, text: str) -> bytes:
    """Return 32 bytes that only holders of the secret can compute: for look-up by token, source or code."""
    return hmac.digest(derive_key(secret, purpose), text.encode(), "sha256")


def token_hash(token: str) -> bytes:
    """Return the SHA-256 of a random token of at least 128 bits, which needs no key and no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def seal(key: bytes, data: bytes, context: str) -> bytes:
    """Encrypt with AES-256-GCM under a random nonce; `context` must be the same when unsealing."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, context.encode())


def unseal(key: bytes, sealed: bytes, context: str) -> bytes:
    """Return what `seal` was given; raises `SealBrokenError`."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBrokenError("sealed bytes do not open") from error


def same(left: str | bytes, right: str | bytes) -> bool:
    """Compare secrets without telling by the time taken where they differ."""
    return hmac.compare_digest(_bytes(left), _bytes(right))


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value
