"""The proof that something was filed: of the own case to print, and the page where anybody checks one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.frame import COOKIE, PAGES, SEE_OTHER
from services.complaints.intake.limits import count_in_session
from services.complaints.intake.proofs import CHECKED, shown, signer_of, where_checked
from services.complaints.intake.reporters import case_behind
from services.complaints.proofs import usecases
from services.complaints.proofs.usecases import Proof
from shared.http.addresses import PROOFS
from shared.http.limits.counts import FROM_ANYBODY
from shared.http.state import state_of
from shared.kernel import NotFoundError

router = APIRouter(dependencies=[FROM_ANYBODY])


async def _count_look(request: Request) -> None:
    await count_in_session(request, request.cookies.get(COOKIE))


@router.get("/lacak/pengaduan/bukti", operation_id="page_my_proof", dependencies=[Depends(_count_look)])
async def show_own(request: Request) -> Response:
    """Show the proof that the own case was filed, to be printed."""
    token, signer = request.cookies.get(COOKIE), signer_of(request)

    async def make(session: AsyncSession) -> Proof:
        return await usecases.proof_of(session, signer, await case_behind(session, token))

    try:
        made = await state_of(request.app).db.run(make)
    except NotFoundError:
        return RedirectResponse("/lacak", SEE_OTHER)
    return PAGES.page(request, "my_proof.html", **shown(made), **where_checked(request, made))


@router.get(PROOFS, operation_id="page_check_proof", dependencies=[CHECKED])
async def check_typed(request: Request, kode: Annotated[str, Query()] = "") -> HTMLResponse:
    """Show the form of a code, and what became of one that was typed."""
    return await _checked(request, kode)


@router.get(f"{PROOFS}/{{code}}", operation_id="page_proof", dependencies=[CHECKED])
async def check_address(request: Request, code: str) -> HTMLResponse:
    """Tell whether the code in the address is a proof."""
    return await _checked(request, code)


async def _checked(request: Request, typed: str) -> HTMLResponse:
    """Show what a code is; it is never shown again: an address could put any words on our page."""
    found = None
    if typed:
        signer = signer_of(request)
        found = await state_of(request.app).db.read(lambda session: usecases.check(session, signer, typed))
    told = {} if found is None else shown(found)
    return PAGES.page(request, "proof_check.html", is_asked=bool(typed), is_genuine=found is not None, **told)
