"""The register of units."""

from fastapi import APIRouter, Response

from services.planning.parameters import Db, PageByUnit, SearchQuery, UnitPath
from services.planning.settings import Settings
from services.planning.units import store
from services.planning.units import usecases as units
from services.planning.units.domain import Unit
from services.planning.units.schemas import MergeIn, UnitIn, UnitOut, UnitPatch
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page
from shared.http.api.versions import IfMatch, etag
from shared.http.authorization import Caller
from shared.security import Principal


def router(settings: Settings) -> APIRouter:
    """Return the routes; `settings` name the agency of units that come without one."""
    routes = APIRouter(tags=["units"])

    @routes.post(
        "/units", operation_id="create_unit", responses=refusals(409), status_code=201, response_model=UnitOut
    )
    async def create_unit(body: UnitIn, cmd: Commands) -> Response:
        unit = _new_unit(body, cmd.actor, settings.default_agency_id)
        return await cmd.run(
            lambda session: units.register_unit(session, cmd.actor, unit),
            status=201,
            reply=UnitOut.of,
            location=lambda made: f"/units/{made.unit_id}",
        )

    @routes.get("/units", operation_id="list_units")
    async def list_units(caller: Caller, db: Db, page: PageByUnit, search: SearchQuery = "") -> Page[UnitOut]:
        async with db.reading() as session:
            after = page.after[0] if page.after else ""
            rows = await store.page(
                session, caller.scope, after=after, limit=page.limit + 1, search=search.strip()
            )
        return Page[UnitOut].of(rows, page.limit, key=lambda unit: (unit.unit_id,), item=UnitOut.of)

    @routes.get("/units/{unit_id}", operation_id="show_unit")
    async def show_unit(unit_id: UnitPath, caller: Caller, db: Db, response: Response) -> UnitOut:
        async with db.reading() as session:
            found = await units.get_unit(session, caller, unit_id)
        etag(response, found.version)
        return UnitOut.of(found)

    @routes.patch(
        "/units/{unit_id}", operation_id="change_unit", responses=refusals(409), response_model=UnitOut
    )
    async def change_unit(unit_id: UnitPath, body: UnitPatch, version: IfMatch, cmd: Commands) -> Response:
        fields = body.changes()
        return await cmd.run(
            lambda session: units.change_unit(session, cmd.actor, unit_id, version, fields), reply=UnitOut.of
        )

    @routes.post(
        "/units/{unit_id}/merge", operation_id="merge_unit", responses=refusals(409), response_model=UnitOut
    )
    async def merge_unit(unit_id: UnitPath, body: MergeIn, version: IfMatch, cmd: Commands) -> Response:
        return await cmd.run(
            lambda session: units.merge_unit(session, cmd.actor, unit_id, version, body.into),
            reply=UnitOut.of,
        )

    @routes.post(
        "/units/{unit_id}/unmerge",
        operation_id="unmerge_unit",
        responses=refusals(409),
        response_model=UnitOut,
    )
    async def unmerge_unit(unit_id: UnitPath, version: IfMatch, cmd: Commands) -> Response:
        return await cmd.run(
            lambda session: units.unmerge_unit(session, cmd.actor, unit_id, version), reply=UnitOut.of
        )

    return routes


def _new_unit(body: UnitIn, actor: Principal, default_agency: str) -> Unit:
    fields = body.model_dump() | {"agency_id": units.agency_meant(actor, body.agency_id, default_agency)}
    return Unit(**fields, is_active=True, version=1)
