"""Write events into the outbox, in the command's transaction."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from opentelemetry.propagate import inject
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.base import EventData
from shared.contracts.envelope import Event
from shared.db import on_commit
from shared.kernel import new_id
from shared.outbox.wake import wake_relays

_INSERT = text("""
    INSERT INTO outbox (id, aggregatetype, aggregateid, type, version, topic, record_key, headers, payload)
    SELECT * FROM unnest(
        cast(:ids AS uuid[]), cast(:aggregatetypes AS text[]), cast(:aggregateids AS text[]),
        cast(:types AS text[]), cast(:versions AS bigint[]), cast(:topics AS text[]), cast(:keys AS text[]),
        cast(:headers AS jsonb[]), cast(:payloads AS bytea[])
    )
""")


async def record(
    session: AsyncSession,
    events: Sequence[EventData],
    *,
    source: str,
    at: datetime | None = None,
    event_ids: Sequence[UUID] | None = None,
) -> list[UUID]:
    """Append events in the given order and return their ids; one statement for any number of events.

    The caller has raised each entity's version under that entity's row lock in this same transaction, so
    that positions and versions of an entity rise together. `source` is the CloudEvents source, e.g.
    `zi/planning`; `at` defaults to now. Give `event_ids` when the id must be derivable (deadline rungs).
    The relay is woken after the commit.
    """
    if not events:
        return []
    moment = at or datetime.now(UTC)
    ids = list(event_ids) if event_ids is not None else [new_id() for _ in events]
    carrier: dict[str, str] = {}
    inject(carrier)
    trace = carrier.get("traceparent")
    made = [Event(data, source, moment, id_, trace) for data, id_ in zip(events, ids, strict=True)]
    await session.execute(
        _INSERT,
        {
            "ids": ids,
            "aggregatetypes": [_entity_of(event.type) for event in made],
            "aggregateids": [event.data.subject() for event in made],
            "types": [event.type for event in made],
            "versions": [event.data.version for event in made],
            "topics": [event.data.topic_name() for event in made],
            "keys": [event.data.key() for event in made],
            "headers": [json.dumps([[n, v.decode()] for n, v in event.headers()]) for event in made],
            "payloads": [event.value() for event in made],
        },
    )
    on_commit(session, wake_relays)
    return ids


def _entity_of(event_type: str) -> str:
    """Return the entity in `id.zi.<service>.<entity>.<fact>.v1`."""
    return event_type.split(".")[3]
