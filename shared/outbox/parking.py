"""Rows that the broker will not take are put aside, and what follows them on their key waits behind.

A parked row has `parked_at`; the head of its key has a reason too, those behind it have none. Rows of other
keys go on. Only the holder of the right parks; people and the relay release.

| reason | tried again |
|---|---|
| `too_large`, `malformed`, `refused: <error>` | when somebody says `zi outbox release` |
| `topic_missing`, `not_authorized` | by itself every 10 s, one row for the whole topic |
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, cast

import orjson
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import audit
from shared.db.arrays import Columns
from shared.outbox.broker import Message
from shared.outbox.right import Right

log = structlog.get_logger(__name__)

OF_A_TOPIC = ("topic_missing", "not_authorized")
"""Reasons that hold for every event of the topic."""

_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, OverflowError)

_OF_A_TOPIC = "parked_reason IN ('topic_missing', 'not_authorized')"
_PARKED = "published_at IS NULL AND parked_at IS NOT NULL"
_HELD = text(f"""
    SELECT topic, record_key, min(position) AS position, min(parked_reason) FILTER (WHERE {_OF_A_TOPIC})
    FROM outbox WHERE {_PARKED} GROUP BY topic, record_key
""")  # noqa: S608 - own text
_ROWS = Columns(position="bigint", reason="text")
_PARK = text(f"""
    UPDATE outbox SET parked_at = clock_timestamp(), parked_reason = fault.reason
    FROM {_ROWS.sql} AS fault (position, reason)
    WHERE outbox.position = fault.position AND published_at IS NULL AND parked_at IS NULL
""")  # noqa: S608 - own text
_TO_PROBE = text(f"""
    SELECT DISTINCT ON (topic) position, topic, record_key, headers::text, payload FROM outbox
    WHERE {_PARKED} AND {_OF_A_TOPIC} ORDER BY topic, position
""")  # noqa: S608 - own text
_RELEASE_TOPIC = text(f"""
    UPDATE outbox SET parked_at = NULL, parked_reason = NULL
    WHERE topic = :topic AND {_PARKED} AND record_key NOT IN (
        SELECT record_key FROM outbox
        WHERE topic = :topic AND {_PARKED} AND parked_reason IS NOT NULL AND NOT {_OF_A_TOPIC}
    )
""")  # noqa: S608 - own text
_RELEASE_HEADLESS = text(f"""
    UPDATE outbox SET parked_at = NULL
    WHERE {_PARKED} AND (topic, record_key) NOT IN (
        SELECT topic, record_key FROM outbox WHERE {_PARKED} AND parked_reason IS NOT NULL
    )
""")  # noqa: S608 - own text
_NAME_REASON = text(f"UPDATE outbox SET parked_reason = :reason WHERE position = :position AND {_PARKED}")  # noqa: S608
_LIST = f"""
    SELECT position, id::text, topic, record_key AS key, coalesce(parked_reason, 'behind') AS reason,
           CASE WHEN parked_reason IS NULL THEN min(position) OVER (PARTITION BY topic, record_key) END
               AS waits_behind,
           parked_at AS since, octet_length(payload) AS bytes
    FROM outbox WHERE {_PARKED}
"""  # noqa: S608 - own text
_PAGE = text(f"SELECT * FROM ({_LIST}) AS parked WHERE position > :after ORDER BY position LIMIT :limit")  # noqa: S608
_COUNT = text(f"SELECT count(*) FROM outbox WHERE {_PARKED}")  # noqa: S608 - own text
_RELEASE = text(f"""
    UPDATE outbox SET parked_at = NULL, parked_reason = NULL
    WHERE {_PARKED} AND (
        cast(:position AS bigint) IS NULL OR (topic, record_key) IN (
            SELECT topic, record_key FROM outbox WHERE position = :position AND {_PARKED}
        )
    )
    RETURNING position
""")  # noqa: S608 - own text


@dataclass(slots=True)
class Batch:
    """Rows sorted into those to send and those to put aside.

    `keys` maps what is held to the first position that is, `topics` those that take nothing to the reason.
    """

    keys: dict[tuple[str, str], int] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    aside: list[tuple[int, str | None]] = field(default_factory=list)

    def sort(self, rows: Sequence[Any]) -> None:
        """Take rows in order of position."""
        for row in rows:
            position, topic, key, headers, payload = row
            if self.keys and self._is_behind(position, topic, key):
                continue
            if topic in self.topics:
                self.refuse(position, topic, key, self.topics[topic])
                continue
            try:
                self.messages.append(_message(position, topic, key, headers, payload))
            except _MALFORMED:
                self.refuse(position, topic, key, "malformed")

    def refuse(self, position: int, topic: str, key: str, reason: str) -> None:
        """Put a row aside, and with it all that follows on its key."""
        if not self._is_behind(position, topic, key):
            self.keys[topic, key] = position
            self.aside.append((position, reason))
            log.error("outbox_row_parked", position=position, topic=topic, reason=reason)

    def still_to_send(self, message: Message) -> bool:
        """Tell whether nothing before it was put aside meanwhile; else it is put aside too."""
        return not self._is_behind(message.position, message.topic, message.key.decode())

    def _is_behind(self, position: int, topic: str, key: str) -> bool:
        if self.keys.get((topic, key), position) >= position:
            return False
        self.aside.append((position, None))
        return True


class Probe(NamedTuple):
    """A parked row that stands for its topic; `message` is None when it is malformed besides."""

    position: int
    topic: str
    message: Message | None


class Parking:
    """What is put aside, in the hands of the holder of the right."""

    def __init__(self, right: Right) -> None:
        self._right = right
        self._may_hold = True

    async def begin(self) -> Batch:
        """Return an empty batch that knows what is held; costs nothing while nothing is.

        To be called before the rows are read: a row that is released in between is then held once more and
        not sent before an earlier one.
        """
        batch = Batch()
        if not self._may_hold:
            return batch
        for topic, key, position, reason in cast("Sequence[Any]", await self._right.execute(_HELD)):
            batch.keys[topic, key] = position
            if reason is not None:
                batch.topics[topic] = reason
        self._may_hold = bool(batch.keys)
        return batch

    async def put_aside(self, batch: Batch) -> None:
        """Store what the batch puts aside."""
        if batch.aside:
            self._may_hold = True
            await self._right.execute(_PARK, _ROWS.of(batch.aside))
            batch.aside.clear()

    async def to_probe(self) -> list[Probe]:
        """Return the first row of each topic that took nothing when it was last asked.

        Also mends what a release left behind that ran while a batch was under way.
        """
        if not self._may_hold:
            return []
        await self._right.execute(_RELEASE_HEADLESS)
        return [_probe(row) for row in await self._right.execute(_TO_PROBE)]

    async def release_topic(self, topic: str) -> None:
        """Hand back everything that waited for the topic itself."""
        await self._right.execute(_RELEASE_TOPIC, {"topic": topic})
        log.info("outbox_topic_released", topic=topic)

    async def name_reason(self, position: int, reason: str) -> None:
        """Give a parked row another reason."""
        await self._right.execute(_NAME_REASON, {"position": position, "reason": reason})


class Page(NamedTuple):
    """Some parked rows, and how many there are in all."""

    total: int
    rows: list[dict[str, Any]]


async def listing(session: AsyncSession, *, after: int = 0, limit: int = 100) -> Page:
    """Return parked rows beyond a position, in order."""
    found = await session.execute(_PAGE, {"after": after, "limit": limit})
    return Page(await session.scalar(_COUNT) or 0, [dict(row) for row in found.mappings()])


async def release(session: AsyncSession, position: int | None) -> int:
    """Hand the key of a parked row back to the relay, or everything with None; returns how many rows."""
    released = list(await session.scalars(_RELEASE, {"position": position}))
    if released:
        await audit.record(
            session,
            actor=None,
            operation="release_outbox_rows",
            entity="outbox",
            entity_id="all" if position is None else str(position),
            changes={"rows": len(released), "first_position": min(released)},
        )
    return len(released)


def _message(position: int, topic: str, key: str, headers: str, payload: bytes) -> Message:
    pairs = orjson.loads(headers)
    # The event's own time is the record's timestamp, so that a repeated send is identical.
    moment = datetime.fromisoformat(dict(pairs)["ce_time"])
    encoded = [(name, value.encode()) for name, value in pairs]
    return Message(position, topic, key.encode(), payload, encoded, int(moment.timestamp() * 1000))


def _probe(row: Any) -> Probe:
    try:
        return Probe(row.position, row.topic, _message(*row))
    except _MALFORMED:
        return Probe(row.position, row.topic, None)
