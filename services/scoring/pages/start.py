"""The start page of the whole house: what anybody may do here, and the way in for staff."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.scoring.pages.frame import PAGES
from shared.http.addresses import REPORT, SCOREBOARD, TRACK
from shared.http.state import state_of

router = APIRouter()


@router.get("/", operation_id="page_start")
async def start(request: Request) -> HTMLResponse:
    """Show the ways on: report, track, and the log-in of staff."""
    return PAGES.page(
        request,
        "start.html",
        report=REPORT,
        track=TRACK,
        scoreboard=SCOREBOARD,
        login_url=state_of(request.app).login.url(SCOREBOARD),
    )
