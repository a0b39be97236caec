"""The start page of the whole house: what anybody may do here, and the way in for staff."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.scoring.pages.frame import PAGES
from shared.http.addresses import START
from shared.http.authorization import PageCaller
from shared.http.pages.menu import landing
from shared.http.paths import SEE_OTHER
from shared.security import PUBLIC

router = APIRouter()


@router.get("/", operation_id="page_start")
async def start(request: Request, caller: PageCaller) -> Response:
    """Show the ways on: report, track, the log-in of staff; lead whoever is logged in to their work."""
    if (place := landing(caller)) != START:
        return RedirectResponse(place, status_code=SEE_OTHER)
    return PAGES.page(request, "start.html", is_public=caller == PUBLIC)
