"""Acts on channels as pages: open one, change it, note where it hangs, note a test, close it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.channels.data import kinds
from services.complaints.channels.pages import words
from services.complaints.channels.schemas import (
    Address,
    KindName,
    Label,
    Mark,
    Note,
    Picture,
    PlaceKind,
    PlaceText,
    Reason,
)
from services.complaints.channels.store import Registered
from services.complaints.channels.usecases import register
from services.complaints.channels.usecases.register import Published, Said
from services.complaints.frame import PAGES, SEE_OTHER, version_of
from shared.http.addresses import CHANNEL_REGISTER, channel_page
from shared.http.authorization import PageCaller
from shared.http.fields import Day, Digits
from shared.http.once import OnceBody, told_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError, NotFoundError
from shared.security import Principal

router = APIRouter()
MOST_UNITS = 200
Act = Literal["ubah", "tempat", "tutup"]
LABELS = {
    "office": "Untuk",
    "kind": "Jenis",
    "label": "Nama",
    "address": "Alamat atau nomor",
    "mark": "Kata penanda",
    "opened_on": "Dibuka sejak",
    "place_kind": "Berupa",
    "place": "Tempat",
    "published_on": "Dipasang sejak",
    "picture": "Rujukan foto",
    "result": "Hasil uji",
    "note": "Catatan",
    "reason": "Alasan",
    "closed_on": "Ditutup sejak",
}
AT = {"unit_id": "office", "agency_id": "office"}
OFFICE = r"^(unit|agency):[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


class OpenForm(OnceBody):
    """A channel to be opened; `office` names the unit, or the agency as a whole."""

    office: Annotated[str, Field(pattern=OFFICE)]
    kind: KindName
    label: Label
    address: Address
    mark: Mark | None = None
    opened_on: Day | None = None


class ChangeForm(OnceBody):
    """What a channel says from now on."""

    version: Digits
    label: Label
    address: Address
    mark: Mark | None = None


class PlaceForm(OnceBody):
    """Where a channel is made known."""

    version: Digits
    place_kind: PlaceKind
    place: PlaceText
    published_on: Day | None = None
    picture: Picture | None = None


class CloseForm(OnceBody):
    """Why, and since when, a channel is closed."""

    version: Digits
    reason: Reason
    closed_on: Day | None = None


class TestedForm(OnceBody):
    """What a test found."""

    __test__ = False

    result: Literal["ok", "failed"]
    note: Note


FORMS: dict[Act, type[OnceBody]] = {"ubah": ChangeForm, "tempat": PlaceForm, "tutup": CloseForm}
Work = Callable[[AsyncSession], Awaitable[Registered]]


@router.get(f"{CHANNEL_REGISTER}/buka/baru", operation_id="page_new_channel")
async def ask_new(request: Request, actor: PageCaller, unit: str = "") -> HTMLResponse:
    """Show the form of a new channel."""
    return await _new(request, actor, Form[OpenForm]({"office": f"unit:{unit}"} if unit else {}), 200)


@router.post(f"{CHANNEL_REGISTER}/buka/baru", operation_id="page_open_channel")
async def open_new(request: Request, actor: PageCaller) -> Response:
    """Open a channel; sent twice, the same form opens one."""
    form = await read_form(request, OpenForm)
    if (data := form.data) is None:
        return await _new(request, actor, form, 422)
    level, _, place = data.office.partition(":")
    said = Said(data.label, data.address, data.mark)
    try:
        made = await told_once(
            request,
            actor,
            form,
            lambda session: register.enter(
                session,
                actor,
                unit_id=place if level == "unit" else None,
                agency_id=place if level == "agency" else None,
                kind=data.kind,
                said=said,
                opened_on=data.opened_on,
            ),
            lambda one: {"id": str(one.channel.id)},
        )
    except DomainError as refused:
        form.refuse(refused, AT | {"not_found": "office"})
        return await _new(request, actor, form, status_of(request, refused.code))
    return RedirectResponse(channel_page(made["id"]), SEE_OTHER)


@router.get(f"{CHANNEL_REGISTER}/{{channel_id}}/uji", operation_id="page_ask_channel_test")
async def ask_test(request: Request, actor: PageCaller, channel_id: UUID) -> HTMLResponse:
    """Show the form of a test."""
    return await _act(request, actor, channel_id, "uji", Form(), 200)


@router.post(f"{CHANNEL_REGISTER}/{{channel_id}}/uji", operation_id="page_do_channel_test")
async def note_test(request: Request, actor: PageCaller, channel_id: UUID) -> Response:
    """Note what a test found."""
    form = await read_form(request, TestedForm)
    if (data := form.data) is None:
        return await _act(request, actor, channel_id, "uji", form, 422)
    is_ok, note = data.result == "ok", data.note

    async def work(session: AsyncSession) -> Registered:
        return await register.record_test(session, actor, channel_id, is_ok=is_ok, note=note)

    return await _do(request, actor, channel_id, "uji", form, work)


@router.get(f"{CHANNEL_REGISTER}/{{channel_id}}/{{act}}", operation_id="page_ask_channel_act")
async def ask(request: Request, actor: PageCaller, channel_id: UUID, act: Act) -> HTMLResponse:
    """Show the form of an act, and what it does."""
    return await _act(request, actor, channel_id, act, Form(), 200)


@router.post(f"{CHANNEL_REGISTER}/{{channel_id}}/{{act}}", operation_id="page_do_channel_act")
async def do(request: Request, actor: PageCaller, channel_id: UUID, act: Act) -> Response:
    """Do an act; refused, the page says why and keeps what was typed."""
    form: Form[Any] = await read_form(request, FORMS[act])
    data = form.data
    if data is None:
        return await _act(request, actor, channel_id, act, form, 422)

    async def work(session: AsyncSession) -> Registered:
        match data:
            case ChangeForm():
                said = Said(data.label, data.address, data.mark)
                return await register.change(session, actor, channel_id, data.version, said)
            case PlaceForm():
                where = Published(data.place_kind, data.place, data.published_on, data.picture)
                return await register.publish(session, actor, channel_id, data.version, where)
            case _:
                return await register.close(
                    session, actor, channel_id, data.version, data.reason, data.closed_on
                )

    return await _do(request, actor, channel_id, act, form, work)


async def _do(
    request: Request, actor: Principal, channel_id: UUID, act: str, form: Form[Any], work: Work
) -> Response:
    try:
        await told_once(request, actor, form, work, lambda _: {})
    except NotFoundError:
        raise
    except DomainError as refused:
        form.refuse(refused)
        return await _act(request, actor, channel_id, act, form, status_of(request, refused.code))
    return RedirectResponse(channel_page(str(channel_id)), SEE_OTHER)


async def _act(
    request: Request, actor: Principal, channel_id: UUID, act: str, form: Form[Any], status: int
) -> HTMLResponse:
    one = await state_of(request.app).db.read(lambda session: register.show(session, actor, channel_id))
    channel = one.channel
    if not form.values and act == "ubah":
        form.values = {"label": channel.label, "address": channel.address, "mark": channel.mark or ""}
    return PAGES.page(
        request,
        "channel_act.html",
        status=status,
        one=one,
        kind=kinds()[channel.kind],
        act=act,
        form=form,
        version=version_of(form, status, channel.version),
        labels=LABELS,
        words=words,
    )


async def _new(request: Request, actor: Principal, form: Form[OpenForm], status: int) -> HTMLResponse:
    found = await state_of(request.app).db.read(
        lambda session: units.in_scope(session, actor.scope, (), MOST_UNITS)
    )
    offices: Sequence[tuple[str, str]] = [(f"unit:{one.unit_id}", one.name) for one in found if one.is_active]
    if actor.scope.level != "unit":
        agencies = sorted({one.agency_id for one in found})
        offices = [*offices, *((f"agency:{one}", f"Semua unit {one}") for one in agencies)]
    if len(offices) == 1 and "office" not in form.values:
        form.values = {**form.values, "office": offices[0][0]}
    return PAGES.page(
        request,
        "channel_new.html",
        status=status,
        form=form,
        offices=offices,
        labels=LABELS,
        words=words,
    )
