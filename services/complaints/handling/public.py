"""What anybody may read: how many complaints each unit got in a year, as of the last night."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.frame import PAGES
from services.complaints.handling.data import smallest_cell
from services.complaints.handling.domain.publication import Published
from services.complaints.handling.store import publication as store
from shared.db.clock import database_now
from shared.http.addresses import COMPLAINT_STATISTICS
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageParameters, encode_cursor, paged, unit
from shared.http.fields import YearText
from shared.http.limits.counts import FROM_ANYBODY
from shared.http.state import state_of
from shared.kernel import Zone

router = APIRouter(dependencies=[FROM_ANYBODY], responses=refusals(429))
pages = APIRouter(dependencies=[FROM_ANYBODY])
PageByName = Annotated[PageParameters, paged(unit)]
SOON = {"Cache-Control": "public, max-age=300"}
"""The figures are of the last night: who asks again within minutes needs no other answer."""


class PublicStatisticsOut(BaseModel):
    """How many cases of a unit's year there are; a null is too small to be told, or would tell one."""

    unit_id: str
    unit_name: str
    agency_id: str
    received: int | None = Field(description="Cases of every kind")
    in_progress: int | None = Field(description="Complaints in progress")
    completed: int | None = Field(description="Complaints completed")
    other: int | None = Field(description="Withdrawn, ended without an answer, or no complaints")


@router.get("/public/statistics", operation_id="public_statistics")
async def public_statistics(
    request: Request,
    response: Response,
    page: PageByName,
    year: Annotated[YearText | None, Query(description="Default: this year")] = None,
) -> Page[PublicStatisticsOut]:
    """Return how many complaints each unit got in a year, as counted last night, by name of the unit."""
    _, found = await _found(request, page, year)
    response.headers.update(SOON)
    return Page[PublicStatisticsOut].of(
        found,
        page.limit,
        key=lambda one: (one[0],),
        item=lambda one: PublicStatisticsOut(
            unit_id=one[0],
            unit_name=one[1],
            agency_id=one[2],
            received=one[3].received,
            in_progress=one[3].in_progress,
            completed=one[3].completed,
            other=one[3].other,
        ),
    )


@pages.get(COMPLAINT_STATISTICS, operation_id="page_statistics")
async def statistics(
    request: Request, page: PageByName, tahun: Annotated[YearText | None, Query()] = None
) -> HTMLResponse:
    """Show how many complaints each unit got in a year."""
    (year, this_year), found = await _found(request, page, tahun)
    shown = found[: page.limit]
    following = encode_cursor((shown[-1][0],)) if len(found) > page.limit else None
    return PAGES.page(
        request,
        "statistics.html",
        year=year,
        years=(this_year, this_year - 1),
        lines=shown,
        next=following,
        smallest=smallest_cell(),
    )


async def _found(
    request: Request, page: PageParameters, year: int | None
) -> tuple[tuple[int, int], list[tuple[str, str, str, Published]]]:
    async def look(session: AsyncSession) -> tuple[tuple[int, int], list[tuple[str, str, str, Published]]]:
        this_year = (await database_now(session)).astimezone(Zone.WIB.tz).year
        asked, after = year or this_year, page.after[0] if page.after else None
        return (asked, this_year), await store.page(session, asked, after=after, limit=page.limit + 1)

    return await state_of(request.app).db.read(look)
