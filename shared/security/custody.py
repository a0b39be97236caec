"""What even this service cannot open: sealed to custodians, whose private keys it never has.

HPKE in base mode with X25519, HKDF-SHA256 and AES-256-GCM. Each custodian gets a seal of their own, so that
one lost key loses nothing; whoever holds one of the private keys can open.
Source: RFC 9180.
"""

import hashlib
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from shared.security.sealing import SealBrokenError

FEWEST = 2
"""Custodians that something is sealed to at least. Source: complaints.md section 8.2."""
PUBLIC_BYTES = 32
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class TooFewCustodiansError(Exception):
    """What is sealed to fewer than two people is lost with one of them."""


class NotForThisKeyError(Exception):
    """Nothing was sealed to this key."""


def new_pair() -> tuple[bytes, bytes]:
    """Return a new private and its public key, 32 bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def public_of(private: bytes) -> bytes:
    """Return the public key of a private one; raises `ValueError` for another length."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def fingerprint(public: bytes) -> str:
    """Return what a public key is called by, 16 hexadecimal digits."""
    return hashlib.sha256(public).hexdigest()[:16]


def is_public_key(public: bytes) -> bool:
    """Tell whether something can be sealed to these bytes: not to a point that gives every key away."""
    if len(public) != PUBLIC_BYTES:
        return False
    try:
        _SUITE.encrypt(b"", X25519PublicKey.from_public_bytes(public), b"")
    except ValueError:
        return False
    return True


def seal_to(custodians: Sequence[bytes], data: bytes, context: str) -> dict[str, bytes]:
    """Return the data sealed to each of these public keys, by their fingerprints.

    The same `context` is asked for when it is opened. Raises `TooFewCustodiansError`.
    """
    if len(set(custodians)) < FEWEST:
        raise TooFewCustodiansError(f"at least {FEWEST} custodians")
    return {
        fingerprint(one): _SUITE.encrypt(data, X25519PublicKey.from_public_bytes(one), context.encode())
        for one in custodians
    }


def open_with(private: bytes, sealed: Mapping[str, bytes], context: str) -> bytes:
    """Return what was sealed to a custodian; raises `NotForThisKeyError`, `SealBrokenError`."""
    key = X25519PrivateKey.from_private_bytes(private)
    own = sealed.get(fingerprint(key.public_key().public_bytes_raw()))
    if own is None:
        raise NotForThisKeyError("nothing here is sealed to this key")
    try:
        return bytes(_SUITE.decrypt(own, key, context.encode()))
    except (InvalidTag, ValueError) as error:
        raise SealBrokenError("sealed bytes do not open") from error
