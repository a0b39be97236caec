"""Fold a register that another service keeps into a replica: the newest state of each entity."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

from shared.consumer.codec import Received, Rejected
from shared.contracts.base import EventData

T = TypeVar("T", bound=EventData)

PAYLOAD_CONFLICT = "payload_conflict"
"""Another payload under a version that is known already."""

Upsert = Callable[[Sequence[tuple[T, bytes]]], Awaitable[Collection[str]]]
"""Take over newer states, each with the hash of its payload; returns the subjects whose stored version has
another payload. At most one state of each entity; an older one than the known changes nothing.
"""


async def fold_register(
    records: Sequence[Received], contract: type[T], upsert: Upsert[T]
) -> Sequence[Rejected]:
    """Keep the newest version of each entity; the same version with another payload cannot be true."""
    newest: dict[str, tuple[Received, T]] = {}
    hashes: dict[tuple[str, int], bytes] = {}
    rejected: list[Rejected] = []
    for record in records:
        data = record.data
        if not isinstance(data, contract):
            rejected.append(Rejected(record, "unexpected_type"))
            continue
        subject = data.subject()
        if hashes.setdefault((subject, data.version), record.payload_hash) != record.payload_hash:
            rejected.append(Rejected(record, PAYLOAD_CONFLICT))
        elif subject not in newest or data.version > newest[subject][1].version:
            newest[subject] = (record, data)
    if newest:
        conflicts = await upsert([(data, record.payload_hash) for record, data in newest.values()])
        rejected += [Rejected(newest[subject][0], PAYLOAD_CONFLICT) for subject in sorted(conflicts)]
    return rejected
