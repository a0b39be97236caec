"""The register of channels over the API."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.channels import store
from services.complaints.channels.schemas import (
    ChangeIn,
    ChannelDetail,
    ChannelOut,
    ChannelTestIn,
    CloseIn,
    KindName,
    OpenIn,
    PlaceIn,
)
from services.complaints.channels.usecases import register
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageById
from shared.http.api.versions import IfMatch, etag
from shared.http.authorization import Caller
from shared.http.fields import UnitId
from shared.http.state import state_of
from shared.security import Principal

router = APIRouter()
MOST_SHOWN = 20
"""So many tests and outages of a channel are shown with it, the newest."""


@router.get("/channels", operation_id="list_registered_channels")
async def list_registered_channels(
    request: Request,
    actor: Caller,
    page: PageById,
    unit: Annotated[UnitId | None, Query(description="Only those that serve this unit")] = None,
    kind: Annotated[KindName | None, Query(description="Only this kind")] = None,
    is_open: Annotated[bool | None, Query(description="Only open, or only closed ones")] = None,
    is_down: Annotated[bool, Query(description="Only those that do not answer")] = False,
    lacks_place: Annotated[bool, Query(description="Only open ones that are made known nowhere")] = False,
) -> Page[ChannelOut]:
    """Return the channels of units and agencies within reach, closed ones too, by id."""
    async with state_of(request.app).db.reading() as session:
        found = await store.page(
            session,
            actor.scope,
            unit_id=unit,
            kind=kind,
            is_open=is_open,
            is_down=is_down,
            lacks_place=lacks_place,
            after=page.after[0] if page.after else register.FIRST,
            limit=page.limit + 1,
        )
    return Page[ChannelOut].of(found, page.limit, key=lambda one: (str(one.channel.id),), item=ChannelOut.of)


@router.get("/channels/{channel_id}", operation_id="show_channel", responses=refusals(404))
async def show_channel(
    request: Request, response: Response, actor: Caller, channel_id: UUID
) -> ChannelDetail:
    """Return a channel with its places, its newest tests and outages."""
    found = await state_of(request.app).db.read(lambda session: whole(session, actor, channel_id))
    etag(response, found.version)
    return found


async def whole(session: AsyncSession, actor: Principal, channel_id: UUID) -> ChannelDetail:
    """Read a channel with what belongs to it; raises `NotFoundError`."""
    one = await register.show(session, actor, channel_id)
    return ChannelDetail.whole(
        one,
        (await store.places(session, [channel_id]))[channel_id],
        await store.checks(session, channel_id, MOST_SHOWN),
        await store.findings(session, channel_id, MOST_SHOWN),
    )


@router.post(
    "/channels",
    operation_id="open_channel",
    responses=refusals(404),
    status_code=201,
    response_model=ChannelOut,
)
async def open_channel(body: OpenIn, cmd: Commands) -> Response:
    """Open a channel of a unit, or of all units of an agency; it is tested at once where its kind is."""
    return await cmd.run(
        lambda session: register.enter(
            session,
            cmd.actor,
            unit_id=body.unit_id,
            agency_id=body.agency_id,
            kind=body.kind,
            said=body.said(),
            opened_on=body.opened_on,
            places=[one.said() for one in body.places],
        ),
        status=201,
        reply=ChannelOut.of,
    )


@router.put(
    "/channels/{channel_id}",
    operation_id="change_channel",
    responses=refusals(404, 409),
    response_model=ChannelOut,
)
async def change_channel(channel_id: UUID, body: ChangeIn, cmd: Commands, version: IfMatch) -> Response:
    """Change label, address and mark; with another address or mark it is tested anew."""
    return await cmd.run(
        lambda session: register.change(session, cmd.actor, channel_id, version, body.said()),
        reply=ChannelOut.of,
    )


@router.post(
    "/channels/{channel_id}/places",
    operation_id="publish_channel",
    responses=refusals(404, 409),
    status_code=201,
    response_model=ChannelOut,
)
async def publish_channel(channel_id: UUID, body: PlaceIn, cmd: Commands, version: IfMatch) -> Response:
    """Note that a channel is made known at a place."""
    return await cmd.run(
        lambda session: register.publish(session, cmd.actor, channel_id, version, body.said()),
        status=201,
        reply=ChannelOut.of,
    )


@router.post(
    "/channels/{channel_id}/close",
    operation_id="close_channel",
    responses=refusals(404, 409),
    response_model=ChannelOut,
)
async def close_channel(channel_id: UUID, body: CloseIn, cmd: Commands, version: IfMatch) -> Response:
    """Close a channel for good; cases that came in before may still be entered."""
    return await cmd.run(
        lambda session: register.close(session, cmd.actor, channel_id, version, body.reason, body.closed_on),
        reply=ChannelOut.of,
    )


@router.post(
    "/channels/{channel_id}/tests",
    operation_id="record_channel_test",
    responses=refusals(404, 409),
    status_code=201,
    response_model=ChannelOut,
)
async def record_channel_test(channel_id: UUID, body: ChannelTestIn, cmd: Commands) -> Response:
    """Note a test call, or that the box was emptied; a good one ends an outage at once."""
    return await cmd.run(
        lambda session: register.record_test(
            session, cmd.actor, channel_id, is_ok=body.is_ok, note=body.note
        ),
        status=201,
        reply=ChannelOut.of,
    )
