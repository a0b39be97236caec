"""Who may be named for the cases of a unit."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.complaints.cases.schemas.handlers import HandlerIn, HandlerLine, HandlerOut
from services.complaints.cases.usecases import officers
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageParameters, paged, subject
from shared.http.authorization import Caller
from shared.http.state import state_of

router = APIRouter()
PageBySubject = Annotated[PageParameters, paged(subject)]


@router.get("/handlers", operation_id="list_handlers", responses=refusals(404))
async def list_handlers(
    request: Request, actor: Caller, page: PageBySubject, unit: Annotated[str, Query(description="Unit id")]
) -> Page[HandlerLine]:
    """Return who may be named for the cases of a unit, by subject."""
    async with state_of(request.app).db.reading() as session:
        rows = await officers.handlers(
            session, actor, unit, after=page.after[0] if page.after else "", limit=page.limit + 1
        )
    return Page[HandlerLine].of(
        rows, page.limit, key=lambda row: (row["subject"],), item=HandlerLine.model_validate
    )


@router.post(
    "/handlers",
    operation_id="enter_handler",
    responses=refusals(404, 409),
    status_code=201,
    response_model=HandlerOut,
)
async def enter_handler(body: HandlerIn, cmd: Commands) -> Response:
    """Enter an officer who has not logged in yet as handler of a unit."""
    return await cmd.run(
        lambda session: officers.enter_handler(session, cmd.actor, body.unit_id, body.handler),
        status=201,
        reply=HandlerOut,
    )


@router.post(
    "/handlers/remove",
    operation_id="remove_handler",
    responses=refusals(404),
    status_code=204,
    response_class=Response,
)
async def remove_handler(body: HandlerIn, cmd: Commands) -> Response:
    """Take an officer off a unit's list; reassign the cases that name them."""
    return await cmd.run(
        lambda session: officers.remove_handler(session, cmd.actor, body.unit_id, body.handler)
    )
