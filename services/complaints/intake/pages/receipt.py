"""The receipt of the report just sent: shown for minutes, or until its reporter has noted it."""

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.complaints.frame import PAGES, SEE_OTHER
from services.complaints.intake import new_receipts
from services.complaints.intake.pages.messages import PATH as MESSAGES
from services.complaints.intake.pages.tracking import remember
from services.complaints.intake.reporters import open_receipt
from shared.http.limits.counts import FROM_ANYBODY
from shared.http.pages.rendering import FORGET
from shared.kernel import DomainError

router = APIRouter(dependencies=[FROM_ANYBODY])


@router.get("/lapor/diterima", operation_id="page_received")
async def show_received(request: Request, untuk: str = "") -> Response:
    """Show the receipt of the report just sent; for minutes, or until its reporter has noted it."""
    found = new_receipts.find(request, untuk)
    if not untuk or found.stage == "awaited":
        return RedirectResponse("/lapor", SEE_OTHER)
    if found.stage != "shown":
        return PAGES.page(request, "shown_once.html")
    return PAGES.page(request, "received.html", mark=untuk, **found.shown)


@router.post("/lapor/selesai", operation_id="page_end_received")
async def end_received(request: Request) -> Response:
    """Forget the receipt in this browser: the next person at a shared one finds nothing behind Back.

    Forms in other tabs keep theirs; a form that names none forgets all.
    """
    form = await request.form()
    mark = form.get("untuk")
    token = await _opened(request, str(mark)) if form.get("lanjut") and mark else None
    response = RedirectResponse(MESSAGES if token else "/lacak", SEE_OTHER, headers=FORGET)
    new_receipts.forget(request, response, mark)
    if token:
        remember(response, token)
    return response


async def _opened(request: Request, mark: str) -> str | None:
    """Return the token of a session for the receipt just noted, to bring files; None where none opens now."""
    found = new_receipts.find(request, mark)
    if found.stage != "shown":
        return None
    try:
        return await open_receipt(request, found.shown["receipt"])
    except DomainError:
        return None


def lead_to_receipt(request: Request, key: str, answer: Response) -> Response:
    """Lead on to the receipt in an answer; a browser without this form's cookie is shown it at once."""
    made = orjson.loads(answer.body)
    shown = {name: made[name] for name in ("receipt", "tracking_id")}
    mark = new_receipts.mark_of(request, key)
    match new_receipts.find(request, mark).stage:
        case "absent":
            return PAGES.page(request, "received.html", mark=mark, **shown)
        case "over":
            return PAGES.page(request, "shown_once.html")
    response = RedirectResponse(f"/lapor/diterima?untuk={mark}", SEE_OTHER)
    new_receipts.keep(request, response, mark, shown)
    return response
