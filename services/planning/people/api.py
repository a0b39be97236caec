"""The people of units."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.planning.parameters import Db, after_id
from services.planning.people import usecases as people
from services.planning.people.schemas import EndIn, LeaveIn, PersonIn, PersonOut, PersonPatch, SubstituteIn
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageById
from shared.http.api.versions import IfMatch, etag
from shared.http.authorization import Caller
from shared.http.fields import Day, UnitId

router = APIRouter(tags=["people"])


@router.post(
    "/people",
    operation_id="add_person",
    responses=refusals(404, 409),
    status_code=201,
    response_model=PersonOut,
)
async def add_person(body: PersonIn, cmd: Commands) -> Response:
    """Enter a person into the list of a unit."""
    person, identity = body.made()
    return await cmd.run(
        lambda session: people.add_person(session, cmd.actor, person, identity),
        status=201,
        reply=PersonOut.of,
        location=lambda made: f"/people/{made.person.person_id}",
    )


@router.get("/people", operation_id="list_people", responses=refusals(404))
async def list_people(
    caller: Caller,
    db: Db,
    page: PageById,
    unit: Annotated[UnitId | None, Query(description="Only of this unit")] = None,
    on: Annotated[Day | None, Query(description="Only who works on this day")] = None,
) -> Page[PersonOut]:
    """Return people of units in scope in the order of entry."""
    async with db.reading() as session:
        rows = await people.entries(
            session, caller, unit_id=unit, on=on, after=after_id(page), limit=page.limit + 1
        )
    return Page[PersonOut].of(
        rows, page.limit, key=lambda one: (str(one.person.person_id),), item=PersonOut.of
    )


@router.get("/people/{person_id}", operation_id="show_person")
async def show_person(person_id: UUID, caller: Caller, db: Db, response: Response) -> PersonOut:
    """Return a person of a unit in scope."""
    async with db.reading() as session:
        found = await people.get_entry(session, caller, person_id)
    etag(response, found.version)
    return PersonOut.of(found)


@router.patch(
    "/people/{person_id}", operation_id="change_person", responses=refusals(409), response_model=PersonOut
)
async def change_person(person_id: UUID, body: PersonPatch, version: IfMatch, cmd: Commands) -> Response:
    """Change a person's entry: what is left out stays."""
    fields = body.changes()
    return await cmd.run(
        lambda session: people.change_person(session, cmd.actor, person_id, version, fields),
        reply=PersonOut.of,
    )


@router.post(
    "/people/{person_id}/leave", operation_id="leave_unit", responses=refusals(409), response_model=PersonOut
)
async def leave_unit(person_id: UUID, body: LeaveIn, version: IfMatch, cmd: Commands) -> Response:
    """Note a person's last day in the unit; the entry stays."""
    return await cmd.run(
        lambda session: people.leave(session, cmd.actor, person_id, version, body.active_to),
        reply=PersonOut.of,
    )


@router.post(
    "/people/{person_id}/substitutes",
    operation_id="substitute_person",
    responses=refusals(409),
    response_model=PersonOut,
)
async def substitute_person(person_id: UUID, body: SubstituteIn, version: IfMatch, cmd: Commands) -> Response:
    """Let another person act for this one on certain days (Plh., leave)."""
    return await cmd.run(
        lambda session: people.name_substitute(session, cmd.actor, person_id, version, **body.model_dump()),
        reply=PersonOut.of,
    )


@router.post(
    "/people/{person_id}/substitutes/{substitution_id}/end",
    operation_id="end_substitution",
    responses=refusals(409),
    response_model=PersonOut,
)
async def end_substitution(
    person_id: UUID, substitution_id: UUID, body: EndIn, version: IfMatch, cmd: Commands
) -> Response:
    """Let a substitution end earlier, or take it back as a whole."""
    return await cmd.run(
        lambda session: people.end_substitution(
            session, cmd.actor, person_id, version, substitution_id, body.last
        ),
        reply=PersonOut.of,
    )
