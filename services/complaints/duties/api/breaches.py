"""Breaches of personal data: one route for each act."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.complaints.deadlines.api import engine_of
from services.complaints.duties.api.listing import AskedFor, listed
from services.complaints.duties.domain.contents import Assessment, Breach, Notice
from services.complaints.duties.domain.lives import BREACH
from services.complaints.duties.schemas import (
    AssessmentIn,
    BreachDetail,
    BreachIn,
    BreachSummary,
    MeasuresIn,
    NoticeIn,
    detailed,
)
from services.complaints.duties.usecases import breaches
from services.complaints.duties.usecases.acting import duty_detail
from services.complaints.duties.usecases.breaches import Breaches
from services.complaints.matters.api import acts_on
from services.complaints.matters.schemas import DossierOut, ReasonIn
from services.complaints.matters.store import Dossier
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page
from shared.http.api.versions import etag
from shared.http.authorization import Caller
from shared.http.state import state_of

router = APIRouter()


@router.post(
    "/data-breaches",
    operation_id="enter_data_breach",
    responses=refusals(404),
    status_code=201,
    response_model=DossierOut,
)
async def enter_data_breach(request: Request, body: BreachIn, cmd: Commands) -> Response:
    """Enter a failure to protect personal data; its time runs from when somebody here found it."""
    engine = engine_of(request)
    said = Breach(body.detected_at, body.summary)
    return await cmd.run(
        lambda session: breaches.enter_breach(session, engine, cmd.actor, body.unit_id, said),
        status=201,
        reply=DossierOut,
        location=lambda made: f"/data-breaches/{made.id}",
    )


@router.get("/data-breaches", operation_id="list_data_breaches")
async def list_data_breaches(request: Request, actor: Caller, asked: AskedFor) -> Page[BreachSummary]:
    """Return breaches in scope, open ones by the time left."""
    return await listed(request, actor, BREACH, asked, BreachSummary)


@router.get("/data-breaches/{breach_id}", operation_id="show_data_breach", responses=refusals(404))
async def show_data_breach(
    request: Request, response: Response, actor: Caller, breach_id: UUID
) -> BreachDetail:
    """Return a breach with its acts and clocks."""
    async with state_of(request.app).db.reading() as session:
        found = await duty_detail(session, actor, breach_id, BREACH)
    etag(response, found["version"])
    return BreachDetail.model_validate(detailed(found, engine_of(request).policies), from_attributes=True)


act_on_breach = acts_on(router, "/data-breaches", "breach_id", Breaches)


@act_on_breach("assess")
async def assess_data_breach(act: Breaches, body: AssessmentIn) -> Dossier:
    """Note which data of how many people are concerned, and what happened; again when more is known."""
    return await act.assess(Assessment(**body.model_dump()))


@act_on_breach("notify")
async def notify_data_breach(act: Breaches, body: NoticeIn) -> Dossier:
    """Note how the people concerned were told, and the letter to the authority."""
    return await act.notify(Notice(**body.model_dump()))


@act_on_breach("rule-out")
async def rule_out_data_breach(act: Breaches, body: ReasonIn) -> Dossier:
    """End what turned out to be no breach."""
    return await act.rule_out(body.reason)


@act_on_breach("close")
async def close_data_breach(act: Breaches, body: MeasuresIn) -> Dossier:
    """End it, with what was done so that it does not happen again."""
    return await act.close(body.measures)
