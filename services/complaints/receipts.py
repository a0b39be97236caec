"""Receipts: derived, never stored; looked up by a keyed hash, then proved by Argon2id.

Source: complaints.md section 8.1. A wrong code costs as much as a right one.
"""

import asyncio
import os

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from services.complaints.domain.intake import receipt_of
from shared.security.sealing import derive_key, keyed_hash

ITERATIONS = 2
MEMORY_KIB = 19 * 1024
LANES = 1
AT_ONCE = 2
"""Argon2id runs in threads and takes 19 MiB each: more at once would let strangers fill the memory."""


class Receipts:
    """Makes and proves receipts under the service's secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._nobody = _derive("nobody has this receipt")

    def make(self, key: str | None) -> str:
        """Return the receipt of an Idempotency-Key, the same on a retry; a random one without a key."""
        return receipt_of(os.urandom(13) if key is None else derive_key(self._secret, f"receipt/{key}"))

    def lookup(self, receipt: str) -> bytes:
        """Return the keyed hash a receipt is found by."""
        return keyed_hash(self._secret, "receipt-lookup", receipt)

    async def verifier(self, receipt: str) -> str:
        """Return the text that later proves the receipt (PHC format)."""
        async with self._gate:
            return await asyncio.to_thread(_derive, receipt)

    async def proves(self, receipt: str, verifier: str | None) -> bool:
        """Tell whether the receipt fits; takes as long when there is no verifier to fit."""
        async with self._gate:
            fits = await asyncio.to_thread(_verify, receipt, verifier or self._nobody)
        return fits and verifier is not None


def _derive(receipt: str) -> str:
    hasher = Argon2id(
        salt=os.urandom(16), length=32, iterations=ITERATIONS, lanes=LANES, memory_cost=MEMORY_KIB
    )
    return hasher.derive_phc_encoded(receipt.encode())


def _verify(receipt: str, verifier: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(receipt.encode(), verifier)
    except InvalidKey:
        return False
    return True
