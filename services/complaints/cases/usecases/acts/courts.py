"""What is done between the review of a complaint about a court and the report of its inspection.

Each of these acts is owed: it is open only while a deadline of its own runs, which policies of a profile arm.
Source: Perma 9/2016; complaints.md section 5, D7.
"""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.duties import require_superior
from services.complaints.cases.domain.refusals import FieldRefusedError
from services.complaints.cases.usecases.acts.inspecting import require_letter_day
from services.complaints.cases.usecases.acts.moving import open_case
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.indonesian import day
from shared.security import Principal


async def correct_review(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    text: str,
) -> Case:
    """Note what a superior corrected in the review; raises `OwnProposalError` for who wrote it."""
    opened = await open_case(session, engine, "correct_review", case_id, officer=actor, expected=expected)
    require_superior(opened.case, actor.subject, await opened.people(opened.case.handler, actor.subject))
    return await opened.perform(actor, note=text)


async def decide_review(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    number: str,
    dated_on: date,
    text: str,
) -> Case:
    """Note the decision about the review by its letter; raises `FieldRefusedError` for its date."""
    opened = await open_case(session, engine, "decide_review", case_id, officer=actor, expected=expected)
    await require_letter_day(opened, "dated_on", dated_on)
    return await opened.perform(actor, note=text, evidence=(_letter(number, dated_on),))


async def begin_inspection(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    began_on: date,
    last_on: date,
    note: str | None,
) -> Case:
    """Note that the inspection began; its report is due counted from its last day, as its order says.

    Raises `FieldRefusedError` for a day of the future on which it began, and a last day before that.
    """
    opened = await open_case(session, engine, "begin_inspection", case_id, officer=actor, expected=expected)
    await require_letter_day(opened, "began_on", began_on)
    if last_on < began_on:
        raise FieldRefusedError(
            "last_on", "out_of_range", f"Hari terakhir tidak sebelum {began_on}, bukan {last_on}."
        )
    zone = (await engine.calendar_of(session, opened.case.unit_id)).zone
    days = f"Pemeriksaan {day(began_on)} sampai {day(last_on)}."
    return await opened.perform(
        actor,
        note=f"{days} {note}" if note else days,
        starts={"inspection_begun": datetime.combine(last_on, time(), zone.tz)},
    )


async def report_inspection(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    case_id: UUID,
    expected: int,
    *,
    number: str,
    dated_on: date,
    text: str,
) -> Case:
    """Note the report of the inspection by its letter; raises `FieldRefusedError` for its date."""
    opened = await open_case(session, engine, "report_inspection", case_id, officer=actor, expected=expected)
    await require_letter_day(opened, "dated_on", dated_on)
    return await opened.perform(actor, note=text, evidence=(_letter(number, dated_on),))


def _letter(number: str, dated_on: date) -> str:
    return f"{number}, {day(dated_on)}"
