"""By which ways a unit is reached, for anybody: a unit is looked for by name, then its channels are shown."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.channels.pages import words
from services.complaints.channels.usecases import listing
from services.complaints.channels.usecases.listing import Listed
from services.complaints.frame import PAGES
from services.complaints.units import Unit
from shared.http.addresses import CHANNELS
from shared.http.fields import UnitId
from shared.http.limits.counts import FROM_ANYBODY
from shared.http.state import state_of

router = APIRouter(dependencies=[FROM_ANYBODY])
MOST_UNITS = 50
Search = Annotated[str, Query(max_length=100)]


@router.get(CHANNELS, operation_id="page_channels")
async def show(
    request: Request, unit: Annotated[UnitId | Literal[""], Query()] = "", cari: Search = ""
) -> HTMLResponse:
    """Show the channels of a unit, or the units that a name leads to."""

    async def look(session: AsyncSession) -> tuple[Unit | None, list[Listed], list[Unit]]:
        if unit:
            listed = await listing.public(session, unit)
            return await units.get(session, unit), listed, []
        return None, [], await units.named(session, cari.split(), MOST_UNITS + 1)

    found, listed, others = await state_of(request.app).db.read(look)
    registered = [one for one in listed if one.registered is not None]
    return PAGES.page(
        request,
        "channels.html",
        unit=found,
        registered=registered,
        defaults=[one.kind for one in listed if one.registered is None and one.kind.entered_by != "public"],
        takes_web=any(one.kind.entered_by == "public" for one in listed),
        down=sum(one.standing == "down" for one in registered),
        units=others[:MOST_UNITS],
        has_more=len(others) > MOST_UNITS,
        search=cari,
        words=words,
    )
