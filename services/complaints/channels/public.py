"""What anybody may read: by which channels a unit is reached, and which of them cannot be just now."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from services.complaints.channels.data import kinds
from services.complaints.channels.schemas import PublicChannelOut
from services.complaints.channels.usecases import listing
from services.complaints.channels.usecases.listing import Listed
from shared.http.api.openapi import refusals
from shared.http.fields import UnitId
from shared.http.limits.counts import FROM_ANYBODY
from shared.http.state import state_of

router = APIRouter(dependencies=[FROM_ANYBODY], responses=refusals(429))


@router.get("/public/channels", operation_id="list_channels", responses=refusals(404))
async def list_channels(
    request: Request,
    unit_id: Annotated[
        UnitId | None, Query(description="The unit; without it the kinds that are open by default")
    ] = None,
) -> list[PublicChannelOut]:
    """Return the channels that are open today, those that cannot be reached just now marked so."""
    if unit_id is None:
        found = [Listed(kind, None, "untested") for kind in kinds().values() if kind.is_default]
    else:
        found = await state_of(request.app).db.read(lambda session: listing.public(session, unit_id))
    return [PublicChannelOut.of(one) for one in found]
