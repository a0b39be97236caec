"""The claim: take due deadlines and move them past their due rungs in one statement.

Several pollers claim side by side; a deadline that another one holds is skipped. Statements are written out
here: 100,000 deadlines due after a day down have 10 s to be in the outbox, and nothing is built per call.
Source: complaints.md section 7.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.domain.policy import DueWork
from services.complaints.deadlines.domain.schedule import Fact
from services.complaints.deadlines.tables import DeadlineFiredRow, NotificationRow, WorkItemRow
from shared.db.arrays import Columns

BATCH = 500
_FIRED = Columns.of_table(DeadlineFiredRow)
_OWED = Columns.of_table(NotificationRow, "event_key", "recipient_role", "case_ref", "unit_id", "not_before")
_ITEMS = Columns.of_table(WorkItemRow, "deadline_id", "kind", "case_ref", "created_at", "next_try_at")

# Ids are named once more: joined with `due` alone, up to 60,000 deadlines were all read for each batch.
_CLAIM = """
    WITH due AS (
        SELECT id, next_rung AS first_rung, version AS old_version,
               (SELECT count(*) FROM unnest(rung_at) AS instant WHERE instant <= :now)
               + CASE WHEN repeat_days > 0 AND rung_at[cardinality(rung_at)] < :now
                      THEN floor(extract(epoch FROM cast(:now AS timestamptz) - rung_at[cardinality(rung_at)])
                                 / (86400 * repeat_days))
                      ELSE 0 END AS end_rung
        FROM deadline WHERE {which}
    )
    UPDATE deadline d SET
        next_rung = due.end_rung,
        next_fire_at = CASE
            WHEN due.end_rung < cardinality(d.rung_at) THEN d.rung_at[due.end_rung::int + 1]
            WHEN d.repeat_days > 0 THEN d.rung_at[cardinality(d.rung_at)] + make_interval(
                days => d.repeat_days * (due.end_rung::int - cardinality(d.rung_at) + 1)) END,
        breached_at = CASE
            WHEN due.first_rung <= d.due_rung AND d.due_rung < due.end_rung THEN d.due_at
            ELSE d.breached_at END,
        version = d.version + CASE
            WHEN due.first_rung <= d.due_rung AND d.due_rung + 1 < due.end_rung THEN 2 ELSE 1 END
    FROM due WHERE d.id = due.id AND d.id = ANY(ARRAY(SELECT id FROM due))
    RETURNING d.id, d.case_ref, d.unit_id AS unit_key, d.kind, d.rule AS rule_id, d.policy,
        d.calendar_version, d.cycle, d.due_at, d.rung_notify_at, d.rung_code, d.rung_to, d.due_rung,
        d.repeat_to, d.is_provisional, d.is_backdated, d.armed_at, due.first_rung,
        due.end_rung::int AS end_rung, due.old_version
"""
_NEXT = """
    next_fire_at <= :now AND id <> ALL(cast(:aside AS uuid[]))
    ORDER BY next_fire_at, id LIMIT :batch FOR UPDATE SKIP LOCKED
"""
_CLAIM_NEXT = text(_CLAIM.format(which=_NEXT))
_CLAIM_ONE = text(_CLAIM.format(which="id = :id AND next_fire_at <= :now FOR UPDATE SKIP LOCKED"))
_PICK = text(f"SELECT id FROM deadline WHERE {_NEXT}")
_KEEP = text(_FIRED.insert("deadline_fired"))
_NOTIFY = text(_OWED.insert("notification"))
_OWE = text(_ITEMS.insert("work_item"))
_CLAIM_CASE = text(_CLAIM.format(which="case_ref = :case_ref AND next_fire_at <= :now FOR UPDATE"))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A deadline that was taken, in the order of the claim; `first_rung..end_rung-1` were due together."""

    id: UUID
    case_ref: UUID
    unit_key: str
    kind: str
    rule_id: str
    policy: str
    calendar_version: int
    cycle: int
    due_at: datetime
    rung_notify_at: Sequence[datetime]
    rung_code: Sequence[str]
    rung_to: Sequence[str]
    due_rung: int
    repeat_to: str
    is_provisional: bool
    is_backdated: bool
    armed_at: datetime
    first_rung: int
    end_rung: int
    old_version: int


@dataclass(frozen=True, slots=True)
class Fired:
    """One rung that gives an event, and whom it tells."""

    deadline: Claimed
    key: str
    event_id: UUID
    rung: str
    fact: Fact
    to: tuple[str, ...]
    notify_at: datetime


async def claim(
    session: AsyncSession, now: datetime, *, batch: int = BATCH, aside: Collection[UUID] = ()
) -> list[Claimed]:
    """Take at most `batch` deadlines with a rung due at `now`, the oldest first, none of those aside."""
    rows = await session.execute(_CLAIM_NEXT, {"now": now, "batch": batch, "aside": list(aside)})
    return [Claimed(*row) for row in rows]


async def pick(session: AsyncSession, now: datetime, aside: Collection[UUID]) -> UUID | None:
    """Lock the deadline that `claim` would take first and return its id, None when none is due."""
    found: UUID | None = await session.scalar(_PICK, {"now": now, "batch": 1, "aside": list(aside)})
    return found


async def claim_one(session: AsyncSession, now: datetime, deadline: UUID) -> list[Claimed]:
    """Take one deadline when it is due and nobody else holds it."""
    rows = await session.execute(_CLAIM_ONE, {"now": now, "id": deadline})
    return [Claimed(*row) for row in rows]


async def claim_case(session: AsyncSession, now: datetime, case_ref: UUID) -> list[Claimed]:
    """Take the due deadlines of one case, whose rows the caller has locked."""
    rows = await session.execute(_CLAIM_CASE, {"now": now, "case_ref": case_ref})
    return [Claimed(*row) for row in rows]


async def keep(session: AsyncSession, fired: Sequence[Fired], now: datetime) -> None:
    """Write the ledger and what it owes: messages and work for the cases.

    A second row for a rung breaks the transaction: an event key exists once.
    """
    rows = [
        (
            one.key,
            one.event_id,
            one.deadline.id,
            one.deadline.kind,
            one.deadline.rule_id,
            one.rung,
            one.fact,
            one.deadline.due_at,
            now,
        )
        for one in fired
    ]
    await session.execute(_KEEP, _FIRED.of(rows))
    owed = [
        (one.key, role, one.deadline.case_ref, one.deadline.unit_key, one.notify_at)
        for one in fired
        for role in one.to
    ]
    if owed:
        await session.execute(_NOTIFY, _OWED.of(owed))


async def count_fired(session: AsyncSession, deadline_id: UUID, fact: Fact) -> int:
    """Return how many rungs of a deadline have fired with this fact."""
    asked = text("SELECT count(*) FROM deadline_fired WHERE deadline_id = :id AND fact = :fact")
    return int(await session.scalar(asked, {"id": deadline_id, "fact": fact}) or 0)


async def owe_work(session: AsyncSession, items: Sequence[tuple[Fired, DueWork]], now: datetime) -> None:
    """Note what must be done to cases, by kind; it is done later, under each case's lock."""
    rows = [(one.deadline.id, kind, one.deadline.case_ref, now, now) for one, kind in items]
    await session.execute(_OWE, _ITEMS.of(rows))


async def next_fire_at(session: AsyncSession, aside: Collection[UUID] = ()) -> datetime | None:
    """Return when the next rung of any deadline is due that is not put aside."""
    found: datetime | None = await session.scalar(
        text("""
            SELECT next_fire_at FROM deadline
            WHERE next_fire_at IS NOT NULL AND id <> ALL(cast(:aside AS uuid[]))
            ORDER BY next_fire_at LIMIT 1
        """),
        {"aside": list(aside)},
    )
    return found


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Something the engine owes a case because a deadline ran out at `due_at`; `attempts` failed so far."""

    deadline_id: UUID
    kind: str
    case_ref: UUID
    attempts: int
    due_at: datetime


async def take_work(session: AsyncSession, now: datetime) -> WorkItem | None:
    """Lock and return the open work item that is ready for longest and that nobody else holds."""
    row = (
        await session.execute(
            text("""
                SELECT w.deadline_id, w.kind, w.case_ref, w.attempts, d.due_at
                FROM work_item w JOIN deadline d ON d.id = w.deadline_id
                WHERE w.done_at IS NULL AND w.next_try_at <= :now
                ORDER BY w.next_try_at, w.deadline_id LIMIT 1 FOR UPDATE OF w SKIP LOCKED
            """),
            {"now": now},
        )
    ).one_or_none()
    return None if row is None else WorkItem(*row)


async def put_aside(session: AsyncSession, item: WorkItem, until: datetime) -> None:
    """Leave a failed work item alone until then."""
    await session.execute(
        text("""
            UPDATE work_item SET attempts = attempts + 1, next_try_at = :until
            WHERE deadline_id = :deadline_id AND kind = :kind
        """),
        {"until": until, "deadline_id": item.deadline_id, "kind": item.kind},
    )


async def finish_work(session: AsyncSession, item: WorkItem, result: str, now: datetime) -> None:
    """Note what became of a work item."""
    await session.execute(
        text("""
            UPDATE work_item SET done_at = :now, result = :result
            WHERE deadline_id = :deadline_id AND kind = :kind
        """),
        {"now": now, "result": result, "deadline_id": item.deadline_id, "kind": item.kind},
    )
