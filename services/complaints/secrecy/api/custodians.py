"""The register of custodians over HTTP; private keys never come here."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.complaints.secrecy.domain import Custodian
from services.complaints.secrecy.schemas import CustodianEndIn, CustodianIn, CustodianOut, CustodiansOut
from services.complaints.secrecy.usecases import custodians
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.versions import IfMatch
from shared.http.authorization import Caller
from shared.http.state import state_of
from shared.kernel import new_id

router = APIRouter()


@router.get("/custodians", operation_id="list_custodians")
async def list_custodians(request: Request, actor: Caller) -> CustodiansOut:
    """Return the custodians of agencies within reach, ended ones too."""
    async with state_of(request.app).db.reading() as session:
        found = await custodians.listed(session, actor)
    return CustodiansOut(items=[CustodianOut.of(one) for one in found])


@router.post(
    "/custodians",
    operation_id="enter_custodian",
    responses=refusals(404),
    status_code=201,
    response_model=CustodianOut,
)
async def enter_custodian(body: CustodianIn, cmd: Commands) -> Response:
    """Enter a custodian with the public key of a pair that `zi complaint custodian key` made."""
    entered = Custodian(
        new_id(), body.agency_id, body.name, body.key, body.valid_from, body.valid_to, version=1
    )
    return await cmd.run(
        lambda session: custodians.enter(session, cmd.actor, entered), status=201, reply=CustodianOut.of
    )


@router.post("/custodians/{custodian_id}/end", operation_id="end_custodian", response_model=CustodianOut)
async def end_custodian(
    custodian_id: UUID, body: CustodianEndIn, cmd: Commands, version: IfMatch
) -> Response:
    """Seal nothing more to a custodian after a day; what was sealed before stays theirs to open."""
    return await cmd.run(
        lambda session: custodians.end(session, cmd.actor, custodian_id, version, body.valid_to),
        reply=CustodianOut.of,
    )
