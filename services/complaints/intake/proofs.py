"""Proofs of filing over the API, and what their pages share: facts, address, and a picture of it."""

from typing import Annotated, Any, cast

import segno
from fastapi import APIRouter, Path, Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.channels.data import kinds
from services.complaints.intake.api import Session
from services.complaints.intake.limits import count_in_session
from services.complaints.intake.reporters import case_behind
from services.complaints.proofs import usecases
from services.complaints.proofs.domain import MOST_LETTERS
from services.complaints.proofs.schemas import MyProofOut, ProofOut
from services.complaints.proofs.usecases import Proof
from shared.http.addresses import proof_page
from shared.http.api.openapi import refusals
from shared.http.limits.counts import FROM_ANYBODY, limited
from shared.http.state import state_of
from shared.security.signing import Signer

CHECKED = limited("proof", burst="60/minute", burst_of_site="300/minute")
"""So often a source checks; nobody guesses a signature, so this spares work alone."""
router = APIRouter(dependencies=[FROM_ANYBODY], responses=refusals(429))
Code = Annotated[str, Path(max_length=MOST_LETTERS)]


@router.get("/public/proofs/{code}", operation_id="check_proof", dependencies=[CHECKED])
async def check_proof(request: Request, code: Code) -> ProofOut:
    """Tell whether a code is a proof of filing of ours. Everything that is none gets the same answer."""
    async with state_of(request.app).db.reading() as session:
        return ProofOut.of(await usecases.check(session, signer_of(request), code))


@router.get("/public/my-case/proof", operation_id="show_my_proof", responses=refusals(404))
async def show_my_proof(request: Request, token: Session = None) -> MyProofOut:
    """Return the proof that the own case was filed."""
    await count_in_session(request, token)
    signer = signer_of(request)

    async def make(session: AsyncSession) -> Proof:
        return await usecases.proof_of(session, signer, await case_behind(session, token))

    made = await state_of(request.app).db.run(make)
    told = ProofOut.of(made).model_dump()
    return MyProofOut(**told, code=made.code, url=address_of(request, made.code))


def signer_of(request: Request) -> Signer:
    """Return the signer that `main.build` put on the application."""
    return cast("Signer", request.app.state.signer)


def address_of(request: Request, code: str) -> str:
    """Return where anybody may check a code."""
    return state_of(request.app).settings.base_url + proof_page(code)


def shown(proof: Proof) -> dict[str, Any]:
    """Return what templates show of a proof."""
    channel = kinds().get(proof.filing.channel or "")
    return {"proof": proof, "channel": channel.label if channel else proof.filing.channel}


def where_checked(request: Request, proof: Proof) -> dict[str, Any]:
    """Return what templates show of where anybody may check a proof: the address, and a picture of it."""
    address = address_of(request, proof.code)
    qr = segno.make_qr(address, error="l").svg_inline(scale=3, border=4, light="#fff", lineclass=None)
    return {"address": address, "qr": qr}
