"""Handling units as pages: who is appointed by which decree, entered, changed and ended."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BeforeValidator, Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units as units_of
from services.complaints.decrees import store, usecases, words
from services.complaints.decrees.domain import STREAMS, Decree, HandlingUnit, Member, Reach, Stream
from services.complaints.decrees.schemas import MOST_MEMBERS, MemberIn, Name, Number, Reason
from services.complaints.decrees.usecases import Content
from services.complaints.frame import PAGES, SEE_OTHER, version_of
from shared.contracts.complaints import MOST_SERVED
from shared.http.addresses import HANDLING_UNITS, handling_unit_page
from shared.http.api.paging import PageById, encode_cursor
from shared.http.authorization import PageCaller
from shared.http.fields import Day, Digits, UnitId
from shared.http.once import OnceBody, do_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError, NotFoundError
from shared.security import Principal

router = APIRouter()
EDITORS = ("complaint_supervisor", "inspector", "admin")
"""Who enters, changes and ends, as the access matrix says."""
UNPROCESSABLE = 422
MOST_NAMED = 20
"""Units that the form names by themselves; whoever has more in sight knows their ids."""
LABELS = {
    "name": "Nama",
    "decree_number": "Nomor surat keputusan",
    "decreed_on": "Tanggal surat keputusan",
    "valid_from": "Berlaku sejak",
    "valid_to": "Berlaku sampai",
    "streams": "Menangani",
    "units": "Unit yang dilayani",
    "agency_id": "Instansi",
    "members": "Anggota",
    "reason": "Alasan",
}
_AT = {"unit_ids": "units", "unit_ids.*": "units", "not_found": "units"}
_BOTH = "keduanya"
Handled = Literal["masyarakat", "pelayanan", "keduanya"]
HANDLED: Mapping[Handled, str] = {
    "keduanya": "pengaduan masyarakat dan keluhan pelayanan",
    "masyarakat": words.STREAMS["masyarakat"],
    "pelayanan": words.STREAMS["pelayanan"],
}


def _names(text: Any) -> Any:
    return text.split() if isinstance(text, str) else text


def _members(text: Any) -> Any:
    """Return who each line names: an account, and as what, a simple member unless it is said.

    Raises `ValueError` for a line with another role, which says where it is.
    """
    if not isinstance(text, str):
        return text
    roles, found = {told: role for role, told in words.ROLES.items()}, []
    for number, line in enumerate(text.splitlines(), 1):
        account, _, told = line.strip().partition(" ")
        role = roles.get(" ".join(told.lower().split())) if told else "anggota"
        if role is None:
            offered = ", ".join(words.ROLES.values())
            raise ValueError(f"Baris {number}: peran “{told.strip()}” tidak dikenal; pilih {offered}.")
        if account:
            found.append({"subject": account, "role": role})
    return found


class UnitForm(OnceBody):
    """A handling unit as its form sends it: a line for each member, units by their ids or the agency."""

    name: Name
    decree_number: Number | None = None
    decreed_on: Day | None = None
    valid_from: Day
    valid_to: Day | None = None
    streams: Handled
    units: Annotated[tuple[UnitId, ...], Field(max_length=MOST_SERVED), BeforeValidator(_names)] = ()
    agency_id: UnitId | None = None
    members: Annotated[
        tuple[MemberIn, ...], Field(min_length=1, max_length=MOST_MEMBERS), BeforeValidator(_members)
    ]

    def content(self) -> Content:
        """Return what the decree says."""
        streams: tuple[Stream, ...] = STREAMS if self.streams == "keduanya" else (self.streams,)
        return Content(
            name=self.name,
            reach=Reach(self.agency_id or "", not self.units, tuple(sorted(set(self.units)))),
            decree=Decree(self.decree_number, self.decreed_on, self.valid_from, self.valid_to),
            streams=streams,
            members=tuple(Member(one.subject, one.role) for one in self.members),
        )


class ChangeForm(UnitForm):
    """The same of one that exists, at the version that was read."""

    version: Digits


class EndForm(OnceBody):
    """Why a handling unit ends."""

    version: Digits
    reason: Reason


@router.get(HANDLING_UNITS, operation_id="page_handling_units")
async def show_list(
    request: Request, actor: PageCaller, page: PageById, unit: Annotated[UnitId | Literal[""], Query()] = ""
) -> HTMLResponse:
    """Show the handling units within reach: whom they serve, and how they stand."""

    async def look(session: AsyncSession) -> tuple[list[HandlingUnit], list[date], dict[str, str]]:
        found = await usecases.listed(
            session,
            actor,
            unit_id=unit or None,
            after=page.after[0] if page.after else usecases.FIRST,
            limit=page.limit + 1,
        )
        days = await usecases.days(session, [one.reach for one in found])
        return found, days, await _served(session, found)

    found, days, names = await state_of(request.app).db.read(look)
    shown = list(zip(found, days, strict=True))[: page.limit]
    has_more = len(found) > page.limit
    missing = sum(one.is_decree_missing and one.standing(today) == "in_force" for one, today in shown)
    return PAGES.page(
        request,
        "handling_units.html",
        verdict=words.verdict(len(shown), missing, is_whole=not (has_more or page.after)),
        missing=missing,
        lines=[(one, words.standing(one, today), words.serves(one, names)) for one, today in shown],
        streams=words.STREAMS,
        days=words.days,
        unit=unit,
        next=encode_cursor((str(shown[-1][0].id),)) if has_more else None,
        page_of=handling_unit_page,
        may_edit=actor.has(*EDITORS),
    )


@router.get(f"{HANDLING_UNITS}/baru", operation_id="page_new_handling_unit")
async def ask_new(request: Request, actor: PageCaller) -> HTMLResponse:
    """Show the form of a handling unit."""
    return await _form(request, actor, None, Form[UnitForm]({"streams": _BOTH}), 200)


@router.post(f"{HANDLING_UNITS}/baru", operation_id="page_enter_handling_unit")
async def enter(request: Request, actor: PageCaller) -> Response:
    """Enter a handling unit with its decree; sent twice, the same form enters one."""
    form = await read_form(request, UnitForm)
    if (data := form.data) is None:
        return await _form(request, actor, None, form, UNPROCESSABLE)
    try:
        await do_once(request, actor, form, lambda session: usecases.enter(session, actor, data.content()))
    except DomainError as error:
        form.refuse(error, _AT)
        return await _form(request, actor, None, form, status_of(request, error.code))
    return RedirectResponse(HANDLING_UNITS, SEE_OTHER)


@router.get(f"{HANDLING_UNITS}/{{handling_unit_id}}", operation_id="page_handling_unit")
async def show(request: Request, actor: PageCaller, handling_unit_id: UUID) -> HTMLResponse:
    """Show a handling unit with its decree and its members."""
    found, today, names = await _found(request, actor, handling_unit_id)
    return PAGES.page(
        request,
        "handling_unit.html",
        found=found,
        standing=words.standing(found, today),
        serves=words.serves(found, names),
        days=words.days(found),
        streams=words.STREAMS,
        roles=words.ROLES,
        here=handling_unit_page(found.id),
        may_edit=actor.has(*EDITORS)
        and found.ended_on is None
        and usecases.reaches(actor.scope, found.reach),
    )


@router.get(f"{HANDLING_UNITS}/{{handling_unit_id}}/ubah", operation_id="page_edit_handling_unit")
async def ask_change(request: Request, actor: PageCaller, handling_unit_id: UUID) -> HTMLResponse:
    """Show what the decree says, to be changed."""
    found = await _editable(request, actor, handling_unit_id)
    return await _form(request, actor, found, Form[ChangeForm](_known(found)), 200)


@router.post(f"{HANDLING_UNITS}/{{handling_unit_id}}/ubah", operation_id="page_change_handling_unit")
async def change(request: Request, actor: PageCaller, handling_unit_id: UUID) -> Response:
    """Enter what the decree says now, all of it: who is not named is no member."""
    found = await _editable(request, actor, handling_unit_id)
    form = await read_form(request, ChangeForm)
    if (data := form.data) is None:
        return await _form(request, actor, found, form, UNPROCESSABLE)
    try:
        await do_once(
            request,
            actor,
            form,
            lambda session: usecases.change(session, actor, handling_unit_id, data.version, data.content()),
        )
    except NotFoundError:
        raise
    except DomainError as error:
        now = await _editable(request, actor, handling_unit_id)
        form.refuse(error, _AT, present=_values(now))
        return await _form(request, actor, now, form, status_of(request, error.code))
    return RedirectResponse(handling_unit_page(handling_unit_id), SEE_OTHER)


@router.get(f"{HANDLING_UNITS}/{{handling_unit_id}}/akhiri", operation_id="page_ask_end_handling_unit")
async def ask_end(request: Request, actor: PageCaller, handling_unit_id: UUID) -> HTMLResponse:
    """Say what ending a handling unit does, and ask why."""
    found = await _editable(request, actor, handling_unit_id)
    return _end_page(request, found, Form[EndForm](), 200)


@router.post(f"{HANDLING_UNITS}/{{handling_unit_id}}/akhiri", operation_id="page_end_handling_unit")
async def end(request: Request, actor: PageCaller, handling_unit_id: UUID) -> Response:
    """End a handling unit today; cases of its members stay theirs."""
    found = await _editable(request, actor, handling_unit_id)
    form = await read_form(request, EndForm)
    if (data := form.data) is None:
        return _end_page(request, found, form, UNPROCESSABLE)
    try:
        await do_once(
            request,
            actor,
            form,
            lambda session: usecases.end(session, actor, handling_unit_id, data.version, data.reason),
        )
    except NotFoundError:
        raise
    except DomainError as error:
        form.refuse(error)
        now = await _editable(request, actor, handling_unit_id)
        return _end_page(request, now, form, status_of(request, error.code))
    return RedirectResponse(handling_unit_page(handling_unit_id), SEE_OTHER)


async def _served(session: AsyncSession, found: list[HandlingUnit]) -> dict[str, str]:
    return await store.names(session, sorted({one for unit in found for one in unit.reach.unit_ids}))


async def _found(
    request: Request, actor: Principal, handling_unit_id: UUID
) -> tuple[HandlingUnit, date, dict[str, str]]:
    async def look(session: AsyncSession) -> tuple[HandlingUnit, date, dict[str, str]]:
        found = await usecases.show(session, actor, handling_unit_id)
        [today] = await usecases.days(session, [found.reach])
        return found, today, await _served(session, [found])

    return await state_of(request.app).db.read(look)


async def _editable(request: Request, actor: Principal, handling_unit_id: UUID) -> HandlingUnit:
    return await state_of(request.app).db.read(
        lambda session: usecases.show_editable(session, actor, handling_unit_id)
    )


def _known(unit: HandlingUnit) -> dict[str, Any]:
    """Return what the form of a handling unit shows at first; what is not known is left out."""
    return {name: str(value) for name, value in _values(unit).items() if value}


def _values(unit: HandlingUnit) -> dict[str, Any]:
    """Return what the fields of a handling unit's form hold for what is entered."""
    reach, decree = unit.reach, unit.decree
    return {
        "name": unit.name,
        "decree_number": decree.number,
        "decreed_on": decree.decreed_on,
        "valid_from": decree.valid_from,
        "valid_to": decree.valid_to,
        "streams": _BOTH if len(unit.streams) > 1 else unit.streams[0],
        "units": "\n".join(reach.unit_ids),
        "agency_id": reach.agency_id if reach.is_for_agency else None,
        "members": "\n".join(
            one.subject if one.role == "anggota" else f"{one.subject} {words.ROLES[one.role]}"
            for one in unit.members
        ),
    }


async def _form(
    request: Request, actor: Principal, found: HandlingUnit | None, form: Form[Any], status: int
) -> HTMLResponse:
    units = await state_of(request.app).db.read(
        lambda session: units_of.units_within(session, actor, most=MOST_NAMED + 1)
    )
    return PAGES.page(
        request,
        "handling_unit_form.html",
        status=status,
        form=form,
        found=found,
        version=None if found is None else version_of(form, status, found.version),
        back=HANDLING_UNITS if found is None else handling_unit_page(found.id),
        handled=HANDLED.items(),
        roles=", ".join(words.ROLES.values()),
        units=units if len(units) <= MOST_NAMED else [],
        labels=LABELS,
    )


def _end_page(request: Request, found: HandlingUnit, form: Form[EndForm], status: int) -> HTMLResponse:
    return PAGES.page(
        request,
        "handling_unit_end.html",
        status=status,
        form=form,
        found=found,
        version=version_of(form, status, found.version),
        back=handling_unit_page(found.id),
        labels=LABELS,
    )
