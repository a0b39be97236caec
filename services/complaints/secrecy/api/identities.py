"""Open the identity behind a case, and read who did."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request

from services.complaints.secrecy.schemas import IdentityIn, IdentityOut, LogRow, ReadingOut, ReadingsOut
from services.complaints.secrecy.serving import identities_of
from services.complaints.secrecy.usecases import opening, reading
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageParameters, paged, whole
from shared.http.authorization import Caller
from shared.http.state import state_of

router = APIRouter()
LogPage = Annotated[PageParameters, paged(whole)]


@router.post("/cases/{case_id}/identity-requests", operation_id="open_identity", responses=refusals(404, 500))
async def open_identity(request: Request, case_id: UUID, body: IdentityIn, cmd: Commands) -> IdentityOut:
    """Return who reported, for a reason that the log keeps before; the reporter sees how often it happened.

    A hidden name opens to the custodian alone.
    """
    person = await opening.open_reporter(
        state_of(request.app).db,
        identities_of(request),
        cmd.actor,
        case_id,
        body.reason,
        lambda work: cmd.run(work, reply=lambda _: None),
    )
    return IdentityOut(name=person.name, contact=person.contact)


@router.get(
    "/cases/{case_id}/identity-requests", operation_id="list_identity_requests", responses=refusals(404)
)
async def list_identity_requests(request: Request, actor: Caller, case_id: UUID) -> ReadingsOut:
    """Return who opened the identity behind a case, and why."""
    async with state_of(request.app).db.reading() as session:
        found = await opening.readings(session, actor, case_id)
    return ReadingsOut(items=[ReadingOut.of(one) for one in found])


@router.get("/identity-reads", operation_id="list_identity_reads")
async def list_identity_reads(request: Request, actor: Caller, page: LogPage) -> Page[LogRow]:
    """Return the log of openings from its first row; whoever reads all of it can check its chain."""
    async with state_of(request.app).db.reading() as session:
        rows = await reading.log_page(session, actor, page.after[0] if page.after else 0, page.limit + 1)
    return Page[LogRow].of(rows, page.limit, key=lambda row: (row[0],), item=lambda row: LogRow.of(*row))
