"""Deadlines of cases: armed, stopped, moved. Firing them lies in `firing.py`.

Callers hold the case's lock first, then lock its deadlines here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.domain.calendar import Pause
from services.complaints.deadlines.domain.policy import Rule
from services.complaints.deadlines.domain.schedule import Deadline, Schedule, Status

DEADLINE = """d.id, d.case_ref, d.unit_id AS unit_key, d.kind, d.rule AS rule_id, d.policy,
d.calendar_version, d.cycle, d.start_at, d.length, d.due_at, d.next_fire_at,
    d.passed || d.rung_code[1 : d.next_rung] AS passed,
    d.status, d.breached_at, d.met_at, d.is_provisional, d.is_backdated, d.version"""


async def arm(
    session: AsyncSession, deadline: Deadline, rule: Rule, made: Schedule, now: datetime
) -> Deadline:
    """Insert a new deadline and return it with the cycle it got: the case's, or the next one of its rule."""
    row = await session.execute(
        text("""
            INSERT INTO deadline (id, case_ref, unit_id, kind, rule, policy, calendar_version, cycle,
                start_at, length, due_at, rung_at, rung_notify_at, rung_code, rung_to, due_rung, repeat_days,
                repeat_to, next_rung, next_fire_at, passed, status, is_provisional, is_backdated, armed_at,
                version)
            VALUES (:id, :case_ref, :unit_key, :kind, :rule_id, :policy, :calendar_version,
                (SELECT greatest(:cycle, coalesce(max(cycle), 0) + 1) FROM deadline
                 WHERE case_ref = :case_ref AND rule = :rule_id), :start_at,
                :length, :due_at, :rung_at, :rung_notify_at, :rung_code, :rung_to, :due_rung, :repeat_days,
                :repeat_to, 0, :next_fire_at, '{}', 'armed', :is_provisional, :is_backdated, :now, 1)
            RETURNING cycle
        """),
        {
            "id": deadline.id,
            "case_ref": deadline.case_ref,
            "unit_key": deadline.unit_key,
            "kind": deadline.kind,
            "rule_id": deadline.rule_id,
            "policy": deadline.policy,
            "calendar_version": deadline.calendar_version,
            "cycle": deadline.cycle,
            "start_at": deadline.start_at,
            "length": deadline.length,
            "due_at": deadline.due_at,
            "repeat_days": rule.ladder.repeat_days,
            "repeat_to": ",".join(rule.ladder.repeat_to),
            "is_provisional": deadline.is_provisional,
            "is_backdated": deadline.is_backdated,
            "now": now,
            **_rungs(made),
        },
    )
    return replace(deadline, cycle=row.scalar_one())


async def lock_running(session: AsyncSession, case_ref: UUID) -> list[Deadline]:
    """Lock and return the case's armed and paused deadlines; waits for a poller that is firing one."""
    rows = await session.execute(
        text(f"""
            SELECT {DEADLINE} FROM deadline d
            WHERE d.case_ref = :case_ref AND d.status IN ('armed', 'paused') ORDER BY d.id FOR UPDATE
        """),
        {"case_ref": case_ref},
    )
    return [deadline_of(row) for row in rows.mappings()]


async def of_case(session: AsyncSession, case_ref: UUID) -> list[Deadline]:
    """Return every deadline the case ever had, in the order they were armed."""
    rows = await session.execute(
        text(f"SELECT {DEADLINE} FROM deadline d WHERE d.case_ref = :case_ref ORDER BY d.armed_at, d.id"),
        {"case_ref": case_ref},
    )
    return [deadline_of(row) for row in rows.mappings()]


async def end(session: AsyncSession, deadline: Deadline, status: Status, at: datetime) -> Deadline:
    """End a deadline by its act: `met` or `late_done`."""
    await session.execute(
        text("""
            UPDATE deadline SET status = :status, met_at = :at, next_fire_at = NULL, version = version + 1
            WHERE id = :id
        """),
        {"status": status, "at": at, "id": deadline.id},
    )
    return replace(deadline, status=status, met_at=at, next_fire_at=None, version=deadline.version + 1)


async def cancel(session: AsyncSession, deadline: Deadline, actor: str, at: datetime) -> Deadline:
    """End a deadline whose act is not awaited any more; the ledger keeps by whom and when."""
    await end_pause(session, deadline, at)
    await session.execute(
        text("""
            UPDATE deadline SET status = 'cancelled', next_fire_at = NULL, version = version + 1
            WHERE id = :id
        """),
        {"id": deadline.id},
    )
    await session.execute(
        text("""
            INSERT INTO deadline_change (deadline_id, at, reason, actor, old_due_at, new_due_at,
                                         old_calendar_version, new_calendar_version)
            VALUES (:id, :at, 'cancelled', :actor, :due, :due, :version, :version)
        """),
        {
            "id": deadline.id,
            "at": at,
            "actor": actor,
            "due": deadline.due_at,
            "version": deadline.calendar_version,
        },
    )
    return replace(deadline, status="cancelled", next_fire_at=None, version=deadline.version + 1)


async def pause(session: AsyncSession, deadline: Deadline, at: datetime) -> Deadline:
    """Let a deadline stand still from `at`."""
    await session.execute(
        text("INSERT INTO deadline_pause (deadline_id, start_at) VALUES (:id, :at)"),
        {"id": deadline.id, "at": at},
    )
    await session.execute(
        text("""
            UPDATE deadline SET status = 'paused', next_fire_at = NULL, version = version + 1 WHERE id = :id
        """),
        {"id": deadline.id},
    )
    return replace(deadline, status="paused", next_fire_at=None, version=deadline.version + 1)


async def end_pause(session: AsyncSession, deadline: Deadline, at: datetime) -> None:
    """Note the end of the running pause."""
    await session.execute(
        text("UPDATE deadline_pause SET end_at = :at WHERE deadline_id = :id AND end_at IS NULL"),
        {"id": deadline.id, "at": at},
    )


async def pauses(session: AsyncSession, deadline_id: UUID) -> list[Pause]:
    """Return the ended pauses of a deadline in order."""
    rows = await session.execute(
        text("""
            SELECT start_at, end_at FROM deadline_pause
            WHERE deadline_id = :id AND end_at IS NOT NULL ORDER BY start_at, id
        """),
        {"id": deadline_id},
    )
    return [Pause(row.start_at, row.end_at) for row in rows]


async def stretches(session: AsyncSession, case_ref: UUID, rules: Sequence[str]) -> list[Pause]:
    """Return when the ended deadlines of these rules ran, in order."""
    rows = await session.execute(
        text("""
            SELECT start_at, least(met_at, due_at) AS end_at FROM deadline
            WHERE case_ref = :case_ref AND rule = ANY(cast(:rules AS text[])) AND status NOT IN ('armed',
            'paused') ORDER BY start_at
        """),
        {"case_ref": case_ref, "rules": list(rules)},
    )
    return [Pause(row.start_at, row.end_at) for row in rows]


async def move(
    session: AsyncSession,
    deadline: Deadline,
    made: Schedule,
    *,
    calendar_version: int,
    reason: str,
    actor: str,
    at: datetime,
) -> Deadline:
    """Give an unbreached deadline new instants, let it run, and note old and new due time."""
    await session.execute(
        text("""
            UPDATE deadline SET due_at = :due_at, rung_at = :rung_at, rung_notify_at = :rung_notify_at,
                rung_code = :rung_code, rung_to = :rung_to, due_rung = :due_rung, next_rung = 0,
                next_fire_at = :next_fire_at, passed = :passed, status = 'armed',
                calendar_version = :calendar_version, is_provisional = :is_provisional, version = version + 1
            WHERE id = :id
        """),
        {
            "id": deadline.id,
            "due_at": made.due_at,
            "passed": list(deadline.passed),
            "calendar_version": calendar_version,
            "is_provisional": made.is_provisional,
            **_rungs(made),
        },
    )
    await session.execute(
        text("""
            INSERT INTO deadline_change (deadline_id, at, reason, actor, old_due_at, new_due_at,
                                         old_calendar_version, new_calendar_version)
            VALUES (:id, :at, :reason, :actor, :old, :new, :old_version, :new_version)
        """),
        {
            "id": deadline.id,
            "at": at,
            "reason": reason,
            "actor": actor,
            "old": deadline.due_at,
            "new": made.due_at,
            "old_version": deadline.calendar_version,
            "new_version": calendar_version,
        },
    )
    return replace(
        deadline,
        due_at=made.due_at,
        next_fire_at=made.rungs[0].at,
        status="armed",
        calendar_version=calendar_version,
        is_provisional=made.is_provisional,
        version=deadline.version + 1,
    )


async def behind_calendar(
    session: AsyncSession, version: int, policies: Sequence[str], limit: int
) -> Sequence[UUID]:
    """Return cases with a running deadline under one of these policies, computed with an older calendar."""
    rows = await session.scalars(
        text("""
            SELECT DISTINCT case_ref FROM deadline
            WHERE calendar_version < :version AND policy = ANY(cast(:policies AS text[]))
              AND status IN ('armed', 'paused') AND breached_at IS NULL
            LIMIT :n
        """),
        {"version": version, "policies": policies, "n": limit},
    )
    return rows.all()


async def provisional_cases(
    session: AsyncSession, policies: Sequence[str], after: UUID, limit: int
) -> Sequence[UUID]:
    """Return the next cases with a provisional deadline that runs unbreached under one of these policies."""
    rows = await session.scalars(
        text("""
            SELECT DISTINCT case_ref FROM deadline
            WHERE is_provisional AND policy = ANY(cast(:policies AS text[])) AND case_ref > :after
              AND status = 'armed' AND breached_at IS NULL
            ORDER BY case_ref LIMIT :n
        """),
        {"policies": list(policies), "after": after, "n": limit},
    )
    return rows.all()


async def mark_calendar(session: AsyncSession, deadline: Deadline, version: int) -> None:
    """Note that a deadline stays as it is in a newer calendar; which one its last event named is kept."""
    await session.execute(
        text("""
            UPDATE deadline SET calendar_version = :version, told_version = version,
                told_calendar = CASE WHEN told_version = version THEN told_calendar ELSE calendar_version END
            WHERE id = :id
        """),
        {"version": version, "id": deadline.id},
    )


async def changed_for(session: AsyncSession, reason: str, deadline_ids: Sequence[UUID]) -> set[UUID]:
    """Return which of these deadlines were ever moved for a reason."""
    rows = await session.scalars(
        text("""
            SELECT DISTINCT deadline_id FROM deadline_change
            WHERE reason = :reason AND deadline_id = ANY(cast(:ids AS uuid[]))
        """),
        {"reason": reason, "ids": list(deadline_ids)},
    )
    return set(rows)


async def running_after(session: AsyncSession, after: UUID, limit: int) -> list[Deadline]:
    """Return running deadlines by id, for the audit that recomputes every due time."""
    rows = await session.execute(
        text(f"""
            SELECT {DEADLINE} FROM deadline d
            WHERE d.id > :after AND d.status = 'armed' AND d.kind <> 'canary' ORDER BY d.id LIMIT :n
        """),
        {"after": after, "n": limit},
    )
    return [deadline_of(row) for row in rows.mappings()]


def _rungs(made: Schedule) -> dict[str, object]:
    return {
        "rung_at": [rung.at for rung in made.rungs],
        "rung_notify_at": [rung.notify_at for rung in made.rungs],
        "rung_code": [rung.code for rung in made.rungs],
        "rung_to": [",".join(rung.to) for rung in made.rungs],
        "due_rung": made.due_rung,
        "next_fire_at": made.rungs[0].at,
        "due_at": made.due_at,
    }


def deadline_of(row: RowMapping | Mapping[str, Any]) -> Deadline:
    """Return the deadline that a row with these columns holds."""
    return Deadline(**{**row, "passed": tuple(row["passed"])})
