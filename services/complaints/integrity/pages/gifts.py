"""Gifts as pages: those in sight by the time left, the form of a report, one report with its clock."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BeforeValidator, Field

from services.complaints.deadlines.api import engine_of
from services.complaints.frame import PAGES, SEE_OTHER
from services.complaints.integrity.data import limits
from services.complaints.integrity.domain.gifts import (
    Direction,
    Gift,
    ObjectKind,
    Occasion,
    Relation,
)
from services.complaints.integrity.pages import words
from services.complaints.integrity.pages.offers import steps
from services.complaints.integrity.schemas import MOST_RUPIAH, gift_out
from services.complaints.integrity.usecases import gifts
from services.complaints.integrity.usecases.gifts import Report
from services.complaints.matters.api import ByTimeLeft
from services.complaints.matters.forms import today_of
from services.complaints.matters.schemas import Words, clocks_of, due_of, due_title
from services.complaints.matters.store import Dossier
from services.complaints.matters.words import zone_of
from services.complaints.secrecy.serving import identities_of
from services.complaints.units import units_within
from shared.db.clock import database_now
from shared.http.addresses import GIFTS, gift_page
from shared.http.api.paging import encode_cursor
from shared.http.authorization import PageCaller
from shared.http.fields import Day, UnitId, read_digits
from shared.http.once import OnceBody, told_once
from shared.http.pages import lists
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError

router = APIRouter()
UnitQuery = Annotated[UnitId | Literal[""], Query()]
REPORT = f"{GIFTS}/lapor"
LABELS = {
    "office": "Unit Anda",
    "direction": "Diterima atau ditolak",
    "received_on": "Tanggal",
    "object_kind": "Jenis",
    "estimate": "Taksiran nilai",
    "occasion": "Peristiwa",
    "giver_relation": "Hubungan dengan pemberi",
    "giver": "Nama pemberi",
    "place": "Tempat",
}


_THOUSANDS = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+")
"""Dots that part thousands; any other dot would be a fraction, which nobody reports."""


def _plain(typed: Any) -> Any:
    """Let an amount be written as people do: `Rp1.500.000`."""
    if not isinstance(typed, str):
        return typed
    amount = typed.removeprefix("Rp").strip()
    return amount.replace(".", "") if _THOUSANDS.fullmatch(amount) else amount


Amount = Annotated[
    int,
    Field(ge=0, le=MOST_RUPIAH),
    BeforeValidator(read_digits),
    BeforeValidator(_plain),
]
"""Whole rupiah as people write them."""


class GiftForm(OnceBody):
    """What somebody of the unit reports."""

    office: UnitId
    direction: Direction
    received_on: Day
    place: Words
    object_kind: ObjectKind
    estimate: Amount
    occasion: Occasion
    giver_relation: Relation
    giver: Words | None = None


@router.get(GIFTS, operation_id="page_gifts")
async def show_list(
    request: Request,
    actor: PageCaller,
    page: ByTimeLeft,
    state: Annotated[Literal["open", "closed", ""], Query()] = "",
    late: Annotated[Literal["1", ""], Query()] = "",
) -> HTMLResponse:
    """Show the gifts in sight, what burns first."""
    after: tuple[datetime, UUID] | None = page.after
    is_open, policies = state != "closed", engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        rows = await gifts.gift_page(
            session,
            actor,
            unit_id=None,
            is_open=is_open,
            is_late=bool(late) and is_open,
            after=after,
            limit=page.limit + 1,
        )
        now = await database_now(session)
    shown = rows[: page.limit]
    following = None
    if len(rows) > page.limit:
        following = encode_cursor((shown[-1]["runs_out_at"].isoformat(), str(shown[-1]["id"])))
    here = {"state": state if state == "closed" else "", "late": late}
    return PAGES.page(
        request,
        "gifts.html",
        lines=[
            due_of(row) | {"left": words.left(row, now), "due_title": due_title(row, policies)}
            for row in shown
        ],
        is_open=is_open,
        is_late=bool(late),
        sees_others=actor.has(*gifts.OFFICES),
        chips=[
            ("Terbuka", GIFTS, None, is_open and not late),
            ("Lewat waktu", f"{GIFTS}?late=1", None, bool(late) and is_open),
            ("Selesai", f"{GIFTS}?state=closed", None, not is_open),
        ],
        words=words,
        next=following,
        more=lists.address(GIFTS, here),
    )


@router.get(REPORT, operation_id="page_report_gift")
async def show_form(request: Request, actor: PageCaller, unit: UnitQuery = "") -> HTMLResponse:
    """Show the form of a report, with the limits explained."""
    return await _form(request, actor, Form[GiftForm]({"office": unit} if unit else {}), 200)


@router.post(REPORT, operation_id="page_send_gift")
async def send(request: Request, actor: PageCaller) -> Response:
    """Take a report and lead on to it; sent twice, the same form reports once."""
    form = await read_form(request, GiftForm)
    if (data := form.data) is None:
        return await _form(request, actor, form, 422)
    engine = engine_of(request)
    gift = Gift(**data.model_dump(exclude={"office", "giver", "key"}))

    def reply(made: Dossier) -> Mapping[str, Any]:
        return {"id": str(made.id)}

    try:
        giver = await gifts.seal_giver(identities_of(request), data.giver, state_of(request.app).db)
        said = Report(data.office, gift, giver)
        told = await told_once(
            request, actor, form, lambda session: gifts.report(session, engine, actor, said), reply
        )
    except DomainError as refused:
        form.refuse(refused, {"not_found": "office", "unit_id": "office"})
        return await _form(request, actor, form, status_of(request, refused.code))
    return RedirectResponse(gift_page(told["id"]), SEE_OTHER)


@router.get(f"{GIFTS}/{{gift_id}}", operation_id="page_gift")
async def show(request: Request, actor: PageCaller, gift_id: UUID) -> HTMLResponse:
    """Show one report: how much time is left, what may be done, the limits beside it, what was done."""
    engine = engine_of(request)
    policies = engine.policies
    async with state_of(request.app).db.reading() as session:
        found = await gifts.gift_detail(session, actor, gift_id)
        now = await database_now(session)
        offered = await steps(session, engine, actor, found, words.GIFT_STEPS, now)
    told = gift_out(found, policies)
    return PAGES.page(
        request,
        "gift.html",
        gift=told,
        left=words.left(found, now),
        due_title=due_title(found, policies),
        steps=offered,
        may_read_giver=actor.has("gratification_officer", "inspector") and not found["is_own"],
        clocks=clocks_of(found, policies),
        limits=[(words.limit_words(one), one.source) for one in told.limits],
        zone=zone_of(found),
        words=words,
    )


async def _form(request: Request, actor: PageCaller, form: Form[GiftForm], status: int) -> HTMLResponse:
    db = state_of(request.app).db
    units = await db.read(lambda session: units_within(session, actor, form.values.get("office")))
    if len(units) == 1 and "office" not in form.values:
        form.values = {**form.values, "office": units[0][0]}
    today = await db.read(lambda session: today_of(session, form.values.get("office")))
    return PAGES.page(
        request,
        "gift_form.html",
        status=status,
        form=form,
        labels=LABELS,
        units=units,
        words=words,
        limits=[one for one in limits() if one.valid_from <= today <= one.valid_to],
    )
