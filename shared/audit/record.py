"""Write the audit row of a command or timer."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession
from structlog.contextvars import get_contextvars

from shared.db.hot import Hot
from shared.kernel import new_id
from shared.security import Principal

SYSTEM = "system"

INSERT = """
    INSERT INTO audit (id, at, actor, roles, operation, entity, entity_id, version, changes, reason,
                       correlation_id, event_ids)
    VALUES (:act_id, coalesce(:act_at, clock_timestamp()), :actor, :roles, :operation, :entity, :entity_id,
            :entity_version, cast(:changes AS jsonb), :reason, :correlation_id, cast(:event_ids AS uuid[]))
"""
_INSERT = Hot(INSERT)


async def record(
    session: AsyncSession,
    *,
    actor: Principal | None,
    operation: str,
    entity: str,
    entity_id: str,
    version: int | None = None,
    changes: Mapping[str, Any] | None = None,
    reason: str | None = None,
    event_ids: Sequence[UUID] = (),
    day: datetime | None = None,
    statement: Hot | None = None,
    beside: Mapping[str, Any] | None = None,
) -> None:
    """Note who did what to which entity, in the transaction that does it.

    `actor` None means the system itself (a timer). `changes` holds ids, states, codes and numbers only,
    never personal values: the row outlives every erasure. With `day`, when the act's local day began, the row
    tells no moment and no request: neither may lead from one act of a person to another. A `statement` that
    does more than `INSERT` has the values for it `beside`.
    """
    await (statement or _INSERT).rows(
        session,
        {
            "act_id": new_id() if day is None else uuid4(),
            "act_at": day,
            "actor": actor.subject if actor else SYSTEM,
            "roles": sorted(actor.roles) if actor else [SYSTEM],
            "operation": operation,
            "entity": entity,
            "entity_id": entity_id,
            "entity_version": version,
            "changes": json.dumps(changes or {}, default=str, ensure_ascii=False),
            "reason": reason,
            "correlation_id": get_contextvars().get("correlation_id") if day is None else None,
            "event_ids": list(event_ids),
            **(beside or {}),
        },
    )
