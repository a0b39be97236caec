"""What stands in the tables now, streamed whole, and versions lifted above what others have seen."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    FromClause,
    Table,
    case,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.domain.schedule import ENDED_EARLY, Deadline, Fact
from services.complaints.deadlines.store.deadlines import CALLED, DEADLINES, RUNS, deadline_of
from services.complaints.deadlines.store.firing import Claimed
from services.complaints.deadlines.tables import DEADLINE, DEADLINE_CHANGE, DEADLINE_FIRED, DEADLINE_PAUSE
from services.complaints.tables import columns_of
from shared.outbox.snapshot import stream

MOVED_HOME = "unit"
"""Why a deadline moved, or was told again: another unit has the case."""
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


def _newest(columns: Iterable[Column[Any]], table: Table, *order: ColumnElement[Any]) -> FromClause:
    """Return the row of a deadline in a ledger that comes first in this order."""
    of_it = select(*columns).where(table.c.deadline_id == DEADLINE.c.id)
    return of_it.order_by(*order).limit(1).lateral()


def _latest(moment: Column[Any]) -> ColumnElement[Any]:
    """Return the last such moment of a deadline."""
    return select(func.max(moment)).where(moment.table.c.deadline_id == DEADLINE.c.id).scalar_subquery()


_ORDER = (DEADLINE_FIRED.c.detected_at.desc(), DEADLINE_FIRED.c.fact == "overdue")
_RUNG = _newest(DEADLINE_FIRED.c["rung", "fact", "event_id", "detected_at"], DEADLINE_FIRED, *_ORDER)
_MOVE = _newest(columns_of(LastMove, DEADLINE_CHANGE), DEADLINE_CHANGE, DEADLINE_CHANGE.c.id.desc())
_IS_TOLD = DEADLINE.c.told_version == DEADLINE.c.version
_DEADLINES = (
    DEADLINES.add_columns(
        DEADLINE.c.next_rung,
        DEADLINE.c.armed_at,
        _latest(DEADLINE_PAUSE.c.start_at).label("paused_at"),
        case((_IS_TOLD, DEADLINE.c.told_calendar)).label("told_calendar"),
        *_RUNG.c,
        *_MOVE.c,
    )
    .select_from(DEADLINE.outerjoin(_RUNG, true()).outerjoin(_MOVE, true()))
    .where(DEADLINE.c.kind != "canary")
    .order_by(DEADLINE.c.id)
)


async def deadlines(session: AsyncSession, only: UUID | None = None) -> AsyncIterator[Told]:
    """Yield every deadline of a case, or one, as its last event told it."""
    async for row in stream(session, _DEADLINES if only is None else _DEADLINES.where(DEADLINE.c.id == only)):
        values = row._asdict()
        fired = [values.pop(column.name) for column in _RUNG.c]
        moved = [values.pop(column.name) for column in _MOVE.c]
        rung = LastRung(*fired) if fired[0] else None
        move = LastMove(*moved) if moved[0] else None
        next_rung, armed_at, paused_at = (values.pop(n) for n in ("next_rung", "armed_at", "paused_at"))
        told_calendar = values.pop("told_calendar")
        if told_calendar is not None:
            values["calendar_version"] = told_calendar
        deadline = deadline_of(values)
        if deadline.status in ENDED_EARLY and move:
            yield Told(deadline, None, None, move.at)
        elif deadline.met_at is not None:
            yield Told(deadline, None, None, deadline.met_at)
        elif deadline.status == "paused":
            yield Told(deadline, None, None, max(paused_at, move.at) if move else paused_at)
        elif move and (
            not rung or _is_last(move, rung, next_rung, is_breached=deadline.breached_at is not None)
        ):
            yield Told(deadline, None, move, move.at)
        elif rung:
            yield Told(deadline, rung, None, rung.detected_at)
        else:
            yield Told(deadline, None, None, armed_at)


def _is_last(move: LastMove, rung: LastRung, next_rung: int, *, is_breached: bool) -> bool:
    """Tell whether a deadline moved after its last rung fired; a move starts the ladder anew.

    A breached one goes to another unit after the act that takes it there has fired what was due.
    """
    if move.at != rung.detected_at:
        return move.at > rung.detected_at
    return next_rung == 0 or (is_breached and move.reason == MOVED_HOME)


async def raise_deadline(session: AsyncSession, deadline_id: UUID, version: int) -> None:
    """Give a deadline this version at least."""
    at_least = func.greatest(DEADLINE.c.version, literal(version, BigInteger))
    await session.execute(DEADLINE.update().where(DEADLINE.c.id == deadline_id).values(version=at_least))


_CHANGE: dict[str, ColumnElement[Any]] = {
    "deadline_id": DEADLINE.c.id,
    "at": func.greatest(func.zi_now(), _latest(DEADLINE_FIRED.c.detected_at) + timedelta(microseconds=1)),
    "reason": literal(RESTORED),
    "actor": literal("engine"),
    "old_due_at": DEADLINE.c.due_at,
    "new_due_at": DEADLINE.c.due_at,
    "old_calendar_version": DEADLINE.c.calendar_version,
    "new_calendar_version": DEADLINE.c.calendar_version,
}


async def tell_again(session: AsyncSession, deadline_id: UUID) -> None:
    """Note that a running deadline is told again, at the due time it has."""
    change = select(*_CHANGE.values()).where(DEADLINE.c.id == deadline_id, DEADLINE.c.status == "armed")
    await session.execute(DEADLINE_CHANGE.insert().from_select(list(_CHANGE), change))


_CALLED = CALLED | {"first_rung": "next_rung", "end_rung": "next_rung", "old_version": "version"}
_CLAIMED = [DEADLINE.c[_CALLED.get(field.name, field.name)].label(field.name) for field in fields(Claimed)]


async def claimed(session: AsyncSession, deadline_id: UUID) -> Claimed | None:
    """Lock and return a deadline as the engine claims one, with no rung taken."""
    asked = select(*_CLAIMED).where(DEADLINE.c.id == deadline_id).with_for_update()
    found = (await session.execute(asked)).mappings().one_or_none()
    return Claimed(**found) if found else None


async def fired_rungs(session: AsyncSession, deadline_id: UUID) -> set[str]:
    """Return the codes of a deadline's rungs that have fired."""
    asked = select(DEADLINE_FIRED.c.rung).where(DEADLINE_FIRED.c.deadline_id == deadline_id)
    return set(await session.scalars(asked))


async def pass_rungs(session: AsyncSession, deadline_id: UUID, end_rung: int, at: datetime) -> None:
    """Move a running deadline past its first `end_rung` rungs; a breach also ends its pause."""
    clock, pause = DEADLINE.c, DEADLINE_PAUSE.c
    is_breached = clock.due_rung < end_rung
    is_its = (pause.deadline_id == clock.id, pause.end_at.is_(None))
    ended = DEADLINE_PAUSE.update().where(clock.id == deadline_id, *is_its, is_breached)
    moment = literal(at, DateTime(timezone=True))
    await session.execute(ended.values(end_at=func.greatest(pause.start_at, moment)))
    rungs = func.cardinality(clock.rung_at)
    days = clock.repeat_days * (end_rung - rungs + 1)
    passed = DEADLINE.update().where(clock.id == deadline_id, RUNS, clock.next_rung < end_rung)
    await session.execute(
        passed.values(
            next_rung=end_rung,
            status=case((is_breached, "armed"), else_=clock.status),
            breached_at=case((is_breached, func.coalesce(clock.breached_at, clock.due_at))),
            next_fire_at=case(
                ((clock.status == "paused") & ~is_breached, None),
                (end_rung < rungs, clock.rung_at[end_rung + 1]),
                (clock.repeat_days > 0, clock.rung_at[rungs] + func.make_interval(0, 0, 0, days)),
            ),
        )
    )
