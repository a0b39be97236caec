"""Reading cases: what an officer, the reporter and anybody may see."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.offers import OWED, turns
from services.complaints.cases.kinds import tables, windows_by_act
from services.complaints.cases.store import answers, appeals, cases, overdue, people, views
from services.complaints.cases.store import desk as store
from services.complaints.cases.store.desk import Summary, Turns, Wanted
from services.complaints.cases.store.overdue import Overdue
from services.complaints.cases.store.people import Reader
from services.complaints.deadlines.domain.policy import REPORTER, PolicyBook
from services.complaints.deadlines.store import deadlines
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.db.clock import database_now
from shared.kernel import NotFoundError, Zone
from shared.security import Principal

FIRST = UUID(int=0)
OLDEST = (datetime(1, 1, 1, tzinfo=UTC), FIRST)
"""Before the first breached deadline."""


async def reader_of(session: AsyncSession, actor: Principal) -> Reader:
    """Return what a caller may see: a handler without another office the own cases alone.

    Own are those of each account as which the caller may act today.
    """
    wider = ("complaint_officer", "complaint_supervisor", "case_approver", "inspector")
    if actor.has(*wider):
        return Reader(actor.subject, actor.scope)
    if actor.has("information_officer"):
        kind, is_handler = "permintaan_informasi", actor.has("case_handler")
        own = await _own(session, actor) if is_handler else frozenset()
        return Reader(actor.subject, actor.scope, own, kind)
    return Reader(actor.subject, actor.scope, await _own(session, actor))


async def _own(session: AsyncSession, actor: Principal) -> frozenset[str]:
    return await people.stands_for(session, actor.subject, await database_now(session))


async def case_detail(
    session: AsyncSession, policies: PolicyBook, actor: Principal, case_id: UUID
) -> Mapping[str, Any]:
    """Return a case with acts, answers and deadlines; `NotFoundError` outside the caller's sight."""
    reader = await reader_of(session, actor)
    found = await views.find(session, case_id, reader, theirs=policies.held_by(REPORTER))
    if found is None:
        raise NotFoundError("Pengaduan tidak ditemukan.")
    return {
        **found,
        "text": found["content"],
        "accused": await people.parties(session, case_id, "accused"),
        "events": await cases.events(session, case_id, is_public=False),
        "answers": await answers.of_case(session, case_id, is_approved=False),
        "withdrawn_drafts": await answers.withdrawn_drafts(session, case_id),
        "inspections": await cases.inspections(session, case_id),
        "deadlines": [
            {
                **asdict(deadline),
                "due_zone": deadline.due_zone
                or (found["zone"] if deadline.unit_key == found["unit_id"] else Zone.WIB),
            }
            for deadline in await deadlines.of_case(session, case_id)
        ],
    }


async def case_page(
    session: AsyncSession,
    policies: PolicyBook,
    actor: Principal,
    *,
    unit_id: str | None,
    state: str | None,
    after: UUID,
    limit: int,
) -> Sequence[RowMapping]:
    """Return cases in the order of intake."""
    return await views.page(
        session,
        await reader_of(session, actor),
        theirs=policies.held_by(REPORTER),
        unit_id=unit_id,
        state=state,
        after=after,
        limit=limit,
    )


async def desk(
    session: AsyncSession,
    policies: PolicyBook,
    actor: Principal,
    wanted: Wanted,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
    is_own_turn: bool = False,
) -> Sequence[Mapping[str, Any]]:
    """Return cases within the caller's sight by the time left, or closed ones from the newest.

    With `is_own_turn` only those whose next act may be the caller's.
    """
    reader = await reader_of(session, actor)
    own = await turns_of(session, actor) if is_own_turn else None
    return await store.page(
        session,
        reader,
        wanted,
        theirs=policies.held_by(REPORTER),
        after=after,
        limit=limit,
        turns=own,
        requests=policies.requests,
        owing=policies.opening(OWED),
    )


async def count_own_turns(session: AsyncSession, policies: PolicyBook, actor: Principal) -> int:
    """Return how many open cases within the caller's sight wait for an act of theirs."""
    return await store.count_turns(
        session,
        await reader_of(session, actor),
        await turns_of(session, actor),
        theirs=policies.held_by(REPORTER),
        requests=policies.requests,
        owing=policies.opening(OWED),
    )


async def turns_of(session: AsyncSession, actor: Principal) -> Turns:
    """Return which turns of cases are the caller's, by the tables of acts."""
    found = [
        (Turns.key(kind, state, turn), is_handlers)
        for kind, table in tables().items()
        for state, turn, _, is_handlers in turns(table, actor.roles)
    ]
    return Turns(
        [key for key, is_handlers in found if not is_handlers],
        [key for key, is_handlers in found if is_handlers],
        sorted(await _own(session, actor)),
        sorted(await people.one_with(session, actor.subject, await database_now(session))),
    )


async def desk_summary(session: AsyncSession, policies: PolicyBook, actor: Principal) -> Summary:
    """Count the open cases within the caller's sight."""
    theirs = policies.held_by(REPORTER)
    return await store.summary(session, await reader_of(session, actor), theirs=theirs)


async def desk_units(session: AsyncSession, actor: Principal, chosen: str | None) -> list[tuple[str, str]]:
    """Return id and name of the units of cases within the caller's sight, and of the chosen one."""
    return await store.units(session, await reader_of(session, actor), chosen)


async def tracked_case(
    session: AsyncSession, policies: PolicyBook, actor: Principal, named: str
) -> Mapping[str, Any]:
    """Return a case as `case_detail` does, by its public number or by its id.

    By the id other services link here: events carry it, and it opens nothing to the public. The number does
    (state and due time, `public_case`), so it goes to nobody who may not read the case.
    """
    try:
        case_id: UUID | None = UUID(named)
    except ValueError:
        case_id = await cases.id_of(session, named)
    if case_id is None:
        raise NotFoundError("Pengaduan tidak ditemukan.")
    return await case_detail(session, policies, actor, case_id)


async def overdue_page(
    session: AsyncSession,
    actor: Principal,
    *,
    unit_id: str | None,
    after: tuple[datetime, UUID],
    limit: int,
) -> Sequence[RowMapping]:
    """Return breached deadlines that still run, the oldest first."""
    return await overdue.page(
        session, await reader_of(session, actor), unit_id=unit_id, after=after, limit=limit
    )


async def overdue_board(
    session: AsyncSession,
    actor: Principal,
    wanted: Overdue,
    *,
    after: tuple[datetime, UUID],
    limit: int,
) -> Sequence[RowMapping]:
    """Return overdue deadlines within sight, narrowed to what is wanted, the oldest first."""
    reader = await _overseer(session, actor)
    return await overdue.board(session, reader, wanted, after=after, limit=limit)


async def overdue_by_unit(session: AsyncSession, actor: Principal) -> Sequence[RowMapping]:
    """Return how many deadlines within sight are overdue in each unit."""
    return await overdue.by_unit(session, await _overseer(session, actor))


async def _overseer(session: AsyncSession, actor: Principal) -> Reader:
    """Return what a caller sees of what is overdue: an agency's head all of it, though no case's content."""
    if actor.has("agency_head"):
        return Reader(actor.subject, actor.scope)
    return await reader_of(session, actor)


async def public_case(session: AsyncSession, policies: PolicyBook, tracking_id: str) -> RowMapping:
    """Return what anybody may know; a secret case is as if it did not exist."""
    found = await views.public_view(session, tracking_id, policies.held_by(REPORTER))
    if found is None:
        raise NotFoundError("Pengaduan tidak ditemukan.")
    return found


async def my_case(session: AsyncSession, engine: DeadlineEngine, case_id: UUID) -> Mapping[str, Any]:
    """Return what the reporter may know of the own case, and which acts are the reporter's now.

    The answers of a case that repeats another one are those of that other one.
    """
    policies = engine.policies
    found = await views.reporters_view(session, case_id, policies.held_by(REPORTER), policies.requests)
    answered = await cases.answered_in(session, case_id)
    return {
        **found,
        "text": found["content"],
        "events": await cases.events(session, case_id, is_public=True),
        "answers": await answers.of_case(session, answered, is_approved=True),
        "may": await reporters_acts(session, engine, views.case_of_view(found)),
    }


async def reporters_acts(session: AsyncSession, engine: DeadlineEngine, case: Case) -> Sequence[str]:
    """Return the acts that are the reporter's now, none of which the time is over for."""
    rows = tables()[case.kind].open_to(case.state, case.state_before)
    names = dict.fromkeys(row.name for row in rows if REPORTER in row.by)
    if case.closed_at is not None and names:
        calendar = await engine.calendar_of(session, case.unit_id)
        now = await database_now(session)
        is_over = {
            act: now >= window.end(case.closed_at, calendar) for act, window in windows_by_act().items()
        }
        appealed = await appeals.get(session, case.id)
        is_over["appeal"] |= appealed is not None
        is_over["reopen"] |= appealed is not None and appealed.decided_at is None
        names = {name: None for name in names if not is_over.get(name, False)}
    return list(names)
