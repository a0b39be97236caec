"""What stands in the tables now, streamed whole, and versions lifted above what others have seen."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.domain.schedule import Deadline, Fact
from services.complaints.deadlines.store.deadlines import COLUMNS, deadline_of
from services.complaints.deadlines.store.firing import Claimed
from shared.outbox.snapshot import stream

_PASSED = "d.passed || d.rung_code[1 : d.next_rung]"
_DEADLINE = ", ".join(
    f"{_PASSED if name == 'passed' else f'd.{column.name}'} AS {name}" for name, column in COLUMNS.items()
)
RESTORED = "restored"
"""Why a deadline was told again at the due time it had."""


@dataclass(frozen=True, slots=True)
class LastRung:
    """The newest fired rung of a deadline."""

    code: str
    fact: Fact
    event_id: UUID
    detected_at: datetime


@dataclass(frozen=True, slots=True)
class LastMove:
    """The newest change of a deadline's due time."""

    reason: str
    at: datetime
    old_due_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A deadline as its last event told it: `rung` or `move` when that was the last, `at` its time."""

    deadline: Deadline
    rung: LastRung | None
    move: LastMove | None
    at: datetime


async def deadlines(session: AsyncSession, only: UUID | None = None) -> AsyncIterator[Told]:
    """Yield every deadline of a case, or one, as its last event told it."""
    async for row in stream(
        session,
        f"""
            SELECT {_DEADLINE}, d.next_rung, d.armed_at, p.paused_at,
                   CASE WHEN d.told_version = d.version THEN d.told_calendar END AS told_calendar,
                   f.rung, f.fact, f.event_id, f.detected_at, m.reason, m.at AS moved_at, m.old_due_at
            FROM deadline d
            LEFT JOIN LATERAL (SELECT rung, fact, event_id, detected_at FROM deadline_fired
                WHERE deadline_id = d.id ORDER BY detected_at DESC, fact = 'overdue' LIMIT 1) f ON TRUE
            LEFT JOIN LATERAL (SELECT reason, at, old_due_at FROM deadline_change
                WHERE deadline_id = d.id ORDER BY id DESC LIMIT 1) m ON TRUE
            LEFT JOIN LATERAL (SELECT max(start_at) AS paused_at FROM deadline_pause
                WHERE deadline_id = d.id) p ON TRUE
            WHERE d.kind <> 'canary' AND (cast(:only AS uuid) IS NULL OR d.id = :only) ORDER BY d.id
        """,
        only=only,
    ):
        values = row._asdict()
        fired = [values.pop(name) for name in ("rung", "fact", "event_id", "detected_at")]
        moved = [values.pop(name) for name in ("reason", "moved_at", "old_due_at")]
        rung = LastRung(*fired) if fired[0] else None
        move = LastMove(*moved) if moved[0] else None
        next_rung, armed_at, paused_at = (values.pop(n) for n in ("next_rung", "armed_at", "paused_at"))
        told_calendar = values.pop("told_calendar")
        if told_calendar is not None:
            values["calendar_version"] = told_calendar
        deadline = deadline_of(values)
        if deadline.status == "cancelled" and move:
            yield Told(deadline, None, None, move.at)
        elif deadline.met_at is not None:
            yield Told(deadline, None, None, deadline.met_at)
        elif deadline.status == "paused":
            yield Told(deadline, None, None, paused_at)
        elif move and (not rung or _is_last(move, rung, next_rung)):
            yield Told(deadline, None, move, move.at)
        elif rung:
            yield Told(deadline, rung, None, rung.detected_at)
        else:
            yield Told(deadline, None, None, armed_at)


def _is_last(move: LastMove, rung: LastRung, next_rung: int) -> bool:
    """Tell whether a deadline moved after its last rung fired; a move starts the ladder anew."""
    return move.at > rung.detected_at if move.at != rung.detected_at else next_rung == 0


async def raise_deadline(session: AsyncSession, deadline_id: UUID, version: int) -> None:
    """Give a deadline this version at least."""
    await session.execute(
        text("UPDATE deadline SET version = greatest(version, :version) WHERE id = :id"),
        {"id": deadline_id, "version": version},
    )


async def tell_again(session: AsyncSession, deadline_id: UUID) -> None:
    """Note that a running deadline is told again, at the due time it has."""
    await session.execute(
        text("""
            INSERT INTO deadline_change (deadline_id, at, reason, actor, old_due_at, new_due_at,
                                         old_calendar_version, new_calendar_version)
            SELECT id, greatest(zi_now(), (SELECT max(detected_at) + interval '1 microsecond'
                                           FROM deadline_fired WHERE deadline_id = d.id)),
                   :reason, 'engine', due_at, due_at, calendar_version, calendar_version
            FROM deadline d WHERE id = :id AND status = 'armed'
        """),
        {"id": deadline_id, "reason": RESTORED},
    )


async def claimed(session: AsyncSession, deadline_id: UUID) -> Claimed | None:
    """Lock and return a deadline as the engine claims one, with no rung taken."""
    row = await session.execute(
        text("""
            SELECT id, case_ref, unit_id AS unit_key, kind, rule AS rule_id, policy, calendar_version, cycle,
                   due_at, rung_notify_at, rung_code, rung_to, due_rung, repeat_to, is_provisional,
                   next_rung AS first_rung, next_rung AS end_rung, version AS old_version
            FROM deadline WHERE id = :id FOR UPDATE
        """),
        {"id": deadline_id},
    )
    found = row.mappings().one_or_none()
    return Claimed(**found) if found else None


async def fired_rungs(session: AsyncSession, deadline_id: UUID) -> set[str]:
    """Return the codes of a deadline's rungs that have fired."""
    rows = await session.scalars(
        text("SELECT rung FROM deadline_fired WHERE deadline_id = :id"), {"id": deadline_id}
    )
    return set(rows)


async def pass_rungs(session: AsyncSession, deadline_id: UUID, end_rung: int, at: datetime) -> None:
    """Move a running deadline past its first `end_rung` rungs; a breach also ends its pause."""
    await session.execute(
        text("""
            UPDATE deadline_pause p SET end_at = greatest(p.start_at, :at) FROM deadline d
            WHERE d.id = :id AND p.deadline_id = d.id AND p.end_at IS NULL AND d.due_rung < :end
        """),
        {"id": deadline_id, "end": end_rung, "at": at},
    )
    await session.execute(
        text("""
            UPDATE deadline SET next_rung = :end,
                status = CASE WHEN due_rung < :end THEN 'armed' ELSE status END,
                breached_at = CASE WHEN due_rung < :end THEN coalesce(breached_at, due_at) END,
                next_fire_at = CASE
                    WHEN status = 'paused' AND due_rung >= :end THEN NULL
                    WHEN :end < cardinality(rung_at) THEN rung_at[:end + 1]
                    WHEN repeat_days > 0 THEN rung_at[cardinality(rung_at)]
                        + make_interval(days => repeat_days * (:end - cardinality(rung_at) + 1)) END
            WHERE id = :id AND status IN ('armed', 'paused') AND next_rung < :end
        """),
        {"id": deadline_id, "end": end_rung},
    )
