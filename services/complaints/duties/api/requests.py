"""Requests about personal data, as their officers handle them: one route for each act."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.complaints.deadlines.api import engine_of
from services.complaints.duties.api.listing import AskedFor, listed
from services.complaints.duties.domain.contents import Answer, DataRequest, Person
from services.complaints.duties.domain.lives import DATA
from services.complaints.duties.schemas import (
    AnswerIn,
    DataRequestDetail,
    DataRequestIn,
    DataRequestSummary,
    PersonOut,
    ProofIn,
    detailed,
)
from services.complaints.duties.usecases import requests
from services.complaints.duties.usecases.acting import duty_detail
from services.complaints.duties.usecases.requests import Requests
from services.complaints.matters.api import acts_on
from services.complaints.matters.schemas import DossierOut, NoteIn, ReasonIn
from services.complaints.matters.store import Dossier
from services.complaints.secrecy.serving import identities_of
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page
from shared.http.api.versions import etag
from shared.http.authorization import Caller
from shared.http.state import state_of

router = APIRouter()


@router.post(
    "/data-requests",
    operation_id="enter_data_request",
    responses=refusals(404),
    status_code=201,
    response_model=DossierOut,
)
async def enter_data_request(request: Request, body: DataRequestIn, cmd: Commands) -> Response:
    """Enter what somebody asked for about their data in writing; its time runs from when it was received."""
    engine = engine_of(request)
    said = DataRequest(body.wish, body.text)
    person = await requests.seal_person(identities_of(request), Person(body.name, body.contact))
    return await cmd.run(
        lambda session: requests.enter_request(
            session, engine, cmd.actor, body.unit_id, said, person, body.received_at
        ),
        status=201,
        reply=DossierOut,
        location=lambda made: f"/data-requests/{made.id}",
    )


@router.get("/data-requests", operation_id="list_data_requests")
async def list_data_requests(request: Request, actor: Caller, asked: AskedFor) -> Page[DataRequestSummary]:
    """Return requests in scope, open ones by the time left."""
    return await listed(request, actor, DATA, asked, DataRequestSummary)


@router.get("/data-requests/{request_id}", operation_id="show_data_request", responses=refusals(404))
async def show_data_request(
    request: Request, response: Response, actor: Caller, request_id: UUID
) -> DataRequestDetail:
    """Return a request with its acts and clocks; who asks is told apart."""
    async with state_of(request.app).db.reading() as session:
        found = await duty_detail(session, actor, request_id, DATA)
    etag(response, found["version"])
    told = detailed(found, engine_of(request).policies)
    return DataRequestDetail.model_validate(told, from_attributes=True)


act_on_request = acts_on(router, "/data-requests", "request_id", Requests)


@act_on_request("ask-proof")
async def ask_proof_of_identity(act: Requests, body: ProofIn) -> Dossier:
    """Ask for a proof of identity; the time runs on, and `is_pausing` is refused."""
    return await act.ask_proof(body.proof, is_pausing=body.is_pausing)


@act_on_request("answer")
async def answer_data_request(act: Requests, body: AnswerIn) -> Dossier:
    """Grant it, or refuse it in whole or in part on a ground of the law."""
    return await act.answer(Answer(body.outcome, body.ground, body.text))


@act_on_request("withdraw")
async def withdraw_data_request(act: Requests, body: NoteIn) -> Dossier:
    """End a request that its person took back in writing."""
    return await act.withdraw(body.note)


@act_on_request("close")
async def close_data_request(act: Requests, body: NoteIn) -> Dossier:
    """End an answered one: what was promised was done."""
    return await act.close(body.note)


@router.post("/data-requests/{request_id}/person", operation_id="show_data_subject", responses=refusals(404))
async def show_data_subject(request: Request, request_id: UUID, body: ReasonIn, cmd: Commands) -> PersonOut:
    """Return who asks, for a reason; the log keeps who opened it and why."""
    found = await requests.open_person(
        state_of(request.app).db,
        identities_of(request),
        cmd.actor,
        request_id,
        body.reason,
        lambda work: cmd.run(work, reply=lambda _: None),
    )
    if found is None:
        return PersonOut(name=None, contact=None)
    return PersonOut(name=found.name, contact=found.contact)
