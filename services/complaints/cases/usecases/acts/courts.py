"""What is done between the review of a complaint about a court and the report of its inspection.

Each of these acts is owed: it is open only while a deadline of its own runs, which policies of a profile arm.
Source: Perma 9/2016; complaints.md section 5, D7.
"""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.duties import require_superior
from services.complaints.cases.domain.refusals import FieldRefusedError
from services.complaints.cases.store import cases
from services.complaints.cases.usecases.acts.inspecting import require_letter_day
from services.complaints.cases.usecases.acts.moving import Opened, matter_of, open_case
from services.complaints.deadlines.domain.schedule import schedule
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.calendar.working import WorkingCalendar
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
    reviewer, since = await cases.reviewed(session, case_id)
    require_superior(reviewer, actor.subject, await opened.people(reviewer, actor.subject, since=since))
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

    Raises `FieldRefusedError` for a first day of the future or before the order, and for a last day before
    that, or so late that no time for an inspection reaches it: it is mistyped, and nothing would be due.
    """
    opened = await open_case(session, engine, "begin_inspection", case_id, officer=actor, expected=expected)
    await require_letter_day(opened, "began_on", began_on)
    _require_not_before("began_on", began_on, await _ordered_on(opened))
    _require_not_before("last_on", last_on, began_on)
    calendar = await engine.calendar_of(session, opened.case.unit_id)
    latest = _latest(opened, began_on, calendar)
    if latest is not None and last_on > latest:
        raise FieldRefusedError(
            "last_on", "out_of_range", f"Hari terakhir paling lambat {latest}, bukan {last_on}."
        )
    days = f"Pemeriksaan {day(began_on)} sampai {day(last_on)}."
    await cases.note_begun(session, case_id, began_on)
    return await opened.perform(
        actor,
        note=f"{days} {note}" if note else days,
        starts={"inspection_begun": datetime.combine(last_on, time(), calendar.zone.tz)},
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
    """Note the report of the inspection by its letter.

    Raises `FieldRefusedError` for a date of the future, or before the inspection began.
    """
    opened = await open_case(session, engine, "report_inspection", case_id, officer=actor, expected=expected)
    await require_letter_day(opened, "dated_on", dated_on)
    _require_not_before("dated_on", dated_on, await _began_on(opened))
    return await opened.perform(actor, note=text, evidence=(_letter(number, dated_on),))


def _require_not_before(field: str, told: date, first: date | None) -> None:
    if first is not None and told < first:
        raise FieldRefusedError(field, "out_of_range", f"Tanggal ini tidak sebelum {first}, bukan {told}.")


async def _ordered_on(opened: Opened) -> date | None:
    """Return of which day the newest order of an inspection is."""
    found = await cases.inspections(opened.session, opened.case.id)
    return found[-1]["ordered_on"] if found else None


async def _began_on(opened: Opened) -> date | None:
    """Return the first day of the newest inspection, that of its order where it is not known."""
    found = await cases.inspections(opened.session, opened.case.id)
    return found[-1]["began_on"] or found[-1]["ordered_on"] if found else None


def _latest(opened: Opened, began_on: date, calendar: WorkingCalendar) -> date | None:
    """Return where the time from an order to the answer would end, had it started with the inspection."""
    policies = opened.engine.policies
    rules = [
        rule
        for rule in policies.starting("inspection_ordered", matter_of(opened.case), began_on)
        if rule.is_answers
    ]
    due = [schedule(rule, calendar.midnight(began_on), calendar, policies.superiors).due_at for rule in rules]
    return calendar.local_date(max(due) - timedelta(microseconds=1)) if due else None


def _letter(number: str, dated_on: date) -> str:
    return f"{number}, {day(dated_on)}"
