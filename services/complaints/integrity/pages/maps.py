"""The map of possible conflicts of a unit as pages, with its yearly review."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.api import engine_of
from services.complaints.frame import PAGES, SEE_OTHER, version_of
from services.complaints.integrity.domain.conflicts import ConflictType
from services.complaints.integrity.pages import words
from services.complaints.integrity.pages.gifts import UnitQuery
from services.complaints.integrity.schemas import map_out
from services.complaints.integrity.store import conflicts as store
from services.complaints.integrity.usecases import maps
from services.complaints.integrity.usecases.maps import Said
from services.complaints.matters.schemas import Text, Words, due_of
from services.complaints.units import units_within
from shared.db.clock import database_now
from shared.http.addresses import CONFLICTS, map_page
from shared.http.authorization import PageCaller
from shared.http.fields import Digits, UnitId, YearText
from shared.http.once import OnceBody, do_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError
from shared.security import Principal
from shared.security.roles import CONFLICT_DECIDERS, MAP_EDITORS

router = APIRouter()
MAP = f"{CONFLICTS}/peta"
LABELS = {
    "office": "Unit",
    "activity": "Kegiatan",
    "position": "Jabatan",
    "conflict_type": "Jenis benturan",
    "control": "Cara pengendalian",
}


class EntryForm(OnceBody):
    """What an entry of a unit's map says."""

    office: UnitId
    activity: Words
    position: Words
    conflict_type: ConflictType
    control: Text

    @property
    def said(self) -> Said:
        return Said(self.activity, self.position, self.conflict_type, self.control)


class ChangeForm(OnceBody):
    """What an entry says from now on, or that it stays as it is, or is taken off."""

    version: Digits
    act: Literal["change", "confirm", "retire"]
    activity: Words
    position: Words
    conflict_type: ConflictType
    control: Text

    @property
    def said(self) -> Said:
        return Said(self.activity, self.position, self.conflict_type, self.control)


_OF_ENTRY = ("activity", "position", "conflict_type", "control")
"""What an entry says, by the fields of its form."""


class ReviewForm(OnceBody):
    """Whose map was looked at, in which year."""

    office: UnitId
    map_year: YearText
    version: Digits


@router.get(MAP, operation_id="page_map")
async def show(request: Request, actor: PageCaller, unit: UnitQuery = "") -> HTMLResponse:
    """Show a unit's map with how much of it was looked at this year."""
    return await _map(request, actor, unit, Form[ReviewForm](), 200)


@router.post(MAP, operation_id="page_review_map")
async def review(request: Request, actor: PageCaller, unit: UnitQuery = "") -> Response:
    """State that every entry was looked at this year; what is left is said."""
    form = await read_form(request, ReviewForm)
    if (data := form.data) is None:
        return await _map(request, actor, unit, form, 422)
    engine = engine_of(request)
    try:
        await do_once(
            request,
            actor,
            form,
            lambda session: maps.review(session, engine, actor, data.office, data.map_year, data.version),
        )
    except DomainError as refused:
        form.message = refused.message
        return await _map(request, actor, data.office, form, status_of(request, refused.code))
    return RedirectResponse(map_page(data.office), SEE_OTHER)


@router.get(f"{MAP}/baru", operation_id="page_new_entry")
async def ask_new(request: Request, actor: PageCaller, unit: UnitQuery = "") -> HTMLResponse:
    """Show the form of a new entry."""
    return await _new(request, actor, Form[EntryForm]({"office": unit} if unit else {}), 200)


@router.post(f"{MAP}/baru", operation_id="page_enter_entry")
async def enter(request: Request, actor: PageCaller) -> Response:
    """Enter a possible conflict; sent twice, the same form enters one."""
    form = await read_form(request, EntryForm)
    if (data := form.data) is None:
        return await _new(request, actor, form, 422)
    engine = engine_of(request)
    try:
        await do_once(
            request, actor, form, lambda session: maps.enter(session, engine, actor, data.office, data.said)
        )
    except DomainError as refused:
        form.refuse(refused, {"not_found": "office", "unit_id": "office", "map_entry_exists": "position"})
        return await _new(request, actor, form, status_of(request, refused.code))
    return RedirectResponse(map_page(data.office), SEE_OTHER)


@router.get(f"{MAP}/butir/{{entry_id}}", operation_id="page_entry")
async def show_entry(request: Request, actor: PageCaller, entry_id: UUID) -> HTMLResponse:
    """Show an entry with what it said before, and the form that reviews it."""
    return await _entry(request, actor, entry_id, Form[ChangeForm](), 200)


@router.post(f"{MAP}/butir/{{entry_id}}", operation_id="page_change_entry")
async def change(request: Request, actor: PageCaller, entry_id: UUID) -> Response:
    """Change an entry, note that it stays as it is, or take it off the map."""
    form = await read_form(request, ChangeForm)
    if (data := form.data) is None:
        return await _entry(request, actor, entry_id, form, 422)
    engine = engine_of(request)

    async def work(session: AsyncSession) -> None:
        if data.act == "change":
            await maps.change(session, engine, actor, entry_id, data.version, data.said)
        else:
            act = maps.confirm if data.act == "confirm" else maps.retire
            await act(session, engine, actor, entry_id, data.version)

    db = state_of(request.app).db
    unit_id = (await db.read(lambda session: maps.entry_ever_of(session, actor, entry_id))).unit_id
    try:
        await do_once(request, actor, form, work)
    except DomainError as refused:
        now = await db.read(lambda session: maps.entry_ever_of(session, actor, entry_id))
        told = {name: str(getattr(now, name)) for name in _OF_ENTRY}
        form.refuse(refused, {"map_entry_exists": "position"}, present=told)
        return await _entry(request, actor, entry_id, form, status_of(request, refused.code))
    return RedirectResponse(map_page(unit_id), SEE_OTHER)


async def _map(
    request: Request, actor: Principal, unit: str, form: Form[ReviewForm], status: int
) -> HTMLResponse:
    engine = engine_of(request)
    db = state_of(request.app).db
    units = await db.read(lambda session: units_within(session, actor, unit, also=store.HAS_OPEN_REVIEW))
    chosen = unit or (units[0][0] if units else "")
    found, told = None, None
    if chosen:
        found = await db.read(lambda session: maps.shown(session, engine, actor, chosen, None))
        told = map_out(found)
        if chosen not in dict(units):
            units.append((chosen, told.unit_name))
    now = await db.read(database_now)
    return PAGES.page(
        request,
        "conflict_map.html",
        status=status,
        found=told,
        units=units,
        chosen=chosen,
        left=None if found is None or found["review"] is None else words.left(found["review"], now),
        earlier=[
            due_of(one) | {"left": words.left(one, now), "coverage": coverage}
            for one, coverage in (found["earlier"] if found else ())
        ],
        form=form,
        may_edit=actor.has(*MAP_EDITORS),
        may_add=actor.has(*MAP_EDITORS) and found is not None and found["is_active"],
        may_review=actor.has(*CONFLICT_DECIDERS),
        words=words,
    )


async def _new(request: Request, actor: Principal, form: Form[EntryForm], status: int) -> HTMLResponse:
    db = state_of(request.app).db
    units = await db.read(lambda session: units_within(session, actor, form.values.get("office")))
    if len(units) == 1 and "office" not in form.values:
        form.values = {**form.values, "office": units[0][0]}
    return PAGES.page(
        request, "map_entry_new.html", status=status, form=form, units=units, labels=LABELS, words=words
    )


async def _entry(
    request: Request, actor: Principal, entry_id: UUID, form: Form[ChangeForm], status: int
) -> HTMLResponse:
    db = state_of(request.app).db
    entry = await db.read(lambda session: maps.entry_of(session, actor, entry_id))
    versions = await db.read(lambda session: store.changes(session, entry_id))
    if not form.values:
        form.values = {name: getattr(entry, name) for name in LABELS if name != "office"}
    return PAGES.page(
        request,
        "map_entry.html",
        status=status,
        form=form,
        entry=entry,
        version=version_of(form, status, entry.version),
        versions=versions,
        may_edit=actor.has(*MAP_EDITORS),
        labels=LABELS,
        words=words,
    )
