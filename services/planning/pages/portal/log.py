"""What PortalRB pulled from an agency, the newest first."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from services.planning.nomination.usecases.documents import NEWEST
from services.planning.pages.frame import PAGES
from services.planning.pages.nomination.proposal import AgencyPath
from services.planning.pages.portal.proposal import PATH
from services.planning.pages.portal.words import ROUTES, pull_mark
from services.planning.parameters import YearPath
from services.planning.portal.usecases.log import newest_pulls
from shared.http.addresses import proposal_page
from shared.http.api.paging import PageById, encode_cursor
from shared.http.authorization import PageCaller
from shared.http.state import state_of

router = APIRouter()


@router.get(f"{PATH}/penarikan", operation_id="page_portal_pulls")
async def show_pulls(
    request: Request,
    caller: PageCaller,
    agency_id: AgencyPath,
    year: Annotated[YearPath, Path()],
    page: PageById,
) -> HTMLResponse:
    """Show what was pulled with the agency's tokens."""
    before = page.after[0] if page.after else NEWEST
    async with state_of(request.app).db.reading() as session:
        rows = await newest_pulls(session, caller, agency_id, before=before, limit=page.limit + 1)
    shown = rows[: page.limit]
    return PAGES.page(
        request,
        "portal_pulls.html",
        agency_id=agency_id,
        year=year,
        here=proposal_page(agency_id, year),
        rows=[(one, ROUTES[one.route], pull_mark(one)) for one in shown],
        is_first=page.after is None,
        next=encode_cursor((str(shown[-1].pull_id),)) if len(rows) > page.limit else None,
    )
