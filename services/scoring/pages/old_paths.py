"""Where pages stood before all services shared one address: links and bookmarks of then lead on for good."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from shared.http.addresses import item_page, unit_page

router = APIRouter()
_PERMANENT = 308


@router.get("/unit/{unit_id}", operation_id="page_old_unit")
async def old_unit(request: Request, unit_id: str) -> RedirectResponse:
    """Lead on to the unit's page."""
    return _led_on(request, unit_page(unit_id))


@router.get("/unit/{unit_id}/langsung", operation_id="page_old_unit_live")
async def old_unit_live(request: Request, unit_id: str) -> RedirectResponse:
    """Lead the stream of a page on that was open before."""
    return _led_on(request, f"{unit_page(unit_id)}/langsung")


@router.get("/unit/{unit_id}/butir/{code}", operation_id="page_old_item")
async def old_item(request: Request, unit_id: str, code: str) -> RedirectResponse:
    """Lead on to the item's page."""
    return _led_on(request, item_page(unit_id, code))


def _led_on(request: Request, path: str) -> RedirectResponse:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{path}{query}", _PERMANENT)
