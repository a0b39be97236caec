"""What happened to the deadlines of a case: when they stood still, and which due times they had before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.tables import (
    DEADLINE,
    DEADLINE_CHANGE,
    DEADLINE_FIRED,
    DEADLINE_PAUSE,
    NOTIFICATION,
    POLICY_MIGRATION,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A stretch in which a deadline stood still; it still does while `end_at` is None.

    `is_by_dates`: it took out its dates however short it was.
    """

    start_at: datetime
    end_at: datetime | None
    is_by_dates: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A due time that was moved, and why; the policies are those before and after, where that changed."""

    at: datetime
    reason: str
    old_due_at: datetime
    new_due_at: datetime
    old_policy: str | None
    new_policy: str | None
    words: str | None
    """Why, as who asked for it wrote it."""


async def standings(session: AsyncSession, case_ref: UUID) -> Mapping[UUID, Sequence[Standing]]:
    """Return when each deadline of a case stood still, in order."""
    table = DEADLINE_PAUSE
    columns = table.c["deadline_id", "start_at", "end_at", "is_by_dates"]
    asked = select(*columns).join_from(table, DEADLINE)
    rows = await session.execute(asked.where(DEADLINE.c.case_ref == case_ref).order_by(table.c.id))
    found: dict[UUID, list[Standing]] = defaultdict(list)
    for deadline_id, *stretch in rows:
        found[deadline_id].append(Standing(*stretch))
    return found


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that a role is owed for a fired rung, not before an opening.

    `sent_at` None: not handed on yet; `outcome` says what came of it.
    """

    rule_id: str
    rung: str
    fact: str
    role: str
    not_before: datetime
    sent_at: datetime | None
    outcome: str | None


async def notices(session: AsyncSession, case_ref: UUID) -> Sequence[Notice]:
    """Return what roles are owed for the deadlines of a case, in the order of the rungs."""
    fired, notice = DEADLINE_FIRED.c, NOTIFICATION.c
    said = notice["recipient_role", "not_before", "sent_at", "outcome"]
    columns = (*DEADLINE_FIRED.c["rule", "rung", "fact"], *said)
    asked = select(*columns).join_from(DEADLINE_FIRED, DEADLINE, DEADLINE.c.id == fired.deadline_id)
    asked = asked.join(NOTIFICATION, notice.event_key == fired.event_key)
    order = (fired.detected_at, fired.event_key, notice.recipient_role)
    rows = await session.execute(asked.where(DEADLINE.c.case_ref == case_ref).order_by(*order))
    return [Notice(*row) for row in rows]


async def moves(session: AsyncSession, case_ref: UUID) -> Mapping[UUID, Sequence[Moved]]:
    """Return how each deadline of a case was moved, in order, by due time or policy."""
    table = DEADLINE_CHANGE
    told = ("at", "reason", "old_due_at", "new_due_at", "old_policy", "new_policy")
    asked = select(table.c.deadline_id, *table.c[told], POLICY_MIGRATION.c.reason.label("words"))
    asked = asked.join_from(table, DEADLINE).outerjoin(POLICY_MIGRATION)
    is_other = (table.c.old_due_at != table.c.new_due_at) | table.c.new_policy.is_not(None)
    is_moved = (DEADLINE.c.case_ref == case_ref, is_other)
    found: dict[UUID, list[Moved]] = defaultdict(list)
    for deadline_id, *move in await session.execute(asked.where(*is_moved).order_by(table.c.id)):
        found[deadline_id].append(Moved(*move))
    return found
