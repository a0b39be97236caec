"""Canary deadlines: one per replica, due every minute, so that a silent engine is heard."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

PERIOD_SECONDS = 60

FORGET = """
    DELETE FROM deadline WHERE kind = 'canary' AND due_at < cast(:now AS timestamptz) - interval '1 day'
"""


async def arm(session: AsyncSession, replica: UUID, now: datetime) -> float:
    """Arm the replica's canary when it is not, and return the seconds since it last fired.

    Before the first firing the age counts from when it was first armed. Canaries of replicas that are gone
    are forgotten after a day.
    """
    await session.execute(text(FORGET), {"now": now})
    age = await session.scalar(
        text("""
            INSERT INTO deadline AS d (id, case_ref, unit_id, kind, rule, policy, calendar_version, cycle,
                start_at, length, due_at, rung_at, rung_notify_at, rung_code, rung_to, due_rung, repeat_days,
                repeat_to, next_rung, next_fire_at, passed, status, is_provisional, is_backdated, armed_at,
                version)
            SELECT :replica, :replica, '-', 'canary', 'canary', 'canary', 0, 1, :now, :period, due_at,
                ARRAY[due_at], ARRAY[due_at], '{due}', '{""}', 0, 0, '', 0, due_at, '{}', 'armed', false,
                false, :now, 1
            FROM (SELECT cast(:now AS timestamptz) + make_interval(secs => :period) AS due_at) AS next
            ON CONFLICT (id) DO UPDATE SET
                start_at = CASE WHEN d.next_fire_at IS NULL THEN excluded.start_at ELSE d.start_at END,
                due_at = CASE WHEN d.next_fire_at IS NULL THEN excluded.due_at ELSE d.due_at END,
                rung_at = CASE WHEN d.next_fire_at IS NULL THEN excluded.rung_at ELSE d.rung_at END,
                next_rung = 0,
                next_fire_at = coalesce(d.next_fire_at, excluded.next_fire_at)
            RETURNING extract(epoch FROM cast(:now AS timestamptz) - coalesce(breached_at, armed_at))
        """),
        {"replica": replica, "now": now, "period": PERIOD_SECONDS},
    )
    return max(0.0, float(age or 0))
