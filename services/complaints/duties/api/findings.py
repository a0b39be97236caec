"""Reports of the Ombudsman (LHP): one route for each act."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.complaints.deadlines.api import engine_of
from services.complaints.duties.api.listing import AskedFor, listed
from services.complaints.duties.domain.contents import Findings, Taken
from services.complaints.duties.domain.lives import OMBUDSMAN
from services.complaints.duties.schemas import (
    ActionIn,
    FindingsDetail,
    FindingsIn,
    FindingsSummary,
    LetterIn,
    detailed,
)
from services.complaints.duties.usecases import findings
from services.complaints.duties.usecases.acting import duty_detail
from services.complaints.duties.usecases.findings import Reports
from services.complaints.matters.api import acts_on
from services.complaints.matters.schemas import DossierOut, NoteIn
from services.complaints.matters.store import Dossier
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page
from shared.http.api.versions import etag
from shared.http.authorization import Caller
from shared.http.state import state_of

router = APIRouter()


@router.post(
    "/ombudsman-reports",
    operation_id="enter_ombudsman_report",
    responses=refusals(404),
    status_code=201,
    response_model=DossierOut,
)
async def enter_ombudsman_report(request: Request, body: FindingsIn, cmd: Commands) -> Response:
    """Enter a report of the Ombudsman; its time runs from the day on which it was received."""
    engine = engine_of(request)
    said = Findings(**body.model_dump(exclude={"unit_id"}))
    return await cmd.run(
        lambda session: findings.enter_findings(session, engine, cmd.actor, body.unit_id, said),
        status=201,
        reply=DossierOut,
        location=lambda made: f"/ombudsman-reports/{made.id}",
    )


@router.get("/ombudsman-reports", operation_id="list_ombudsman_reports")
async def list_ombudsman_reports(request: Request, actor: Caller, asked: AskedFor) -> Page[FindingsSummary]:
    """Return reports in scope, open ones by the time left."""
    return await listed(request, actor, OMBUDSMAN, asked, FindingsSummary)


@router.get("/ombudsman-reports/{report_id}", operation_id="show_ombudsman_report", responses=refusals(404))
async def show_ombudsman_report(
    request: Request, response: Response, actor: Caller, report_id: UUID
) -> FindingsDetail:
    """Return a report with its corrective actions, acts and clocks."""
    async with state_of(request.app).db.reading() as session:
        found = await duty_detail(session, actor, report_id, OMBUDSMAN)
    etag(response, found["version"])
    return FindingsDetail.model_validate(detailed(found, engine_of(request).policies), from_attributes=True)


act_on_report = acts_on(router, "/ombudsman-reports", "report_id", Reports)


@act_on_report("record-action")
async def record_corrective_action(act: Reports, body: ActionIn) -> Dossier:
    """Note what was done about a corrective action, with its evidence, or why nothing was."""
    return await act.record_action(body.number, Taken(body.is_done, body.evidence, body.note))


@act_on_report("report")
async def report_to_ombudsman(act: Reports, body: LetterIn) -> Dossier:
    """Note the letter that reports to the Ombudsman, once every corrective action was noted."""
    return await act.report(body.letter_number, body.letter_on)


@act_on_report("close")
async def close_ombudsman_report(act: Reports, body: NoteIn) -> Dossier:
    """End it: the Ombudsman asks for nothing more."""
    return await act.close(body.note)
