"""Ordering an inspection of what is complained about (pemeriksaan). Source: complaints.md section 2."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.refusals import FieldRefusedError
from services.complaints.cases.store import cases
from services.complaints.cases.usecases.acts.moving import Opened, open_case
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.security import Principal


async def order_inspection(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    order_number: str,
    ordered_on: date,
    team: Sequence[str],
    note: str | None,
) -> Case:
    """Order an inspection: its own time replaces that of the answer.

    Raises `FieldRefusedError` for an order of the future or from before the case was received.
    """
    opened = await open_case(session, engine, "order_inspection", case_id, officer=actor, expected=expected)
    await require_letter_day(opened, "ordered_on", ordered_on)
    case = await opened.perform(
        actor, note=note, first_follow_up_at=opened.case.first_follow_up_at or opened.now
    )
    await cases.note_inspection(session, case, order_number, ordered_on, team)
    return case


async def require_letter_day(opened: Opened, field: str, day: date) -> None:
    """Refuse a day of a letter that lies before the receipt of the case, or in the future."""
    calendar = await opened.engine.calendar_of(opened.session, opened.case.unit_id)
    first, last = calendar.local_date(opened.case.received_at), calendar.local_date(opened.now)
    if not first <= day <= last:
        raise FieldRefusedError(field, "out_of_range", f"Tanggal ini antara {first} dan {last}, bukan {day}.")
