"""The newest event of each of our own entities, from our own topics."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from services.scoring.consumer import SERVICE
from services.scoring.rebuilding.gathering import BATCH_RECORDS
from shared.consumer.codec import Bad, Received, Record, decode_all
from shared.contracts.base import MAX_BIGINT, EventData
from shared.contracts.topics import produced_by
from shared.kafka.client import Unreadable
from shared.kafka.reader import Reader

Batches = AsyncIterator[list[Any]]
Newest = dict[str, EventData]
"""Events by the entity that they are about."""


async def own_events(bootstrap: str) -> Newest:
    """Return the newest event of each entity.

    Headers name entity and version, so that of a year's millions only the newest are read. Where one of these
    does not hold what its headers say, somebody else wrote here: then each record is read.
    """
    async with Reader(bootstrap, tuple(entry.name for entry in produced_by(SERVICE))) as reader:
        read = partial(reader.batches, await reader.starts(), await reader.ends(), at_once=BATCH_RECORDS)
        found = await _by_headers(read())
        return await _by_content(read()) if found is None else found


async def _by_headers(batches: Batches) -> Newest | None:
    """Return what the headers say is newest, None when a record does not hold what its headers say."""
    claimed: dict[bytes, tuple[int, Record]] = {}
    async for batch in batches:
        for record in _readable(batch):
            subject, version = _claim(record)
            if version > claimed.get(subject, (0,))[0]:
                claimed[subject] = version, record
    newest: Newest = {}
    decoded = decode_all([record for _, record in claimed.values()])
    for (subject, (version, _)), item in zip(claimed.items(), decoded, strict=True):
        if isinstance(item, Bad) or (item.fact.subject().encode(), item.fact.version) != (subject, version):
            return None
        newest[item.fact.subject()] = item.data
    return newest


def _claim(record: Record) -> tuple[bytes, int]:
    """Return the entity and version that a record's headers name; odd ones are told apart from all others."""
    headers = dict(record.headers)
    try:
        return headers["ce_subject"] or b"", int(headers["ce_sequence"] or b"")
    except (KeyError, ValueError):
        return b"", MAX_BIGINT


async def _by_content(batches: Batches) -> Newest:
    """Return what the records themselves say is newest; those that cannot be taken are passed by."""
    newest: dict[str, Received] = {}
    async for batch in batches:
        for item in decode_all(_readable(batch)):
            if isinstance(item, Bad):
                continue
            known = newest.get(item.fact.subject())
            if known is None or item.fact.version > known.fact.version:
                newest[item.fact.subject()] = item
    return {subject: item.data for subject, item in newest.items()}


def _readable(batch: Sequence[Any]) -> list[Record]:
    return [one for one in batch if not isinstance(one, Unreadable)]
