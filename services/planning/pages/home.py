"""The bare address of planning's own port: what this place is, and the way on."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.planning.pages.frame import PAGES
from shared.http.addresses import SCOREBOARD

router = APIRouter()


@router.get("/", operation_id="page_home")
async def home(request: Request) -> HTMLResponse:
    """Say what this place is for."""
    return PAGES.page(request, "home.html", scoreboard=SCOREBOARD)
