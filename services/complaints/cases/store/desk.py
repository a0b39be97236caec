"""The desk: cases in the order in which their time runs out, and how many of them burn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, RowMapping, Select, Text, any_, bindparam, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import FINAL
from services.complaints.cases.domain.case import Stream
from services.complaints.cases.store.cases import IS_APPEALED, LISTED, within
from services.complaints.cases.store.people import Reader
from services.complaints.cases.tables import CASE
from services.complaints.tables import UNIT
from shared.kernel import LATEST

SOON = timedelta(hours=24)
EXCERPT = 90
"""How many characters of what was reported a list shows."""
NEVER = LATEST - timedelta(days=1)
"""Where an open case stands that no deadline watches: behind all others."""
_STEP = LISTED.selected_columns
_DUE = func.coalesce(_STEP.due_at, NEVER).label("runs_out_at")
_IS_OPEN = CASE.c.state.not_in(sorted(FINAL)) | IS_APPEALED
_IS_THEIRS = func.coalesce(_STEP.due_rule == any_(bindparam("theirs", type_=ARRAY(Text))), False)
_IS_LATE = func.coalesce(_STEP.is_late, False) & ~_IS_THEIRS
"""Officers are late; a reporter's own time that is over burns nobody."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases a list shows; None and false narrow nothing."""

    is_open: bool = True
    unit_id: str | None = None
    stream: Stream | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """How many cases are open; of these how many officers are late with, have soon due, or wait for."""

    opened: int
    late: int
    soon: int
    waiting: int


_EXCERPT = func.left(CASE.c.content, EXCERPT).label("excerpt")
_OPEN = LISTED.add_columns(_DUE, _IS_THEIRS.label("is_theirs"), _EXCERPT).where(_IS_OPEN)
_CLOSED = LISTED.add_columns(CASE.c.closed_at.label("runs_out_at"), _EXCERPT).where(~_IS_OPEN)


async def page(
    session: AsyncSession,
    reader: Reader,
    wanted: Wanted,
    *,
    theirs: Sequence[str],
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Return cases in scope, open ones by the time left, closed ones from the newest; see `cases.page`.

    `runs_out_at` and the id are the key of the order.
    """
    asked = _OPEN if wanted.is_open else _CLOSED
    asked = within(asked, reader, unit_id=wanted.unit_id, stream=wanted.stream)
    if wanted.is_late:
        asked = asked.where(_IS_LATE)
    asked = _following(asked, wanted, after).limit(limit)
    return (await session.execute(asked, {"theirs": list(theirs)})).mappings().all()


def _following(
    asked: Select[*tuple[Any, ...]], wanted: Wanted, after: tuple[datetime, UUID] | None
) -> Select[*tuple[Any, ...]]:
    if wanted.is_open:
        asked = asked.order_by(_DUE, CASE.c.id)
        return asked if after is None else asked.where(tuple_(_DUE.element, CASE.c.id) > after)
    asked = asked.order_by(CASE.c.closed_at.desc(), CASE.c.id.desc())
    return asked if after is None else asked.where(tuple_(CASE.c.closed_at, CASE.c.id) < after)


async def summary(session: AsyncSession, reader: Reader, *, theirs: Sequence[str]) -> Summary:
    """Count the open cases within sight."""
    counted = (_IS_LATE.label("burns"), _IS_THEIRS.label("is_theirs"), _STEP.due_at)
    asked = within(_OPEN, reader).with_only_columns(*counted, maintain_column_froms=True).subquery()
    is_soon = ~asked.c.burns & ~asked.c.is_theirs & (asked.c.due_at < func.zi_now() + SOON)
    counts = select(
        func.count(),
        func.count().filter(asked.c.burns),
        func.count().filter(is_soon),
        func.count().filter(asked.c.is_theirs),
    ).select_from(asked)
    return Summary(*(await session.execute(counts, {"theirs": list(theirs)})).one())


async def units(session: AsyncSession, reader: Reader, chosen: str | None) -> list[tuple[str, str]]:
    """Return id and name, by name, of the units that cases within sight are about, and of the chosen one."""
    has_case = exists().where(CASE.c.unit_id == UNIT.c.unit_id, reader.sees())
    asked = select(UNIT.c.unit_id, UNIT.c.name).where(
        reader.scope.where(UNIT.c.unit_id, UNIT.c.agency_id), has_case | (UNIT.c.unit_id == chosen)
    )
    rows = await session.execute(asked.order_by(UNIT.c.name, UNIT.c.unit_id))
    return [(row.unit_id, row.name) for row in rows]
