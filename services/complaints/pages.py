"""Public pages: report something, and follow it by receipt. No log-in, no script."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.data import intake_rules
from services.complaints.domain.cases import ACTS, OPEN, ActName, Case, State
from services.complaints.domain.intake import shown
from services.complaints.office import (
    INTAKE_LIMIT,
    RECEIPT_LIMIT,
    REPORTER,
    UNAVAILABLE,
    case_behind,
    limit_unit,
    office_of,
    open_receipt,
    report_of,
)
from services.complaints.schemas import PersonText, ReportIn, ReportText, Text
from services.complaints.store import units
from services.complaints.usecases import acts, queries
from services.complaints.usecases.intake import receive
from shared.http import Command, MenuEntry, PageCaller, Pages
from shared.http.bursts import RateLimitedError
from shared.http.crosssite import OWN_FORM
from shared.http.forms import Form, read_form
from shared.http.state import state_of
from shared.kernel import DomainError, NotFoundError
from shared.security import PUBLIC

COOKIE = "__Host-zi-complaints-receipt"
PAGES = Pages(
    title="Pengaduan",
    folder=Path(__file__).parent,
    menu=(MenuEntry("Lapor", "/lapor"), MenuEntry("Lacak", "/lacak")),
    cookies=(COOKIE,),
)
SEE_OTHER = 303

router = APIRouter()


class ReportForm(BaseModel):
    """The public form. `place` is `unit:<id>` or `agency:<id>`; `website` is a trap that people never see."""

    model_config = ConfigDict(extra="forbid")

    place: Annotated[str, Field(pattern=r"^(unit|agency):[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    text: ReportText
    event_on: date | None = None
    name: PersonText | None = None
    contact: PersonText | None = None
    is_name_hidden: bool = False
    is_content_secret: bool = False
    privacy_notice: Annotated[str, Field(max_length=20)]
    key: Annotated[str, Field(min_length=20, max_length=100)]
    website: Annotated[str, Field(max_length=0)] = ""

    def report(self) -> ReportIn:
        level, _, name = self.place.partition(":")
        fields = self.model_dump(exclude={"place", "key", "website"})
        return ReportIn(**{f"{level}_id": name}, **fields)


class ReceiptForm(BaseModel):
    """A receipt as typed."""

    receipt: Annotated[str, Field(max_length=60)]


class CompletionForm(BaseModel):
    """What was missing."""

    text: Text


@router.get("/", operation_id="page_home")
async def home() -> Response:
    """Send to the form: it is what people come for."""
    return RedirectResponse("/lapor", SEE_OTHER)


@router.get("/lapor", operation_id="page_report")
async def show_report(request: Request, unit: str = "") -> Response:
    """Show the empty form; `?unit=` chooses a unit, for links on the unit's own pages."""
    form = Form[ReportForm](values={"place": f"unit:{unit}"} if unit else {})
    return await _report_page(request, form, status=200)


@router.post("/lapor", operation_id="page_send_report", dependencies=[INTAKE_LIMIT])
async def send_report(request: Request, actor: PageCaller) -> Response:
    """Take the report and show its receipt; sent twice, the same form gives the same receipt."""
    form = await read_form(request, ReportForm)
    if (data := form.data) is None:
        return await _report_page(request, form, status=422)
    office = office_of(request)
    try:
        await limit_unit(request, data.place.partition(":")[2])
        receipt = await office.receipts.issue(data.key)
        answer = await Command(request, state_of(request.app).db, actor, data.key).run(
            lambda session: receive(session, office.desk, receipt, PUBLIC, report_of(data.report())),
            reply=lambda made: {"tracking_id": made.tracking_id, "receipt": shown(made.receipt)},
        )
    except UNAVAILABLE:
        raise
    except DomainError as error:
        form.refuse(error)
        return await _report_page(request, form, status=429 if isinstance(error, RateLimitedError) else 422)
    return PAGES.page(request, "received.html", **orjson.loads(answer.body))


async def _report_page(request: Request, form: Form[ReportForm], *, status: int) -> Response:
    known = await state_of(request.app).db.read(units.active)
    rules = intake_rules()
    places = [(f"unit:{unit.unit_id}", unit.name) for unit in known]
    agencies = sorted({unit.agency_id for unit in known})
    places += [(f"agency:{agency}", f"Saya tidak tahu unitnya ({agency})") for agency in agencies]
    return PAGES.page(
        request,
        "report.html",
        status=status,
        form=form,
        places=places,
        rules=rules,
        key=form.values.get("key") or secrets.token_urlsafe(24),
    )


class ObjectionForm(BaseModel):
    """What the reporter objects to in the answer."""

    text: Text


@router.get("/lacak", operation_id="page_track")
async def show_track(request: Request) -> Response:
    """Ask for the receipt."""
    return PAGES.page(request, "track.html", form=Form[ReceiptForm]())


@router.post("/lacak", operation_id="page_open_case", dependencies=[RECEIPT_LIMIT])
async def open_case(request: Request) -> Response:
    """Open the case behind a receipt."""
    form = await read_form(request, ReceiptForm)
    if form.data is None:
        return PAGES.page(request, "track.html", form=form, status=422)
    try:
        token = await open_receipt(request, form.data.receipt)
    except NotFoundError as error:
        form.errors["receipt"] = error.message
        return PAGES.page(request, "track.html", form=form, status=404)
    response = RedirectResponse("/lacak/pengaduan", SEE_OTHER)
    minutes = intake_rules().receipt_session_minutes
    response.set_cookie(COOKIE, token, max_age=minutes * 60, secure=True, httponly=True, samesite="lax")
    return response


@router.get("/lacak/pengaduan", operation_id="page_my_case")
async def show_my_case(request: Request) -> Response:
    """Show the reporter's case."""
    return await _case_page(request, "my_case.html", Form[CompletionForm]())


@router.post("/lacak/pengaduan/lengkapi", operation_id="page_complete", dependencies=[OWN_FORM])
async def complete(request: Request) -> Response:
    """Take the missing facts."""
    form = await read_form(request, CompletionForm)
    if (data := form.data) is None:
        return await _case_page(request, "my_case.html", form, status=422)
    desk = office_of(request).desk

    async def act(session: AsyncSession) -> Case:
        case_id = await case_behind(session, request.cookies.get(COOKIE))
        return await acts.complete(session, desk, REPORTER, case_id, None, note=data.text, is_reporter=True)

    return await _act(request, act, form)


@router.get("/lacak/pengaduan/terima", operation_id="page_confirm_accept")
async def confirm_accept(request: Request) -> Response:
    """Say what accepting means before it happens."""
    return await _case_page(request, "accept.html", Form[CompletionForm]())


@router.post("/lacak/pengaduan/terima", operation_id="page_accept", dependencies=[OWN_FORM])
async def accept(request: Request) -> Response:
    """Close the case because its reporter accepts the answer."""
    desk = office_of(request).desk

    async def act(session: AsyncSession) -> Case:
        return await acts.accept(
            session, desk, REPORTER, await case_behind(session, request.cookies.get(COOKIE))
        )

    return await _act(request, act, Form[CompletionForm]())


@router.get("/lacak/pengaduan/keberatan", operation_id="page_object")
async def show_objection(request: Request) -> Response:
    """Ask what the reporter objects to, and say what follows."""
    return await _case_page(request, "object.html", Form[ObjectionForm](), act="object")


@router.post("/lacak/pengaduan/keberatan", operation_id="page_send_objection", dependencies=[OWN_FORM])
async def send_objection(request: Request) -> Response:
    """Take the objection to the answer."""
    form = await read_form(request, ObjectionForm)
    if (data := form.data) is None:
        return await _case_page(request, "object.html", form, status=422)
    desk = office_of(request).desk

    async def act(session: AsyncSession) -> Case:
        case_id = await case_behind(session, request.cookies.get(COOKIE))
        return await acts.object_to_answer(session, desk, REPORTER, case_id, reason=data.text)

    return await _act(request, act, form, "object.html")


@router.get("/lacak/pengaduan/cabut", operation_id="page_confirm_withdraw")
async def confirm_withdraw(request: Request) -> Response:
    """Say what withdrawing means before it happens."""
    return await _case_page(request, "withdraw.html", Form[CompletionForm](), act="withdraw")


@router.post("/lacak/pengaduan/cabut", operation_id="page_withdraw", dependencies=[OWN_FORM])
async def withdraw(request: Request) -> Response:
    """End the case because its reporter takes it back."""
    desk = office_of(request).desk

    async def act(session: AsyncSession) -> Case:
        return await acts.withdraw(
            session, desk, REPORTER, await case_behind(session, request.cookies.get(COOKIE))
        )

    return await _act(request, act, Form[CompletionForm]())


@router.post("/lacak/keluar", operation_id="page_leave", dependencies=[OWN_FORM])
async def leave() -> Response:
    """Forget the receipt in this browser."""
    response = RedirectResponse("/lacak", SEE_OTHER)
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
    return response


async def _act(
    request: Request,
    act: Callable[[AsyncSession], Awaitable[Case]],
    form: Form[Any],
    template: str = "my_case.html",
) -> Response:
    """Do an act of the reporter; refused, `template` says why and keeps what was typed."""
    try:
        await state_of(request.app).db.run(act)
    except NotFoundError:
        return RedirectResponse("/lacak", SEE_OTHER)
    except UNAVAILABLE:
        raise
    except DomainError as error:
        form.refuse(error)
        return await _case_page(request, template, form, status=409)
    return RedirectResponse("/lacak/pengaduan", SEE_OTHER)


async def _case_page(
    request: Request, template: str, form: Form[Any], *, status: int = 200, act: ActName | None = None
) -> Response:
    """Show a page about the reporter's case; with `act` only while that act is possible."""

    async def look(session: AsyncSession) -> Any:
        return await queries.my_case(session, await case_behind(session, request.cookies.get(COOKIE)))

    try:
        found = await state_of(request.app).db.read(look)
    except NotFoundError:
        return RedirectResponse("/lacak", SEE_OTHER)
    if act is not None and State(found["state"]) not in ACTS[act].sources:
        return RedirectResponse("/lacak/pengaduan", SEE_OTHER)
    return PAGES.page(
        request,
        template,
        status=status,
        form=form,
        case=found,
        zone=found["zone"] or "WIB",
        State=State,
        is_open=State(found["state"]) in OPEN,
    )
