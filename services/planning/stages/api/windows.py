"""Windows of stages, and kinds of agencies."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from services.planning.parameters import Db, Seen, YearPath, after_id
from services.planning.stages.domain.stage import Window
from services.planning.stages.practice import practice
from services.planning.stages.schemas import AgencyIn, AgencyOut, WindowIn, WindowOut
from services.planning.stages.store import windows as store
from services.planning.stages.usecases import windows
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageById
from shared.http.api.versions import etag
from shared.http.authorization import Caller
from shared.http.fields import UnitId, YearText

router = APIRouter(tags=["stages"])
AgencyPath = Annotated[UnitId, Path()]
AgencyQuery = Annotated[UnitId | None, Query(description="Left out: for every agency")]


@router.get("/windows", operation_id="list_windows")
async def list_windows(
    caller: Caller, db: Db, page: PageById, year: Annotated[YearText | None, Query()] = None
) -> Page[WindowOut]:
    async with db.reading() as session:
        rows = await store.page(session, caller.scope, year=year, after=after_id(page), limit=page.limit + 1)
    return Page[WindowOut].of(rows, page.limit, key=lambda row: (str(row.window_id),), item=WindowOut.of)


@router.put(
    "/windows/{year}/{window}",
    operation_id="announce_window",
    responses=refusals(409),
    response_model=WindowOut,
)
async def announce_window(
    year: YearPath,
    window: Window,
    body: WindowIn,
    seen: Seen,
    cmd: Commands,
    agency_id: AgencyQuery = None,
) -> Response:
    return await cmd.run(
        lambda session: windows.announce_window(
            session,
            cmd.actor,
            year=year,
            window=window,
            agency_id=agency_id,
            opens_on=body.opens_on,
            closes_on=body.closes_on,
            reason=body.reason or None,
            seen=seen,
        ),
        reply=WindowOut.of,
    )


@router.get("/agencies/{agency_id}", operation_id="show_agency")
async def show_agency(agency_id: AgencyPath, _: Caller, db: Db, response: Response) -> AgencyOut:
    async with db.reading() as session:
        agency_type, version = await store.agency(session, agency_id)
    etag(response, version)
    return _shown(agency_id, agency_type, version)


@router.put("/agencies/{agency_id}", operation_id="set_agency_type", response_model=AgencyOut)
async def set_agency_type(agency_id: AgencyPath, body: AgencyIn, seen: Seen, cmd: Commands) -> Response:
    return await cmd.run(
        lambda session: windows.set_agency_type(session, cmd.actor, agency_id, body.agency_type, seen=seen),
        reply=lambda version: _shown(agency_id, body.agency_type, version),
    )


def _shown(agency_id: str, agency_type: str | None, version: int) -> AgencyOut:
    return AgencyOut(
        agency_id=agency_id,
        agency_type=agency_type,
        has_preliminary=agency_type in practice().preliminary_types,
        version=version,
    )
