"""The register as pages: channels in sight, those that need somebody first, and one with its tests."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.channels import store
from services.complaints.channels.api import MOST_SHOWN
from services.complaints.channels.data import kinds
from services.complaints.channels.pages import words
from services.complaints.channels.store import Registered
from services.complaints.channels.usecases import register
from services.complaints.frame import PAGES
from shared.http.addresses import CHANNEL_REGISTER
from shared.http.api.paging import PageById, encode_cursor
from shared.http.authorization import PageCaller
from shared.http.fields import UnitId
from shared.http.pages import lists
from shared.http.state import state_of

router = APIRouter()
KEEPERS = ("complaint_supervisor", "admin")
TESTERS = (*KEEPERS, "complaint_officer")
"""Who keeps channels, and who notes tests, as the access matrix says."""
View = Literal["", "gangguan", "tanpa-tempat", "ditutup"]
VIEWS: dict[View, str] = {
    "": "Dibuka",
    "gangguan": "Tidak dapat dihubungi",
    "tanpa-tempat": "Belum diumumkan",
    "ditutup": "Ditutup",
}


@router.get(CHANNEL_REGISTER, operation_id="page_channel_register")
async def show_list(
    request: Request,
    actor: PageCaller,
    page: PageById,
    unit: Annotated[UnitId | Literal[""], Query()] = "",
    lihat: Annotated[View, Query()] = "",
) -> HTMLResponse:
    """Show the channels of a view, and how many of those in sight need somebody."""

    async def look(session: AsyncSession) -> tuple[list[Registered], store.Needs]:
        found = await store.page(
            session,
            actor.scope,
            unit_id=unit or None,
            is_open=lihat != "ditutup",
            is_down=lihat == "gangguan",
            lacks_place=lihat == "tanpa-tempat",
            after=page.after[0] if page.after else register.FIRST,
            limit=page.limit + 1,
        )
        return found, await store.needs(session, actor.scope, unit or None)

    found, needs = await state_of(request.app).db.read(look)
    shown = found[: page.limit]
    following = encode_cursor((str(shown[-1].channel.id),)) if len(found) > page.limit else None
    here = lists.address(CHANNEL_REGISTER, {"unit": unit, "lihat": lihat})
    return PAGES.page(
        request,
        "channel_register.html",
        lines=shown,
        needs=needs,
        views=[
            (text, lists.address(CHANNEL_REGISTER, {"unit": unit, "lihat": view}), None, view == lihat)
            for view, text in VIEWS.items()
        ],
        view=lihat,
        unit=unit,
        next=following,
        more=f"{here}{'&' if '?' in here else '?'}",
        may_keep=actor.has(*KEEPERS),
        words=words,
    )


@router.get(f"{CHANNEL_REGISTER}/{{channel_id}}", operation_id="page_channel")
async def show(request: Request, actor: PageCaller, channel_id: UUID) -> HTMLResponse:
    """Show a channel with its places, tests and outages, and what may be done with it."""

    async def look(session: AsyncSession) -> dict[str, Any]:
        one = await register.show(session, actor, channel_id)
        return {
            "one": one,
            "places": (await store.places(session, [channel_id]))[channel_id],
            "checks": await store.checks(session, channel_id, MOST_SHOWN),
            "findings": await store.findings(session, channel_id, MOST_SHOWN),
            "kind": kinds()[one.channel.kind],
            "may_keep": actor.has(*KEEPERS)
            and actor.scope.covers(one.channel.unit_id or "", one.channel.agency_id),
            "may_test": actor.has(*TESTERS) and words.may_be_tested(one.channel),
        }

    shown = await state_of(request.app).db.read(look)
    return PAGES.page(request, "channel.html", **shown, words=words)
