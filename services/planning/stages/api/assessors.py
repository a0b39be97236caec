"""The register of assessors, and who has which unit."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.planning.layers import Layer
from services.planning.parameters import Db, PageByUnit, Seen, UnitPath, YearPath, after_id
from services.planning.settings import Settings
from services.planning.stages.domain.assessors import Team
from services.planning.stages.practice import practice
from services.planning.stages.schemas import (
    AssessorIn,
    AssessorOut,
    AssessorPatch,
    AssignmentIn,
    AssignmentOut,
    TeamIn,
    TeamOut,
    WorkloadOut,
)
from services.planning.stages.store import assessors as store
from services.planning.stages.usecases import assessors
from services.planning.units.usecases import agency_meant
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageById
from shared.http.api.versions import IfMatch
from shared.http.authorization import Caller
from shared.http.fields import UnitId, YearText
from shared.security import Principal


def router(settings: Settings) -> APIRouter:
    """Return the routes; `settings` name the agency of teams that come without one."""
    routes = APIRouter(tags=["assessors"])

    @routes.post(
        "/assessor-teams",
        operation_id="create_assessor_team",
        responses=refusals(409),
        status_code=201,
        response_model=TeamOut,
    )
    async def create_assessor_team(body: TeamIn, cmd: Commands) -> Response:
        team = _new_team(body, cmd.actor, settings.default_agency_id)
        return await cmd.run(
            lambda session: assessors.create_team(session, cmd.actor, team), status=201, reply=TeamOut.of
        )

    @routes.get("/assessor-teams", operation_id="list_assessor_teams")
    async def list_assessor_teams(caller: Caller, db: Db, page: PageByUnit) -> Page[TeamOut]:
        async with db.reading() as session:
            rows = await store.page_teams(
                session, caller.scope, after=page.after[0] if page.after else "", limit=page.limit + 1
            )
        return Page[TeamOut].of(rows, page.limit, key=lambda row: (row.team_id,), item=TeamOut.of)

    @routes.post(
        "/assessors",
        operation_id="register_assessor",
        responses=refusals(404, 409),
        status_code=201,
        response_model=AssessorOut,
    )
    async def register_assessor(body: AssessorIn, cmd: Commands) -> Response:
        return await cmd.run(
            lambda session: assessors.register_assessor(session, cmd.actor, **body.model_dump()),
            status=201,
            reply=AssessorOut.of,
        )

    @routes.get("/assessors", operation_id="list_assessors")
    async def list_assessors(
        caller: Caller, db: Db, page: PageById, team_id: Annotated[UnitId | None, Query()] = None
    ) -> Page[AssessorOut]:
        async with db.reading() as session:
            rows = await store.page_assessors(
                session, caller.scope, team_id=team_id, after=after_id(page), limit=page.limit + 1
            )
        return Page[AssessorOut].of(
            rows, page.limit, key=lambda row: (str(row.assessor_id),), item=AssessorOut.of
        )

    @routes.patch(
        "/assessors/{assessor_id}",
        operation_id="change_assessor",
        responses=refusals(404),
        response_model=AssessorOut,
    )
    async def change_assessor(
        assessor_id: UUID, body: AssessorPatch, version: IfMatch, cmd: Commands
    ) -> Response:
        fields = body.changes()
        return await cmd.run(
            lambda session: assessors.change_assessor(session, cmd.actor, assessor_id, version, fields),
            reply=AssessorOut.of,
        )

    @routes.get("/assessor-workload", operation_id="list_assessor_workload")
    async def list_assessor_workload(
        caller: Caller, db: Db, page: PageByUnit, year: Annotated[YearText, Query()]
    ) -> Page[WorkloadOut]:
        async with db.reading() as session:
            teams = await store.page_teams(
                session, caller.scope, after=page.after[0] if page.after else "", limit=page.limit + 1
            )
            loads = await store.workload(session, [team.team_id for team in teams], year)
        limits = practice()
        return Page[WorkloadOut].of(
            teams,
            page.limit,
            key=lambda team: (team.team_id,),
            item=lambda team: WorkloadOut.of(
                team.team_id, loads, unit_limit=limits.team_units, minute_limit=limits.unit_minutes
            ),
        )

    @routes.put(
        "/units/{unit_id}/stages/{year}/team",
        operation_id="assign_assessor_team",
        responses=refusals(404, 409),
        response_model=AssignmentOut,
    )
    async def assign_assessor_team(
        unit_id: UnitPath, year: YearPath, body: AssignmentIn, seen: Seen, cmd: Commands
    ) -> Response:
        return await cmd.run(
            lambda session: assessors.assign_team(
                session,
                cmd.actor,
                unit_id=unit_id,
                year=year,
                team_id=body.team_id,
                members=body.shares(),
                seen=seen,
            ),
            reply=AssignmentOut.of,
        )

    return routes


def _new_team(body: TeamIn, actor: Principal, default_agency: str) -> Team:
    layer = Layer(body.layer)
    agency = agency_meant(actor, body.agency_id, default_agency) if layer is Layer.TPI else None
    return Team(body.team_id, layer, agency, body.name, version=1)
