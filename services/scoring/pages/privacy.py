"""The privacy notice: a page for each of its versions, and the newest without one."""

from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.scoring.domain.privacy import Notice, notices
from services.scoring.pages.frame import PAGES
from services.scoring.settings import Settings
from shared.http.state import state_of
from shared.kernel import NotFoundError

router = APIRouter()


@router.get("/privasi", operation_id="page_privacy")
async def newest_notice(request: Request) -> HTMLResponse:
    """Show the notice as it is now."""
    return _page(request, list(notices().values())[-1])


@router.get("/privasi/{privacy_notice}", operation_id="page_privacy_version")
async def notice_of(request: Request, privacy_notice: str) -> HTMLResponse:
    """Show the notice that somebody was shown once, by its version."""
    if privacy_notice not in notices():
        raise NotFoundError("Versi pemberitahuan privasi ini tidak ada.")
    return _page(request, notices()[privacy_notice])


def _page(request: Request, notice: Notice) -> HTMLResponse:
    settings = cast("Settings", state_of(request.app).settings)
    return PAGES.page(
        request,
        "privacy.html",
        notice=notice,
        versions=list(notices()),
        controller=settings.privacy_controller,
        contact=settings.privacy_contact,
    )
