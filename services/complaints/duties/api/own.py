"""Routes of the reporter, by receipt session: ask about the own data, and read what was answered."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.complaints.duties.schemas import MyDataRequest as MyRequest
from services.complaints.duties.schemas import MyDataRequestIn, MyDataRequests
from services.complaints.duties.usecases import requests
from services.complaints.intake.api import Session
from services.complaints.intake.limits import count_in_session
from services.complaints.intake.reporters import act_of_reporter, case_behind
from services.complaints.matters.schemas import DossierOut
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.limits.counts import FROM_ANYBODY
from shared.http.state import state_of

router = APIRouter(dependencies=[FROM_ANYBODY], responses=refusals(404, 429))


@router.get("/public/my-case/data-requests", operation_id="list_my_data_requests")
async def list_my_data_requests(request: Request, token: Session = None) -> MyDataRequests:
    """Return what was asked about the data of the own case, with the answers."""
    await count_in_session(request, token)
    async with state_of(request.app).db.reading() as session:
        rows = await requests.requests_of_case(session, await case_behind(session, token))
    return MyDataRequests(items=[MyRequest.of(row) for row in rows])


@router.post(
    "/public/my-case/data-requests",
    operation_id="ask_about_my_data",
    status_code=201,
    responses=refusals(409),
    response_model=DossierOut,
)
async def ask_about_my_data(
    request: Request, body: MyDataRequestIn, cmd: Commands, token: Session = None
) -> Response:
    """Ask for a copy, a correction, an erasure or a restriction of the data of the own case."""
    return await act_of_reporter(
        request,
        cmd,
        token,
        lambda act: requests.request_by_receipt(*act, body.wish, body.text),
        status=201,
        reply=DossierOut,
    )


@router.post(
    "/public/my-case/data-requests/{request_id}/withdraw",
    operation_id="withdraw_my_data_request",
    responses=refusals(409),
    response_model=DossierOut,
)
async def withdraw_my_data_request(
    request: Request, request_id: UUID, cmd: Commands, token: Session = None
) -> Response:
    """Take back what was asked; nobody works on it any more."""
    return await act_of_reporter(
        request,
        cmd,
        token,
        lambda act: requests.withdraw_by_receipt(*act, request_id),
        reply=DossierOut,
    )
