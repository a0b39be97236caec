"""Rows that the broker will not take are put aside, and what follows them on their key waits behind.

A parked row has `parked_at`; the head of its key has a reason too, those behind it have none. Rows of other
keys go on. Only the holder of the right parks; people and the relay release.

| reason | tried again |
|---|---|
| `too_large`, `malformed`, `refused: <error>` | when somebody says `zi outbox release` |
| `topic_missing`, `not_authorized` | by itself every 10 s, one row for the whole topic |
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import audit
from shared.db.arrays import Columns
from shared.outbox.message import COLUMNS, MALFORMED, Message, message_of
from shared.outbox.pointer import BY_ITSELF, waiting
from shared.outbox.right import Right

log = structlog.get_logger(__name__)

BATCH = 2000
AT_ONCE = 2000
"""So many rows are handed back in one statement."""
OF_A_TOPIC = ("topic_missing", "not_authorized")
"""Reasons that hold for every event of the topic."""

# A key or topic written by SQL may be longer than an index entry: what is parked is found by a hash of both.
_OF_A_TOPIC = "parked_reason IN ('topic_missing', 'not_authorized')"
_PARKED = "published_at IS NULL AND parked_at IS NOT NULL"
_NEXT = waiting(f"{COLUMNS}, published_at IS NULL AS waits_by_itself", BATCH)
_NEXT_ROWS = text(f"SELECT *, NULL::bigint AS held FROM ({_NEXT}) AS row ORDER BY position")  # noqa: S608 - own text
# One snapshot for rows and what holds them: a row that is released in between overtakes nothing.
_NEXT_AND_HELD = text(f"""
    SELECT row.*, (
        SELECT min(parked.position) FROM outbox AS parked
        WHERE md5(parked.topic || parked.record_key) = md5(row.topic || row.record_key)
          AND parked.topic = row.topic AND parked.record_key = row.record_key AND {_PARKED}
    ) AS held
    FROM ({_NEXT}) AS row ORDER BY position
""")  # noqa: S608 - own text
_ANY = text(f"SELECT EXISTS (SELECT FROM outbox WHERE {_PARKED})")  # noqa: S608 - own text
_TOPICS = text(f"""
    SELECT topic, min(parked_reason) FROM outbox WHERE {_PARKED} AND {_OF_A_TOPIC} GROUP BY topic
""")  # noqa: S608 - own text
_ROWS = Columns(position="bigint", reason="text")
_PARK = text(f"""
    UPDATE outbox SET parked_at = clock_timestamp(), parked_reason = fault.reason, {BY_ITSELF}
    FROM {_ROWS.sql} AS fault (position, reason)
    WHERE outbox.position = fault.position AND parked_at IS NULL
      AND (published_at IS NULL OR published_at = '-infinity')
    RETURNING outbox.position
""")  # noqa: S608 - own text
_TO_PROBE = text(f"""
    SELECT {COLUMNS} FROM outbox
    WHERE topic = :topic AND {_PARKED} AND {_OF_A_TOPIC} ORDER BY md5(topic || record_key), position LIMIT 1
""")  # noqa: S608 - own text
_RELEASE_SOME = text(f"""
    UPDATE outbox SET parked_at = NULL, parked_reason = NULL
    FROM (
        SELECT md5(topic || record_key) AS place, position FROM outbox AS parked
        WHERE {_PARKED} AND topic <> ALL(cast(cast(:closed AS text) AS text[])) AND NOT EXISTS (
            SELECT FROM outbox AS head
            WHERE md5(head.topic || head.record_key) = md5(parked.topic || parked.record_key)
              AND head.published_at IS NULL AND head.parked_at IS NOT NULL
              AND head.parked_reason IS NOT NULL AND NOT head.{_OF_A_TOPIC}
        )
        ORDER BY place, position LIMIT {AT_ONCE}
    ) AS free
    WHERE md5(outbox.topic || outbox.record_key) = free.place AND outbox.position = free.position
      AND outbox.published_at IS NULL AND outbox.parked_at IS NOT NULL
    RETURNING outbox.position
""")  # noqa: S608 - own text
_CLOSED = Columns(closed="text")
_MARK_PARKED = text(f"""
    UPDATE outbox SET published_at = clock_timestamp(), parked_at = NULL, parked_reason = NULL
    WHERE md5(topic || record_key) = md5(:topic || :key) AND position = :position AND {_PARKED}
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

    `keys` maps what is held to the first position that is, `topics` those that take nothing to the reason;
    `by_themselves` are the positions of rows that wait whatever the pointer says.
    """

    keys: dict[tuple[str, str], int] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    aside: list[tuple[int, str | None]] = field(default_factory=list)
    by_themselves: set[int] = field(default_factory=set)

    def sort(self, rows: Sequence[Any]) -> None:
        """Take rows in order of position."""
        for row in rows:
            position, topic, key = row[:3]
            if self.keys and self._is_behind(position, topic, key):
                continue
            if topic in self.topics:
                self.refuse(position, topic, key, self.topics[topic])
                continue
            try:
                self.messages.append(message_of(row))
            except MALFORMED:
                self.refuse(position, topic, key, "malformed")

    def refuse(self, position: int, topic: str, key: str, reason: str) -> None:
        """Put a row aside, and with it all that follows on its key."""
        if not self._is_behind(position, topic, key):
            self.keys[topic, key] = position
            if reason in OF_A_TOPIC:
                self.topics[topic] = reason
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
    """What is put aside, in the hands of the holder of the right.

    No statement here touches more rows than one batch, however many are parked: the session's time for one is
    short, and what takes longer would cost the right again and again.
    """

    def __init__(self, right: Right) -> None:
        self._right = right
        self._closed: dict[str, str] = {}
        self._may_hold = True
        self._may_release = True
        self._is_known = False

    @property
    def closed(self) -> Mapping[str, str]:
        """Topics that took nothing when they were last asked, with the reason."""
        return self._closed

    async def next_rows(self) -> tuple[Batch, Sequence[Any]]:
        """Return the next rows, and an empty batch that knows what holds them; cheap while nothing does."""
        if not self._is_known:
            closed = cast("Sequence[Any]", await self._right.execute(_TOPICS))
            self._closed = dict(closed)
            self._is_known = True
        if self._may_hold:
            self._may_hold = bool((await self._right.execute(_ANY))[0][0])
        statement = _NEXT_AND_HELD if self._may_hold else _NEXT_ROWS
        rows = await self._right.execute(statement)
        keys = {}
        if self._may_hold:
            keys = {(row.topic, row.record_key): row.held for row in rows if row.held is not None}
        by_themselves = {row.position for row in rows if row.waits_by_itself}
        return Batch(keys, dict(self._closed), by_themselves=by_themselves), rows

    async def put_aside(self, batch: Batch) -> list[int]:
        """Store what the batch puts aside, and which topics took nothing.

        Returns, in order, the positions of the rows that wait by themselves from now on.
        """
        self._closed |= {topic: reason for topic, reason in batch.topics.items() if reason in OF_A_TOPIC}
        if not batch.aside:
            return []
        self._may_hold = True
        parked = await self._right.execute(_PARK, _ROWS.of(batch.aside))
        batch.aside.clear()
        return sorted(position for (position,) in parked)

    async def to_probe(self, topic: str) -> Probe | None:
        """Return a row that stands for a closed topic, None when none waits for it."""
        rows = await self._right.execute(_TO_PROBE, {"topic": topic})
        return _probe(rows[0]) if rows else None

    def open(self, topic: str) -> None:
        """Note that a topic takes events again: what waits for it is handed back, some at a time."""
        log.info("outbox_topic_opened", topic=topic)
        del self._closed[topic]
        self.look_again()

    def look_again(self) -> None:
        """Look whether anything is parked behind nothing, as after a release by hand under way."""
        self._may_release = True

    async def release_some(self) -> None:
        """Hand back a batch of rows that nothing holds any more, the first of each key first."""
        if self._may_hold and self._may_release:
            done = await self._right.execute(_RELEASE_SOME, _CLOSED.of([(topic,) for topic in self._closed]))
            self._may_release = len(done) == AT_ONCE

    async def mark(self, message: Message) -> None:
        """Note that a parked row was published."""
        await self._right.execute(
            _MARK_PARKED,
            {"topic": message.topic, "key": message.key.decode(), "position": message.position},
        )

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


def _probe(row: Any) -> Probe:
    try:
        return Probe(row.position, row.topic, message_of(row))
    except MALFORMED:
        return Probe(row.position, row.topic, None)
