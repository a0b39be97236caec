"""What officers, reporters and anybody read of cases, each with the deadline of its next step."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    RowMapping,
    Select,
    Text,
    any_,
    bindparam,
    exists,
    func,
    select,
    true,
)
from sqlalchemy import case as case_when
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Case
from services.complaints.cases.store.cases import CASES, IS_APPEALED, IS_IT, case_of, within
from services.complaints.cases.store.officers import holds_in
from services.complaints.cases.store.people import Reader, has_left, today
from services.complaints.cases.tables import CASE, OFFICER, PROPOSAL
from services.complaints.deadlines.store.deadlines import IS_WATCH
from services.complaints.deadlines.tables import DEADLINE
from services.complaints.decrees.store import is_appointed
from services.complaints.tables import UNIT
from shared.kernel import Zone

THEIRS = DEADLINE.c.rule == any_(bindparam("theirs", type_=ARRAY(Text)))
"""Whether a deadline is of the reporter's own time; `theirs` are the rules that say so.

An array: with `in_`, which stands here negated too, an empty list would hold every rule.
"""
_ARMED = (DEADLINE.c.case_ref == CASE.c.id, DEADLINE.c.status == "armed", IS_WATCH)
AT = UNIT.alias("at")
DUE_ZONE = func.coalesce(DEADLINE.c.due_zone, AT.c.zone, Zone.WIB.value).label("due_zone")
_IS_HANDLER = (OFFICER.c.subject == CASE.c.handler, OFFICER.c.role == "case_handler")
IS_HANDLER_KNOWN = exists().where(*_IS_HANDLER, holds_in(CASE.c.unit_id, CASE.c.agency_id)) & ~has_left(
    CASE.c.handler, today(UNIT.c.zone)
)
"""Whether who handles a case is known to do so in its unit, and works there today."""


def _listed(*first: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Read each case with its unit and the deadline of its next step: that which is `first`, or nearest."""
    is_late = DEADLINE.c.breached_at.is_not(None).label("is_late")
    due = select(DEADLINE.c.rule.label("due_rule"), DEADLINE.c.due_at, is_late, DUE_ZONE)
    due = due.join_from(DEADLINE, AT, AT.c.unit_id == DEADLINE.c.unit_id, isouter=True).where(*_ARMED)
    step = due.order_by(*first, DEADLINE.c.due_at, DEADLINE.c.id).limit(1).lateral("due")
    cases = CASES.outerjoin(UNIT, UNIT.c.unit_id == CASE.c.unit_id).outerjoin(step, true())
    return cases.add_columns(
        CASE.c.tracking_id,
        CASE.c.is_content_secret,
        UNIT.c.name.label("unit_name"),
        UNIT.c.zone,
        *step.c,
        case_when((CASE.c.handler.is_not(None), IS_HANDLER_KNOWN)).label("is_handler_known"),
        IS_APPEALED.label("is_appealed"),
    )


LISTED = _listed(DEADLINE.c.breached_at.is_(None) | THEIRS, ~THEIRS)
"""For officers: what they are late with, then what they wait for the reporter for."""
_IS_APPOINTED = is_appointed(
    CASE.c.handler, CASE.c.unit_id, CASE.c.agency_id, CASE.c.stream, today(UNIT.c.zone)
)
_FOUND = LISTED.where(IS_IT).add_columns(
    *(column for column in CASE.c if column.name not in LISTED.selected_columns),
    case_when((CASE.c.handler.is_not(None), _IS_APPOINTED)).label("is_handler_appointed"),
    PROPOSAL.c.content.label("proposed"),
    PROPOSAL.c.content["missing"].astext.label("proposed_missing"),
)
_REPORTERS = _listed(~THEIRS)
_PUBLIC = ("tracking_id", "state", "received_at", "closed_at", "due_rule", "due_at", "due_zone")
_PUBLIC_VIEW = _REPORTERS.with_only_columns(*(_REPORTERS.selected_columns[name] for name in _PUBLIC)).where(
    CASE.c.tracking_id == bindparam("id"), ~CASE.c.is_content_secret
)
_IS_REQUEST = DEADLINE.c.rule == any_(bindparam("requests", type_=ARRAY(Text)))
_REQUESTS = select(func.max(DEADLINE.c.cycle)).where(*_ARMED, _IS_REQUEST)
_REPORTERS_VIEW = _REPORTERS.where(IS_IT).add_columns(
    CASE.c.content, CASE.c.event_on, _REQUESTS.scalar_subquery().label("question")
)


async def find(
    session: AsyncSession, case_id: UUID, reader: Reader, *, theirs: Sequence[str]
) -> RowMapping | None:
    """Return a case with its content, for officers who see it."""
    asked = within(_FOUND, reader)
    rows = await session.execute(asked, {"id": case_id, "theirs": theirs})
    return rows.mappings().one_or_none()


async def page(
    session: AsyncSession,
    reader: Reader,
    *,
    theirs: Sequence[str],
    unit_id: str | None,
    state: str | None,
    after: UUID,
    limit: int,
) -> Sequence[RowMapping]:
    """Return cases within sight by id, which is the order of intake."""
    asked = within(LISTED, reader, unit_id=unit_id, state=state)
    asked = asked.where(CASE.c.id > after).order_by(CASE.c.id).limit(limit)
    return (await session.execute(asked, {"theirs": theirs})).mappings().all()


async def public_view(session: AsyncSession, tracking_id: str, theirs: Sequence[str]) -> RowMapping | None:
    """Return what anybody may know of a case; nothing of one whose content is secret."""
    rows = await session.execute(_PUBLIC_VIEW, {"id": tracking_id, "theirs": theirs})
    return rows.mappings().one_or_none()


async def reporters_view(
    session: AsyncSession, case_id: UUID, theirs: Sequence[str], requests: Sequence[str]
) -> RowMapping:
    """Return what the reporter may know of the own case, with the number of the request that waits.

    `requests` are the rules of the time to complete.
    """
    values = {"id": case_id, "theirs": theirs, "requests": requests}
    return (await session.execute(_REPORTERS_VIEW, values)).mappings().one()


def case_of_view(row: RowMapping) -> Case:
    """Return the case that a row of some view begins with."""
    return case_of({field.name: row[field.name] for field in fields(Case)})
