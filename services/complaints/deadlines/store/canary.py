"""Canary deadlines: one per replica, due every minute, so that a silent engine is heard."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import DateTime, Delete, bindparam, case, extract, func, literal
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.tables import DEADLINE

PERIOD_SECONDS = 60

_NOW = bindparam("now", type_=DateTime(timezone=True))
_SAME: dict[str, object] = {
    "unit_id": "-", "kind": "canary", "rule": "canary", "policy": "canary", "calendar_version": 0, "cycle": 1,
    "length": PERIOD_SECONDS, "rung_code": ["due"], "rung_to": [""], "due_rung": 0, "repeat_days": 0,
    "repeat_to": "", "next_rung": 0, "passed": [], "status": "armed", "is_provisional": False,
    "is_backdated": False, "version": 1,
}  # fmt: skip
"""What is the same in all of them."""
_NEW = insert(DEADLINE).values(_SAME)
_HAS_FIRED = DEADLINE.c.next_fire_at.is_(None)
_ANEW = {
    name: case((_HAS_FIRED, _NEW.excluded[name]), else_=DEADLINE.c[name])
    for name in ("start_at", "due_at", "rung_at", "next_fire_at")
}
_AGE = extract("epoch", _NOW - func.coalesce(DEADLINE.c.breached_at, DEADLINE.c.armed_at))
_ARM = _NEW.on_conflict_do_update(index_elements=["id"], set_={**_ANEW, "next_rung": 0}).returning(_AGE)


def forgetting(now: datetime) -> Delete:
    """Return the statement that forgets the canaries of a day ago, written as their index knows them."""
    is_canary = DEADLINE.c.kind == literal("canary", literal_execute=True)
    return DEADLINE.delete().where(is_canary, DEADLINE.c.due_at < now - timedelta(days=1))


async def arm(session: AsyncSession, replica: UUID, now: datetime) -> float:
    """Arm the replica's canary when it is not, and return the seconds since it last fired.

    Before the first firing the age counts from when it was first armed. Canaries of replicas that are gone
    are forgotten after a day.
    """
    await session.execute(forgetting(now))
    due_at = now + timedelta(seconds=PERIOD_SECONDS)
    values = {"id": replica, "case_ref": replica, "start_at": now, "armed_at": now}
    values |= {"due_at": due_at, "next_fire_at": due_at, "rung_at": [due_at], "rung_notify_at": [due_at]}
    age = await session.scalar(_ARM, values | {"now": now})
    return max(0.0, float(age or 0))
