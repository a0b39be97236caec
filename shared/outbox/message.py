"""An outbox row as it goes to the broker."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from shared.contracts import envelope

COLUMNS = """position, topic, record_key, payload, headers::text AS stored,
    id::text AS identity, ce_source, type, ce_time, aggregateid, version, traceparent"""
"""What a message is made of, in the order of `message_of`."""
MALFORMED = (ValueError, TypeError, KeyError, AttributeError, OverflowError)
"""What `message_of` raises for a row that this software did not write."""


class Message(NamedTuple):
    """What goes to the broker; a repeated send is byte-identical."""

    position: int
    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]
    timestamp_ms: int


def message_of(row: Sequence[Any]) -> Message:
    """Return the message of a row of `COLUMNS`; more columns may follow."""
    position, topic, key, value, stored, identity, source, kind, time, subject, version, trace, *_ = row
    if stored is None:
        headers = envelope.headers(identity, source, kind, time, subject, version, trace)
    else:  # by the release before, or by hand
        pairs = orjson.loads(stored)
        time = dict(pairs)["ce_time"]
        "".join([name for name, _ in pairs])  # raises for what is no text
        headers = [(name, text.encode()) for name, text in pairs]
    return Message(position, topic, key.encode(), value, headers, _timestamp_ms(time))


@lru_cache(maxsize=64)
def _timestamp_ms(time: str) -> int:
    """Return the event's own time as the record's; events of one command, or one batch, share it."""
    return int(datetime.fromisoformat(time).timestamp() * 1000)
