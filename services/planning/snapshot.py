"""Planning's present states as they were published, and their lift after a restored backup."""

from collections.abc import AsyncIterator
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning import present
from services.planning.layers import Layer
from services.planning.nomination.events import nomination_fact
from services.planning.people.events import person_fact
from services.planning.plan.events import activity_fact, programme_created
from services.planning.stages.events import finding_fact, stage_moved
from services.planning.units.events import unit_fact
from services.planning.worksheets import store as worksheets
from services.planning.worksheets.domain import Draft
from services.planning.worksheets.events import worksheet_answered
from shared.audit.record import SYSTEM
from shared.contracts.base import EventData
from shared.contracts.planning import (
    ActivityFact,
    FindingFact,
    NominationFact,
    PersonFact,
    ProgrammeCreated,
    StageMoved,
    UnitFact,
    WorksheetAnswered,
)
from shared.outbox.snapshot import Behind, State

LOST = "Dikosongkan setelah pemulihan cadangan: jawaban ini tidak ada lagi di basis data."


async def states(session: AsyncSession) -> AsyncIterator[State]:
    """Yield units, people, programmes, activities, proposals, answers, stages and findings as they stand."""
    async for unit, at in present.units(session):
        yield State(unit_fact(unit), at)
    async for person, at in present.people(session):
        yield State(person_fact(person), at)
    async for programme, at in present.programmes(session):
        yield State(programme_created(programme), at)
    async for activity, at in present.activities(session):
        yield State(activity_fact(activity), at)
    async for candidacy, at in present.candidacies(session):
        yield State(nomination_fact(candidacy), at)
    async for worksheet, answer in present.answers(session):
        fact = worksheet_answered(worksheet, answer.version, answer.layer, answer.draft, answer.writer_id)
        yield State(fact, answer.written_at)
    async for assessment, at in present.stages(session):
        yield State(stage_moved(assessment), at)
    async for finding, at in present.findings(session):
        yield State(finding_fact(finding), at)


async def lift(session: AsyncSession, behind: Behind) -> list[EventData] | None:
    """Raise the entity's version above the floor and return its state at it; None for an unknown entity."""
    fact, floor = behind.fact, behind.floor
    if isinstance(fact, WorksheetAnswered):
        return await _lift_answer(session, fact, floor)
    if isinstance(fact, UnitFact | PersonFact):
        return await _lift_register(session, fact, floor)
    if isinstance(fact, ProgrammeCreated):
        await present.lift_programme(session, fact.unit_id, fact.year, floor)
        found = present.programmes(session, fact.unit_id, fact.year)
        return [programme_created(programme) async for programme, _ in found] or None
    if isinstance(fact, ActivityFact) and (activity_id := _uuid(fact.activity_id)) is not None:
        await present.lift_activity(session, activity_id, floor)
        return [activity_fact(one) async for one, _ in present.activities(session, activity_id)] or None
    if isinstance(fact, NominationFact) and (candidacy_id := _uuid(fact.candidacy_id)) is not None:
        await present.lift_candidacy(session, candidacy_id, floor)
        return [nomination_fact(one) async for one, _ in present.candidacies(session, candidacy_id)] or None
    return await _lift_review(session, fact, floor)


async def _lift_register(
    session: AsyncSession, fact: UnitFact | PersonFact, floor: int
) -> list[EventData] | None:
    """Lift a unit or a person."""
    if isinstance(fact, UnitFact):
        await present.lift_unit(session, fact.unit_id, floor)
        return [unit_fact(unit) async for unit, _ in present.units(session, fact.unit_id)] or None
    if (person_id := _uuid(fact.person_id)) is None:
        return None
    await present.lift_person(session, person_id, floor)
    return [person_fact(person) async for person, _ in present.people(session, person_id)] or None


async def _lift_review(session: AsyncSession, fact: EventData, floor: int) -> list[EventData] | None:
    """Lift a stage or a finding."""
    if isinstance(fact, StageMoved):
        await present.lift_stage(session, fact.unit_id, fact.year, floor)
        moved = present.stages(session, fact.unit_id, fact.year)
        return [stage_moved(assessment) async for assessment, _ in moved] or None
    if isinstance(fact, FindingFact) and (finding_id := _uuid(fact.finding_id)) is not None:
        await present.lift_finding(session, finding_id, floor)
        return [finding_fact(one) async for one, _ in present.findings(session, finding_id)] or None
    return None


async def _lift_answer(session: AsyncSession, fact: WorksheetAnswered, floor: int) -> list[EventData] | None:
    """Write the item's answer once more above the floor; a blank when the database never had one."""
    worksheet = await present.lift_worksheet(session, fact.unit_id, fact.year, floor)
    if worksheet is None or worksheet.worksheet_id != fact.worksheet_id:
        return None
    layer = Layer(fact.layer)
    own = await present.answer(session, fact.unit_id, fact.year, layer, fact.item_code)
    draft = own.draft if own else Draft(fact.item_code, None, reason=LOST)
    by = own.written_by if own else SYSTEM
    writer_id = await worksheets.append(session, worksheet, layer, [draft], by)
    return [worksheet_answered(worksheet, worksheet.version + 1, layer, draft, writer_id)]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
