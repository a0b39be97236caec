"""Matters that are no cases: kept, locked, found by the time left, and counted.

A list of open ones costs what is open in the scope, 30 us each: 6 ms for a unit, 0.6 s for 20,000 of the
nation. One of closed ones costs a page, and 0.13 s at most, where the scope has few among 100,000; the
figures cost 0.3 s for 20,000 open ones.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, RowMapping, Select, func, literal, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.store.deadlines import LATE
from services.complaints.deadlines.tables import DEADLINE
from services.complaints.matters.tables import DOSSIER, DOSSIER_EVENT
from services.complaints.tables import UNIT, columns_of, row_of
from shared.kernel import LATEST


@dataclass(frozen=True, slots=True)
class Dossier:
    """A matter as acts, deadlines and events know it; its content lies with its kind."""

    id: UUID
    kind: str
    unit_id: str
    agency_id: str
    state: str
    period: str
    is_late: bool
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    version: int
    told_fact: str | None = None
    told_version: int = 0
    told_at: datetime | None = None


NEVER = LATEST - timedelta(days=1)
"""Where an open one stands that no deadline watches: behind all others."""
COLUMNS = columns_of(Dossier, DOSSIER)
_NEXT = (
    select(
        DEADLINE.c.rule.label("due_rule"),
        DEADLINE.c.policy.label("due_policy"),
        DEADLINE.c.due_at,
        DEADLINE.c.breached_at.is_not(None).label("late"),
    )
    .where(DEADLINE.c.case_ref == DOSSIER.c.id, DEADLINE.c.status == "armed")
    .order_by(DEADLINE.c.due_at, DEADLINE.c.id)
    .limit(1)
    .lateral("next")
)
"""The deadline that runs out first, or has."""
RUNS_OUT_AT = func.coalesce(_NEXT.c.due_at, NEVER).label("runs_out_at")
IS_LATE = func.coalesce(_NEXT.c.late, False)
LISTED = (
    select(
        *COLUMNS,
        _NEXT.c.due_rule,
        _NEXT.c.due_policy,
        _NEXT.c.due_at,
        IS_LATE.label("is_overdue"),
        UNIT.c.name.label("unit_name"),
        func.coalesce(UNIT.c.zone, "WIB").label("zone"),
    )
    .select_from(DOSSIER)
    .outerjoin(UNIT, UNIT.c.unit_id == DOSSIER.c.unit_id)
    .outerjoin(_NEXT, true())
)
"""Each matter with its unit and the deadline of its next step; a kind joins its content."""


async def insert(session: AsyncSession, one: Dossier) -> None:
    """Insert a new matter."""
    await session.execute(DOSSIER.insert().values(**row_of(one, DOSSIER)))


async def update(session: AsyncSession, one: Dossier) -> None:
    """Write a locked matter back."""
    await session.execute(DOSSIER.update().where(DOSSIER.c.id == one.id).values(**row_of(one, DOSSIER)))


async def lock(session: AsyncSession, dossier_id: UUID, *sees: ColumnElement[bool]) -> Dossier | None:
    """Lock and return a matter within sight; its deadlines are locked after it, never before."""
    asked = select(*COLUMNS).where(DOSSIER.c.id == dossier_id, *sees).with_for_update()
    found = (await session.execute(asked)).mappings().one_or_none()
    return Dossier(**found) if found else None


async def log(
    session: AsyncSession, one: Dossier, act: str, actor: str, at: datetime, note: str | None
) -> None:
    """Keep an act in the log."""
    row = {"act": act, "actor": actor, "state": one.state, "at": at, "note": note}
    await session.execute(DOSSIER_EVENT.insert().values(dossier_id=one.id, version=one.version, **row))


async def events(session: AsyncSession, dossier_id: UUID) -> Sequence[RowMapping]:
    """Return the acts on a matter in order."""
    told = DOSSIER_EVENT.c["version", "act", "actor", "state", "at", "note"]
    asked = select(*told).where(DOSSIER_EVENT.c.dossier_id == dossier_id)
    return (await session.execute(asked.order_by(DOSSIER_EVENT.c.version))).mappings().all()


async def page(
    session: AsyncSession,
    asked: Select[*tuple[Any, ...]],
    *,
    is_open: bool,
    is_late: bool = False,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Return those of a list, open ones by the time left, closed ones from the newest.

    `runs_out_at` and the id are the key of the order.
    """
    if is_open:
        asked = asked.add_columns(RUNS_OUT_AT).where(DOSSIER.c.closed_at.is_(None))
        asked = asked.where(IS_LATE) if is_late else asked
        asked = asked.order_by(RUNS_OUT_AT, DOSSIER.c.id)
        if after is not None:
            asked = asked.where(tuple_(RUNS_OUT_AT.element, DOSSIER.c.id) > after)
    else:
        asked = asked.add_columns(DOSSIER.c.closed_at.label("runs_out_at"))
        asked = asked.where(DOSSIER.c.closed_at.is_not(None))
        asked = asked.order_by(DOSSIER.c.closed_at.desc(), DOSSIER.c.id.desc())
        if after is not None:
            asked = asked.where(tuple_(DOSSIER.c.closed_at, DOSSIER.c.id) < after)
    return (await session.execute(asked.limit(limit))).mappings().all()


async def lift(session: AsyncSession, dossier_id: UUID, floor: int) -> None:
    """Raise above the floor as which version a matter is told; its acts count on as they do."""
    above = func.greatest(DOSSIER.c.told_version, literal(floor, BigInteger)) + 1
    await session.execute(DOSSIER.update().where(DOSSIER.c.id == dossier_id).values(told_version=above))


@dataclass(frozen=True, slots=True)
class Figures:
    """How matters stand: open ones by kind, those no clock watches, clocks overdue by (kind, rule, state)."""

    opened: dict[str, int]
    without_deadline: int
    overdue: dict[tuple[str, ...], int]


_OPENED = select(DOSSIER.c.kind, func.count().label("open")).where(DOSSIER.c.closed_at.is_(None))
_OPENED = _OPENED.group_by(DOSSIER.c.kind)
_WATCHED = (
    select(literal(1).label("one"))
    .where(DEADLINE.c.case_ref == DOSSIER.c.id, DEADLINE.c.status == "armed")
    .limit(1)
    .lateral()
)
_STAGE = (DEADLINE.c.kind, DEADLINE.c.rule, DOSSIER.c.state)
_OVERDUE = select(*_STAGE, func.count()).join_from(DEADLINE, DOSSIER, DEADLINE.c.case_ref == DOSSIER.c.id)
_OVERDUE = _OVERDUE.where(*LATE).group_by(*_STAGE)


async def figures(session: AsyncSession, resting: Collection[tuple[str, str]]) -> Figures:
    """Count in the snapshot of the session; nobody watches the `resting` pairs of kind and state."""
    rests = tuple_(DOSSIER.c.kind, DOSSIER.c.state).in_(sorted(resting))
    without = select(func.count()).select_from(DOSSIER.outerjoin(_WATCHED, true()))
    without = without.where(DOSSIER.c.closed_at.is_(None), _WATCHED.c.one.is_(None), ~rests)
    opened = await session.execute(_OPENED)
    unwatched = await session.scalar(without)
    overdue = await session.execute(_OVERDUE)
    return Figures(
        opened={row.kind: row.open for row in opened},
        without_deadline=unwatched or 0,
        overdue={(kind, rule, state): count for kind, rule, state, count in overdue},
    )
