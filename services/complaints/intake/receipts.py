"""Receipts: derived, never stored; looked up by a keyed hash, then proved by Argon2id.

Source: complaints.md section 8.1. A wrong code costs as much as a right one.
"""

import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cache
from typing import TypeVar
from uuid import UUID

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from services.complaints.intake.domain import receipt_of
from shared.held import in_thread
from shared.process.line import Line
from shared.security.sealing import derive_key, keyed_hash

T = TypeVar("T")

ITERATIONS = 2
MEMORY_KIB = 19 * 1024
LANES = 1
AT_ONCE = 2
"""Argon2id runs in threads and takes 19 MiB each: more at once would let strangers fill the memory."""
WAITING = 32
WAIT_SECONDS = 5.0
TRIES_AT_ONCE = 4
"""Receipts shown at a time, those in line included: who guesses leaves room for those who report."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is stored of a new receipt: the case it opens, how it is found and how it is proved."""

    case_id: UUID
    lookup: bytes
    verifier: str


class Receipts:
    """Makes and proves receipts under the service's secret.

    Both wait for a free thread, never inside a transaction, and raise `BusyError` when the line is long.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._hashing = Line(at_once=AT_ONCE, waiting=WAITING, seconds=WAIT_SECONDS)
        self._trying = Line(at_once=TRIES_AT_ONCE, waiting=0, seconds=WAIT_SECONDS)
        _nobodys()

    def make(self, case_id: UUID, key: str) -> str:
        """Return the receipt of a case received under an Idempotency-Key, the same on a retry.

        The case makes it unique: the same key may come from another caller, or again after its time.
        """
        return receipt_of(derive_key(self._secret, f"receipt/{case_id}/{key}"))

    def lookup(self, receipt: str) -> bytes:
        """Return the keyed hash a receipt is found by."""
        return keyed_hash(self._secret, "receipt-lookup", receipt)

    async def issue(self, case_id: UUID, key: str) -> Receipt:
        """Return the receipt of a case to be, with all that is stored of it."""
        code = self.make(case_id, key)
        return Receipt(case_id, self.lookup(code), await self.verifier(code))

    async def verifier(self, receipt: str) -> str:
        """Return the text that later proves the receipt (PHC format)."""
        return await self._hash(lambda: _derive(receipt))

    def trying(self) -> AbstractAsyncContextManager[None]:
        """Hold one of the few places for those who show a receipt; raises `BusyError` when all are taken."""
        return self._trying.place()

    async def proves(self, receipt: str, verifier: str | None) -> bool:
        """Tell whether the receipt fits; takes as long when there is no verifier to fit."""
        fits = await self._hash(lambda: _verify(receipt, verifier or _nobodys()))
        return fits and verifier is not None

    async def _hash(self, work: Callable[[], T]) -> T:
        async with self._hashing.place():
            return await in_thread(work)


@cache
def _nobodys() -> str:
    """Return the verifier of a receipt that nobody has: one for the whole process."""
    return _derive("nobody has this receipt")


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
