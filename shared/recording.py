"""One act, recorded once: the facts it tells others and the audit row it leaves, in its own transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared import audit
from shared.audit.record import INSERT as NOTE
from shared.contracts.base import EventData
from shared.db.hot import Hot
from shared.outbox.record import INSERT as TELL
from shared.outbox.record import made_of, values_of, wakes_relays
from shared.security import Principal

_TOLD_AND_NOTED = Hot(f"WITH told AS ({TELL}) {NOTE}")
"""One act, one statement: a round trip less of every command, 110 us."""


async def record(
    session: AsyncSession,
    actor: Principal | None,
    operation: str,
    *,
    source: str,
    entity: str,
    entity_id: object,
    facts: Sequence[EventData] = (),
    beside: Sequence[EventData] = (),
    version: int | None = None,
    changes: Mapping[str, Any] | None = None,
    reason: str | None = None,
    at: datetime | None = None,
    day: datetime | None = None,
    event_ids: Sequence[UUID] | None = None,
    tells_moment: bool = True,
) -> None:
    """Append the facts of an act to the outbox, and its audit row that names their events.

    Facts that others are told `beside` them follow and are not named. `source`, `at`, `day` and `event_ids`
    are those of `outbox.record`, the rest those of `audit.record`; `actor` None is the system itself. Without
    `tells_moment` the row carries `day` alone.
    """
    told = [*facts, *beside]
    made = made_of(told, source=source, at=at, day=day, event_ids=event_ids) if told else []
    await audit.record(
        session,
        actor=actor,
        operation=operation,
        entity=entity,
        entity_id=str(entity_id),
        version=version,
        changes=changes,
        reason=reason,
        event_ids=[event.id for event in made[: len(facts)]],
        day=None if tells_moment else day,
        statement=_TOLD_AND_NOTED if made else None,
        beside=values_of(made) if made else None,
    )
    if made:
        wakes_relays(session)
