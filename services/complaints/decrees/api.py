"""Handling units: who is appointed by a decree to handle the cases of a unit."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.complaints.decrees import usecases
from services.complaints.decrees.schemas import EndIn, HandlingUnitIn, HandlingUnitOut
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageById
from shared.http.api.versions import IfMatch, etag
from shared.http.authorization import Caller
from shared.http.fields import UnitId
from shared.http.state import state_of

router = APIRouter()


@router.get("/handling-units", operation_id="list_handling_units")
async def list_handling_units(
    request: Request,
    actor: Caller,
    page: PageById,
    unit: Annotated[UnitId | None, Query(description="Only those that serve this unit")] = None,
) -> Page[HandlingUnitOut]:
    """Return the handling units that serve something within reach, ended ones too, by id."""
    async with state_of(request.app).db.reading() as session:
        found = await usecases.listed(
            session,
            actor,
            unit_id=unit,
            after=page.after[0] if page.after else usecases.FIRST,
            limit=page.limit + 1,
        )
        days = await usecases.days(session, [one.reach for one in found])
    return Page[HandlingUnitOut].of(
        list(zip(found, days, strict=True)),
        page.limit,
        key=lambda one: (str(one[0].id),),
        item=lambda one: HandlingUnitOut.of(*one),
    )


@router.get("/handling-units/{handling_unit_id}", operation_id="show_handling_unit", responses=refusals(404))
async def show_handling_unit(
    request: Request, response: Response, actor: Caller, handling_unit_id: UUID
) -> HandlingUnitOut:
    """Return a handling unit with its members and its decree."""
    async with state_of(request.app).db.reading() as session:
        found = await usecases.show(session, actor, handling_unit_id)
        [today] = await usecases.days(session, [found.reach])
    etag(response, found.version)
    return HandlingUnitOut.of(found, today)


@router.post(
    "/handling-units",
    operation_id="enter_handling_unit",
    responses=refusals(404),
    status_code=201,
    response_model=HandlingUnitOut,
)
async def enter_handling_unit(body: HandlingUnitIn, cmd: Commands) -> Response:
    """Enter a handling unit with its decree and its members."""
    return await cmd.run(
        lambda session: usecases.enter(session, cmd.actor, body.content()),
        status=201,
        reply=HandlingUnitOut.of,
    )


@router.put(
    "/handling-units/{handling_unit_id}",
    operation_id="change_handling_unit",
    responses=refusals(404, 409),
    response_model=HandlingUnitOut,
)
async def change_handling_unit(
    handling_unit_id: UUID, body: HandlingUnitIn, cmd: Commands, version: IfMatch
) -> Response:
    """Enter what the decree of a handling unit says now, all of it: members that are not named are none."""
    return await cmd.run(
        lambda session: usecases.change(session, cmd.actor, handling_unit_id, version, body.content()),
        reply=HandlingUnitOut.of,
    )


@router.post(
    "/handling-units/{handling_unit_id}/end",
    operation_id="end_handling_unit",
    responses=refusals(404, 409),
    response_model=HandlingUnitOut,
)
async def end_handling_unit(handling_unit_id: UUID, body: EndIn, cmd: Commands, version: IfMatch) -> Response:
    """End a handling unit today; cases of its members stay theirs."""
    return await cmd.run(
        lambda session: usecases.end(session, cmd.actor, handling_unit_id, version, body.reason),
        reply=HandlingUnitOut.of,
    )
