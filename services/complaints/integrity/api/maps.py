"""The map of possible conflicts of interest of a unit, and its yearly review."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.complaints.deadlines.api import engine_of
from services.complaints.integrity.schemas import (
    EntryIn,
    EntryOut,
    EntryVersionOut,
    EntryVersionsOut,
    MapOut,
    MapReviewIn,
    NewEntryIn,
    map_out,
)
from services.complaints.integrity.store import conflicts as store
from services.complaints.integrity.usecases import maps
from services.complaints.integrity.usecases.maps import Said
from services.complaints.matters.schemas import DossierOut
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.versions import IfMatch
from shared.http.authorization import Caller
from shared.http.fields import UnitId, YearText
from shared.http.state import state_of

router = APIRouter()


@router.get("/coi-map", operation_id="show_conflict_map", responses=refusals(404))
async def show_conflict_map(
    request: Request,
    actor: Caller,
    unit: Annotated[UnitId, Query(description="Unit id")],
    year: Annotated[
        YearText | None, Query(description="Year of the review; default: the present one")
    ] = None,
) -> MapOut:
    """Return a unit's map with how much of it was looked at in a year."""
    engine = engine_of(request)
    async with state_of(request.app).db.reading() as session:
        return map_out(await maps.shown(session, engine, actor, unit, year))


@router.post(
    "/coi-map",
    operation_id="enter_map_entry",
    responses=refusals(404, 409),
    status_code=201,
    response_model=EntryOut,
)
async def enter_map_entry(request: Request, body: NewEntryIn, cmd: Commands) -> Response:
    """Enter a possible conflict of a position; entered, it is looked at for this year."""
    engine = engine_of(request)
    said = Said(**body.model_dump(exclude={"unit_id"}))
    return await cmd.run(
        lambda session: maps.enter(session, engine, cmd.actor, body.unit_id, said),
        status=201,
        reply=EntryOut,
        location=lambda made: f"/coi-map/{made.id}/versions",
    )


@router.post(
    "/coi-map/reviews",
    operation_id="review_conflict_map",
    responses=refusals(404, 409),
    response_model=DossierOut,
)
async def review_conflict_map(
    request: Request, body: MapReviewIn, cmd: Commands, version: IfMatch
) -> Response:
    """State that every entry of a unit's map was looked at in a year; `If-Match` is the review's version."""
    engine = engine_of(request)
    return await cmd.run(
        lambda session: maps.review(session, engine, cmd.actor, body.unit_id, body.year, version),
        reply=DossierOut,
    )


@router.put(
    "/coi-map/{entry_id}",
    operation_id="change_map_entry",
    responses=refusals(404, 409),
    response_model=EntryOut,
)
async def change_map_entry(
    request: Request, entry_id: UUID, body: EntryIn, cmd: Commands, version: IfMatch
) -> Response:
    """Let an entry say something else from its next version on; that counts as looking at it."""
    engine = engine_of(request)
    said = Said(**body.model_dump())
    return await cmd.run(
        lambda session: maps.change(session, engine, cmd.actor, entry_id, version, said), reply=EntryOut
    )


@router.post(
    "/coi-map/{entry_id}/confirm",
    operation_id="confirm_map_entry",
    responses=refusals(404),
    response_model=EntryOut,
)
async def confirm_map_entry(request: Request, entry_id: UUID, cmd: Commands, version: IfMatch) -> Response:
    """Note that an entry was looked at and stays as it is."""
    engine = engine_of(request)
    return await cmd.run(
        lambda session: maps.confirm(session, engine, cmd.actor, entry_id, version), reply=EntryOut
    )


@router.post(
    "/coi-map/{entry_id}/retire",
    operation_id="retire_map_entry",
    responses=refusals(404),
    response_model=EntryOut,
)
async def retire_map_entry(request: Request, entry_id: UUID, cmd: Commands, version: IfMatch) -> Response:
    """Take an entry off the map; its versions stay known."""
    engine = engine_of(request)
    return await cmd.run(
        lambda session: maps.retire(session, engine, cmd.actor, entry_id, version), reply=EntryOut
    )


@router.get("/coi-map/{entry_id}/versions", operation_id="list_map_entry_versions", responses=refusals(404))
async def list_map_entry_versions(request: Request, actor: Caller, entry_id: UUID) -> EntryVersionsOut:
    """Return what an entry said in each version, by whom and when."""
    async with state_of(request.app).db.reading() as session:
        await maps.entry_of(session, actor, entry_id)
        rows = await store.changes(session, entry_id)
    return EntryVersionsOut(items=[EntryVersionOut.model_validate(dict(row)) for row in rows])
