"""What officers read: cases in their scope, and what is overdue in them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.complaints.cases.domain.acts import State
from services.complaints.cases.schemas import CaseDetail, CaseSummary
from services.complaints.cases.schemas.deadlines import (
    DeadlinesOut,
    DeadlineWhy,
    NoticeOut,
    NoticesOut,
    OverdueOut,
    with_due,
)
from services.complaints.cases.usecases import clocks, queries, recipients
from services.complaints.cases.why import why
from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.domain.policy import PolicyBook
from shared.http.api.paging import Page, PageById, PageParameters, identity, moment, paged
from shared.http.api.versions import etag
from shared.http.authorization import Caller
from shared.http.state import state_of

router = APIRouter()
OverduePage = Annotated[PageParameters, paged(moment, identity)]


@router.get("/cases", operation_id="list_cases")
async def list_cases(
    request: Request, actor: Caller, page: PageById, unit: str | None = None, state: State | None = None
) -> Page[CaseSummary]:
    """Return cases in the order of intake."""
    policies = engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        rows = await queries.case_page(
            session,
            policies,
            actor,
            unit_id=unit,
            state=state,
            after=page.after[0] if page.after else queries.FIRST,
            limit=page.limit + 1,
        )
    return Page[CaseSummary].of(
        rows,
        page.limit,
        key=lambda row: (str(row["id"]),),
        item=lambda row: CaseSummary.model_validate(with_due(row, policies)),
    )


@router.get("/cases/{case_id}", operation_id="show_case")
async def show_case(request: Request, response: Response, actor: Caller, case_id: UUID) -> CaseDetail:
    """Return a case with its acts, answers and clocks."""
    policies = engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        found = await queries.case_detail(session, policies, actor, case_id)
    etag(response, found["version"])
    deadlines = [with_due(one | {"rule": one["rule_id"]}, policies) for one in found["deadlines"]]
    return CaseDetail.model_validate(
        with_due(found, policies) | {"deadlines": deadlines}, from_attributes=True
    )


@router.get("/cases/{case_id}/deadlines", operation_id="explain_deadlines")
async def explain_deadlines(request: Request, actor: Caller, case_id: UUID) -> DeadlinesOut:
    """Return why each clock of a case is due when it is, as data and in words."""
    policies = engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        found = await queries.case_detail(session, policies, actor, case_id)
        told = await clocks.explained(session, policies, found)
    return DeadlinesOut(items=[_explained(clock, policies) for clock in told])


def _explained(clock: clocks.Clock, policies: PolicyBook) -> DeadlineWhy:
    rule = clock.rule
    known = with_due({**clock.told, "rule": clock.told["rule_id"]}, policies)
    return DeadlineWhy.model_validate(
        known
        | {
            "title": rule and rule.title,
            "unit": rule and rule.unit,
            "source": rule and rule.source,
            "is_confirmed": rule and rule.is_confirmed,
            "scope": rule and rule.scope_level,
            "not_counted": [{"date": off.day, "kind": off.kind, "name": off.name} for off in clock.days_off],
            "pauses": clock.standings,
            "changes": clock.moves,
            "words": list(why(clock)),
        },
        from_attributes=True,
    )


@router.get("/cases/{case_id}/notices", operation_id="list_notices")
async def list_notices(request: Request, actor: Caller, case_id: UUID) -> NoticesOut:
    """Return what was to be told of the case's clocks, and whom each notice goes to today."""
    async with state_of(request.app).db.reading() as session:
        reader = await queries.reader_of(session, actor)
        found = await recipients.of_case(session, engine_of(request), reader, case_id)
    return NoticesOut(items=[NoticeOut.of(one) for one in found])


@router.get("/overdue", operation_id="list_overdue")
async def list_overdue(
    request: Request, actor: Caller, page: OverduePage, unit: str | None = None
) -> Page[OverdueOut]:
    """Return breached clocks that still run, the oldest breach first."""
    policies = engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        rows = await queries.overdue_page(
            session, actor, unit_id=unit, after=page.after or queries.OLDEST, limit=page.limit + 1
        )
    return Page[OverdueOut].of(
        rows,
        page.limit,
        key=lambda row: (row["due_at"].isoformat(), str(row["deadline_id"])),
        item=lambda row: OverdueOut.model_validate(with_due(row, policies)),
    )
