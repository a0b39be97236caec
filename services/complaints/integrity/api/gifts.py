"""Reported gifts and nil returns: one route for each act."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.complaints.deadlines.api import engine_of
from services.complaints.integrity.domain.gifts import Gift
from services.complaints.integrity.schemas import (
    DataAskIn,
    DataIn,
    FinishGiftIn,
    GiftDetail,
    GiftIn,
    GiftSummary,
    GiverOut,
    NilIn,
    NilOut,
    SettleIn,
    gift_out,
)
from services.complaints.integrity.store import gifts as store
from services.complaints.integrity.usecases import gifts
from services.complaints.integrity.usecases.gifts import Gifts, Report
from services.complaints.matters.api import ByTimeLeft, acts_on
from services.complaints.matters.schemas import DossierOut, NoteIn, ReasonIn, due_of
from services.complaints.matters.store import Dossier
from services.complaints.secrecy.domain import Sealed
from services.complaints.secrecy.serving import identities_of
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageById
from shared.http.api.versions import IfMatch, etag
from shared.http.authorization import Caller
from shared.http.fields import UnitId
from shared.http.state import state_of
from shared.kernel import NotFoundError

router = APIRouter()
UnitQuery = Annotated[UnitId | None, Query(description="Only this unit")]
FIRST = UUID(int=0)


def report_of(body: GiftIn, giver: Sealed | None) -> Report:
    """Return what a request reports, with who gave sealed."""
    values = body.model_dump(exclude={"unit_id", "giver"})
    return Report(body.unit_id, Gift(**values), giver)


@router.post(
    "/gratifications",
    operation_id="report_gratification",
    responses=refusals(404),
    status_code=201,
    response_model=DossierOut,
)
async def report_gratification(request: Request, body: GiftIn, cmd: Commands) -> Response:
    """Report a gift that somebody of the unit was offered, taken or refused.

    A late report is taken and marked; no limit refuses one.
    """
    engine, db = engine_of(request), state_of(request.app).db
    said = report_of(body, await gifts.seal_giver(identities_of(request), body.giver, db))
    return await cmd.run(
        lambda session: gifts.report(session, engine, cmd.actor, said),
        status=201,
        reply=DossierOut,
        location=lambda made: f"/gratifications/{made.id}",
    )


@router.get("/gratifications", operation_id="list_gratifications")
async def list_gratifications(
    request: Request,
    actor: Caller,
    page: ByTimeLeft,
    unit: UnitQuery = None,
    state: Annotated[Literal["open", "closed"], Query()] = "open",
    late: Annotated[bool, Query(description="Only open ones with a breached clock")] = False,
) -> Page[GiftSummary]:
    """Return gifts within sight: all of the scope for UPG, else the own ones; open ones by the time left."""
    async with state_of(request.app).db.reading() as session:
        rows = await gifts.gift_page(
            session,
            actor,
            unit_id=unit,
            is_open=state == "open",
            is_late=late,
            after=page.after,
            limit=page.limit + 1,
        )
    return Page[GiftSummary].of(
        rows,
        page.limit,
        key=lambda row: (row["runs_out_at"].isoformat(), str(row["id"])),
        item=lambda row: GiftSummary.model_validate(due_of(row)),
    )


@router.get("/gratifications/{gift_id}", operation_id="show_gratification", responses=refusals(404))
async def show_gratification(
    request: Request, response: Response, actor: Caller, gift_id: UUID
) -> GiftDetail:
    """Return a gift with its acts, its clocks and the limits beside it; who gave is told apart."""
    async with state_of(request.app).db.reading() as session:
        found = await gifts.gift_detail(session, actor, gift_id)
    etag(response, found["version"])
    return gift_out(found, engine_of(request).policies)


act_on_gift = acts_on(router, "/gratifications", "gift_id", Gifts)


@act_on_gift("request-data")
async def request_gratification_data(act: Gifts, body: DataAskIn) -> Dossier:
    """Ask the reporter for what is missing."""
    return await act.request_data(body.missing)


@router.post(
    "/gratifications/{gift_id}/complete",
    operation_id="complete_gratification",
    responses=refusals(409),
    response_model=DossierOut,
)
async def complete_gratification(
    request: Request, gift_id: UUID, body: DataIn, cmd: Commands, version: IfMatch
) -> Response:
    """Give what was missing: the reporter, or UPG for what came on paper."""
    engine, db = engine_of(request), state_of(request.app).db
    giver = await gifts.seal_giver(identities_of(request), body.giver, db, gift_id)
    return await cmd.run(
        lambda session: Gifts(session, engine, cmd.actor, gift_id, version, giver).complete(
            body.note, body.estimate
        ),
        reply=DossierOut,
    )


@act_on_gift("proceed")
async def proceed_gratification(act: Gifts, body: ReasonIn) -> Dossier:
    """Go on with what is there, once the time to complete is over."""
    return await act.proceed(body.reason)


@act_on_gift("forward")
async def forward_gratification(act: Gifts, body: NoteIn) -> Dossier:
    """Note that the report went to the KPK."""
    return await act.forward(body.note)


@act_on_gift("manage")
async def manage_gratification(act: Gifts, body: NoteIn) -> Dossier:
    """Note that the agency itself deals with the gift."""
    return await act.manage(body.note)


@act_on_gift("settle")
async def settle_gratification(act: Gifts, body: SettleIn) -> Dossier:
    """Note whose the gift is by decision."""
    return await act.settle(body.ownership, body.decision_number)


@act_on_gift("finish")
async def finish_gratification(act: Gifts, body: FinishGiftIn) -> Dossier:
    """End it: handed over to the state, or left with the recipient."""
    return await act.finish(body.note, body.handed_over_on)


@router.post(
    "/gratifications/{gift_id}/giver",
    operation_id="show_giver",
    responses=refusals(404),
)
async def show_giver(request: Request, gift_id: UUID, body: ReasonIn, cmd: Commands) -> GiverOut:
    """Return who gave, for a reason; the log keeps who asked and why, also where nobody was named."""
    name = await gifts.open_giver(
        state_of(request.app).db,
        identities_of(request),
        cmd.actor,
        gift_id,
        body.reason,
        lambda work: cmd.run(work, reply=lambda _: None),
    )
    if name is None:
        raise NotFoundError(gifts.NAMELESS)
    return GiverOut(giver=name)


@router.post(
    "/nil-returns",
    operation_id="return_nil",
    responses=refusals(404, 409),
    response_model=NilOut,
)
async def return_nil(request: Request, body: NilIn, cmd: Commands) -> Response:
    """State that a unit got no gift in a period that is over; said twice, it stands once."""
    engine = engine_of(request)
    return await cmd.run(
        lambda session: gifts.return_nil(session, engine, cmd.actor, body.unit_id, body.period),
        reply=lambda row: NilOut.model_validate(dict(row)),
    )


@router.get("/nil-returns", operation_id="list_nil_returns")
async def list_nil_returns(
    request: Request, actor: Caller, page: PageById, unit: UnitQuery = None
) -> Page[NilOut]:
    """Return nil returns in scope, in the order they were given."""
    async with state_of(request.app).db.reading() as session:
        rows = await store.nil_page(
            session,
            actor.scope,
            unit_id=unit,
            after=page.after[0] if page.after else FIRST,
            limit=page.limit + 1,
        )
    return Page[NilOut].of(
        rows, page.limit, key=lambda row: (str(row["id"]),), item=lambda row: NilOut.model_validate(dict(row))
    )
