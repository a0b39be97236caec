"""Programmes and the activities of their work plans."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.planning.parameters import Db, UnitPath, YearPath, after_id
from services.planning.plan import store
from services.planning.plan import usecases as plans
from services.planning.plan.schemas import ActivityIn, ActivityOut, CompletionIn, ProgrammeIn, ProgrammeOut
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageById
from shared.http.api.versions import IfMatch, etag
from shared.http.authorization import Caller
from shared.http.fields import UnitId, YearText

router = APIRouter(tags=["plans"])


@router.post(
    "/programmes",
    operation_id="create_programme",
    responses=refusals(404, 409),
    status_code=201,
    response_model=ProgrammeOut,
)
async def create_programme(body: ProgrammeIn, cmd: Commands) -> Response:
    return await cmd.run(
        lambda session: plans.create_programme(session, cmd.actor, body.unit_id, body.year, body.target),
        status=201,
        reply=ProgrammeOut.of,
        location=lambda made: f"/units/{made.unit_id}/programmes/{made.year}",
    )


@router.get("/programmes", operation_id="list_programmes")
async def list_programmes(
    caller: Caller,
    db: Db,
    page: PageById,
    unit_id: Annotated[UnitId | None, Query()] = None,
    year: Annotated[YearText | None, Query()] = None,
) -> Page[ProgrammeOut]:
    async with db.reading() as session:
        rows = await store.page_programmes(
            session, caller.scope, unit_id=unit_id, year=year, after=after_id(page), limit=page.limit + 1
        )
    return Page[ProgrammeOut].of(
        rows, page.limit, key=lambda row: (str(row.programme_id),), item=ProgrammeOut.of
    )


@router.get("/units/{unit_id}/programmes/{year}", operation_id="show_programme")
async def show_programme(
    unit_id: UnitPath, year: YearPath, caller: Caller, db: Db, response: Response
) -> ProgrammeOut:
    async with db.reading() as session:
        found = await plans.get_programme(session, caller, unit_id, year)
    etag(response, found.version)
    return ProgrammeOut.of(found)


@router.post(
    "/activities",
    operation_id="plan_activity",
    responses=refusals(404),
    status_code=201,
    response_model=ActivityOut,
)
async def plan_activity(body: ActivityIn, cmd: Commands) -> Response:
    return await cmd.run(
        lambda session: plans.plan_activity(session, cmd.actor, **body.model_dump()),
        status=201,
        reply=ActivityOut.of,
        location=lambda made: f"/activities/{made.activity_id}",
    )


@router.get("/units/{unit_id}/programmes/{year}/activities", operation_id="list_activities")
async def list_activities(
    unit_id: UnitPath, year: YearPath, caller: Caller, db: Db, page: PageById
) -> Page[ActivityOut]:
    async with db.reading() as session:
        programme = await plans.get_programme(session, caller, unit_id, year)
        rows = await store.page_activities(
            session, programme.programme_id, after=after_id(page), limit=page.limit + 1
        )
    return Page[ActivityOut].of(
        rows, page.limit, key=lambda row: (str(row.activity_id),), item=ActivityOut.of
    )


@router.get("/activities/{activity_id}", operation_id="show_activity")
async def show_activity(activity_id: UUID, caller: Caller, db: Db, response: Response) -> ActivityOut:
    async with db.reading() as session:
        found = await plans.get_activity(session, caller, activity_id)
    etag(response, found.version)
    return ActivityOut.of(found)


@router.post(
    "/activities/{activity_id}/complete",
    operation_id="complete_activity",
    responses=refusals(409),
    response_model=ActivityOut,
)
async def complete_activity(
    activity_id: UUID, body: CompletionIn, version: IfMatch, cmd: Commands
) -> Response:
    return await cmd.run(
        lambda session: plans.complete_activity(
            session, cmd.actor, activity_id, version, set(body.evidence_ids)
        ),
        reply=ActivityOut.of,
    )
