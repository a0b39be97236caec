"""The receipt of the report just sent: shown for minutes, or until its reporter has noted it."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.store import cases
from services.complaints.frame import PAGES, SEE_OTHER
from services.complaints.intake import new_receipts
from services.complaints.intake.pages.messages import PATH as MESSAGES
from services.complaints.intake.pages.tracking import remember
from services.complaints.intake.proofs import address_of, signer_of
from services.complaints.intake.reporters import open_receipt
from services.complaints.proofs.usecases import Proof, proof_of
from shared.http.limits.counts import FROM_ANYBODY
from shared.http.pages.rendering import FORGET
from shared.http.state import state_of
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
    return await _received(request, untuk, found.shown)


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


async def lead_to_receipt(request: Request, key: str, answer: Response) -> Response:
    """Lead on to the receipt in an answer; a browser without this form's cookie is shown it at once."""
    made = orjson.loads(answer.body)
    shown = {name: made[name] for name in ("receipt", "tracking_id")}
    mark = new_receipts.mark_of(request, key)
    match new_receipts.find(request, mark).stage:
        case "absent":
            return await _received(request, mark, shown)
        case "over":
            return PAGES.page(request, "shown_once.html")
    response = RedirectResponse(f"/lapor/diterima?untuk={mark}", SEE_OTHER)
    new_receipts.keep(request, response, mark, shown)
    return response


async def _received(request: Request, mark: str, shown: Mapping[str, Any]) -> Response:
    """Show a new receipt, with the address at which anybody checks that the report was filed."""
    signer = signer_of(request)

    async def make(session: AsyncSession) -> Proof | None:
        case_id = await cases.id_of(session, shown["tracking_id"])
        return None if case_id is None else await proof_of(session, signer, case_id)

    made = await state_of(request.app).db.run(make)
    address = None if made is None else address_of(request, made.code)
    return PAGES.page(request, "received.html", mark=mark, proof_address=address, **shown)
