"""Counts over all cases for the metrics; what they cost grows with what they count, not with what has ended.

With 100,000 open cases of 200,000, 800,000 clocks and 30,000 of them overdue all take 0.6 s, half of it to
find open cases without a clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Double, Select, cast, extract, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import OPEN, State
from services.complaints.cases.store.people import today
from services.complaints.cases.tables import CASE, CASE_EVENT
from services.complaints.deadlines.store.deadlines import LATE
from services.complaints.deadlines.tables import DEADLINE
from services.complaints.decrees.store import is_appointed, is_in_force
from services.complaints.decrees.tables import HANDLING_UNIT
from services.complaints.tables import UNIT

_IS_OPEN = (
    CASE.c.state != literal(State.SELESAI.value, literal_execute=True),
    CASE.c.state.in_(sorted(OPEN)),
)
"""The first is written as the index `case_file_standing` knows it."""
_STANDING = select(CASE.c.kind, CASE.c.state, func.count().label("cases"))
_STANDING = _STANDING.where(*_IS_OPEN).group_by(CASE.c.kind, CASE.c.state)
_WATCHED = (
    select(literal(1).label("one"))
    .where(DEADLINE.c.case_ref == CASE.c.id, DEADLINE.c.status == "armed")
    .limit(1)
    .lateral()
)
"""One by one: a join would read every deadline there ever was to find those of open cases."""
_WITHOUT = select(func.count()).select_from(CASE.outerjoin(_WATCHED, true()))
_WITHOUT = _WITHOUT.where(*_IS_OPEN, _WATCHED.c.one.is_(None))
_HANDLED = (
    select(*CASE.c["unit_id", "agency_id", "stream", "handler"], func.count().label("cases"))
    .where(*_IS_OPEN, CASE.c.handler.is_not(None))
    .group_by(*CASE.c["unit_id", "agency_id", "stream", "handler"])
    .cte("handled")
    .prefix_with("MATERIALIZED", dialect="postgresql")
)
"""Few people handle many cases: each is looked up once for a unit and stream."""
_OF = _HANDLED.c
_AT_HOME = UNIT.c.unit_id == _OF.unit_id
_IS_APPOINTED = is_appointed(_OF.handler, _OF.unit_id, _OF.agency_id, _OF.stream, today(UNIT.c.zone))
_UNAPPOINTED = select(_OF.stream, func.sum(_OF.cases)).select_from(_HANDLED.outerjoin(UNIT, _AT_HOME))
_UNAPPOINTED = _UNAPPOINTED.where(~_IS_APPOINTED).group_by(_OF.stream)
_DECREES_MISSING = select(func.count()).where(
    HANDLING_UNIT.c.decree_number.is_(None), is_in_force(today(literal("WIB")))
)
_STAGE = (DEADLINE.c.kind, DEADLINE.c.rule, CASE.c.state)
_OVERDUE = select(*_STAGE, func.count()).join_from(DEADLINE, CASE, DEADLINE.c.case_ref == CASE.c.id)
_OVERDUE = _OVERDUE.where(*LATE).group_by(*_STAGE)
_IS_SILENCE = (
    CASE_EVENT.c.act == literal("close", literal_execute=True),
    CASE_EVENT.c.actor == literal("engine", literal_execute=True),
)
"""Written as the index `case_event_silence` knows it."""
_SILENT = select(CASE.c.kind, func.count().label("cases")).join_from(CASE_EVENT, CASE).where(*_IS_SILENCE)
_SILENT = _SILENT.group_by(CASE.c.kind)
_SECONDS = cast(extract("epoch", CASE.c.first_follow_up_at - CASE.c.received_at), Double)
_HAS_RESPONSE = CASE.c.first_follow_up_at.is_not(None)


@dataclass(frozen=True, slots=True)
class Figures:
    """How cases stand at one instant.

    `standing` counts open cases by (kind, state), `overdue` clocks by (kind, rule, state), `without_decree`
    open cases by stream whose handler no decree in force appoints; `responses` has by kind how many first
    responses came within each bound, and at all, and their seconds together.
    """

    standing: dict[tuple[str, ...], int]
    without_deadline: int
    overdue: dict[tuple[str, ...], int]
    closed_by_silence: dict[str, int]
    without_decree: dict[str, int]
    decrees_missing: int
    responses: dict[str, tuple[list[int], float]]


async def load(session: AsyncSession, buckets: Sequence[float]) -> Figures:
    """Count in the snapshot of the session; `buckets` are upper bounds in seconds, included."""
    standing = await session.execute(_STANDING)
    without = await session.scalar(_WITHOUT)
    overdue = await session.execute(_OVERDUE)
    silent = await session.execute(_SILENT)
    unappointed = await session.execute(_UNAPPOINTED)
    missing = await session.scalar(_DECREES_MISSING)
    return Figures(
        standing={(kind, state): count for kind, state, count in standing},
        without_deadline=without or 0,
        overdue={(kind, rule, state): count for kind, rule, state, count in overdue},
        closed_by_silence={row.kind: row.cases for row in silent},
        without_decree={stream: int(count) for stream, count in unappointed},
        decrees_missing=missing or 0,
        responses=await _responses(session, buckets),
    )


async def _responses(session: AsyncSession, buckets: Sequence[float]) -> dict[str, tuple[list[int], float]]:
    rows = await session.execute(responses(buckets))
    return {kind: (list(counts), seconds) for kind, seconds, *counts in rows}


def responses(buckets: Sequence[float]) -> Select[Any]:
    """Return the statement of first responses by kind: their seconds, how many in each bound, and at all."""
    within = [func.count().filter(_SECONDS.__le__(bound)) for bound in buckets]
    asked = select(CASE.c.kind, func.sum(_SECONDS), *within, func.count())
    return asked.where(_HAS_RESPONSE).group_by(CASE.c.kind)
