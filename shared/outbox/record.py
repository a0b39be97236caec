"""Write events into the outbox, in the command's transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from opentelemetry.propagate import inject
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.base import EventData
from shared.contracts.envelope import Event, time_text
from shared.contracts.topics import DAY_TOPICS
from shared.db import on_commit
from shared.db.arrays import Columns
from shared.db.hot import Hot
from shared.kernel import new_id
from shared.outbox.wake import wake_relays

_ROWS = Columns(
    id="uuid", aggregatetype="text", aggregateid="text", type="text", version="bigint", topic="text",
    record_key="text", payload="bytea", ce_source="text", ce_time="text", traceparent="text",
)  # fmt: skip
# The relay makes the headers from the columns. As long as the one of the release before may be at work, which
# is until one of ours has begun to point, they are stored as it reads them.
INSERT = f"""
    INSERT INTO outbox ({_ROWS.list}, headers)
    SELECT {_ROWS.list}, CASE WHEN NOT EXISTS (SELECT FROM outbox_pointer) THEN
        zi_outbox_headers(id, ce_source, type, ce_time, aggregateid, version, traceparent)
    END
    FROM {_ROWS.sql} AS sent ({_ROWS.list})
"""  # noqa: S608 - own text
"""Appends events; its values are those of `values_of`, and whoever runs it calls `wakes_relays`."""
_INSERT = Hot(INSERT)


async def record(
    session: AsyncSession,
    events: Sequence[EventData],
    *,
    source: str,
    at: datetime | None = None,
    day: datetime | None = None,
    event_ids: Sequence[UUID] | None = None,
) -> list[UUID]:
    """Append events in the given order and return their ids; one statement for any number of events.

    The caller has raised each entity's version under that entity's row lock in this same transaction, so
    that positions and versions of an entity rise together. The rest is as in `made_of`.
    The relay is woken after the commit.
    """
    if not events:
        return []
    made = made_of(events, source=source, at=at, day=day, event_ids=event_ids)
    await append(session, made)
    return [event.id for event in made]


def made_of(
    events: Sequence[EventData],
    *,
    source: str,
    at: datetime | None = None,
    day: datetime | None = None,
    event_ids: Sequence[UUID] | None = None,
) -> list[Event]:
    """Return the events of facts that are told now, with their ids, times and trace.

    `source` is the CloudEvents source, e.g. `zi/planning`; `at` defaults to now. Facts of topics that tell
    days only carry `day`, when the fact's local day began (the UTC day of `at` when left out), a random id
    and no trace. Give `event_ids` when the id must be derivable (deadline rungs).
    """
    moment = at or datetime.now(UTC)
    day = day or moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    are_timeless = [data.topic_name() in DAY_TOPICS for data in events]
    ids = event_ids or [uuid4() if timeless else new_id() for timeless in are_timeless]
    carrier: dict[str, str] = {}
    inject(carrier)
    trace = carrier.get("traceparent")
    return [
        Event(data, source, day, id_) if timeless else Event(data, source, moment, id_, trace)
        for data, id_, timeless in zip(events, ids, are_timeless, strict=True)
    ]


async def append(session: AsyncSession, events: Sequence[Event]) -> None:
    """Append events whose id and time are settled, in the given order; the relay wakes after the commit."""
    await _INSERT.rows(session, values_of(events))
    wakes_relays(session)


def values_of(events: Sequence[Event]) -> dict[str, str]:
    """Return the values of `INSERT` for events in the given order."""
    return _ROWS.of(list(map(_row, events)))


def wakes_relays(session: AsyncSession) -> None:
    """Have the relays of this process woken when the session's transaction has committed."""
    on_commit(session, wake_relays)


def _row(event: Event) -> tuple[Any, ...]:
    data, event_type = event.data, event.type
    return (
        event.id,
        _entity(event_type),
        data.subject(),
        event_type,
        data.version,
        data.topic_name(),
        data.key(),
        event.value(),
        event.source,
        time_text(event.time),
        event.traceparent,
    )


@cache
def _entity(event_type: str) -> str:
    return event_type.split(".")[3]  # id.zi.<service>.<entity>.<fact>.v1
