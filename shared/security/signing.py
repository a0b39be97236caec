"""Signatures that anybody can check years later: Ed25519, its key made of a secret for one purpose."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.security.sealing import derive_key

KEY_ID_BYTES = 8
SIGNATURE_BYTES = 64


class Signer:
    """Signs for one purpose; the same text always gets the same signature."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(derive_key(secret, f"sign/{purpose}"))
        self.public_key = self._key.public_key().public_bytes_raw()
        self.key_id = hashlib.sha256(self.public_key).digest()[:KEY_ID_BYTES]

    def sign(self, text: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        return self._key.sign(text)


def is_signed(public_key: bytes, text: bytes, signature: bytes) -> bool:
    """Tell whether whoever holds the private key signed this very text."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True
