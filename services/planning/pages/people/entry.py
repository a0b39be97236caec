"""One person: where they work and under whom, entered, changed, and the day they left."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.pages.frame import PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.nomination.reading import may
from services.planning.pages.people import words
from services.planning.pages.people.fields import (
    LABELS,
    ChangePersonForm,
    LeaveForm,
    NewPersonForm,
    PersonFields,
    choices,
    values_of,
)
from services.planning.pages.people.words import CATEGORIES, DONE, KINDS, DoneQuery, PersonPath, person_page
from services.planning.parameters import FIRST_ID
from services.planning.people import usecases as people
from services.planning.people.domain import Entry, SuperiorRefusedError
from services.planning.units.domain import ECHELONS, Unit
from services.planning.units.usecases import get_unit
from shared.http.addresses import PEOPLE
from shared.http.api.paging import MAX_LIMIT
from shared.http.authorization import PageCaller
from shared.http.fields import UnitId
from shared.http.once import do_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError
from shared.security import Principal

router = APIRouter()


@router.get(f"{PEOPLE}/baru", operation_id="page_new_person")
async def new_person(request: Request, caller: PageCaller, unit: Annotated[UnitId, Query()]) -> HTMLResponse:
    """Ask what is to be known of somebody who works in a unit."""
    chosen = await _unit(request, caller, unit)
    return await _form_page(
        request, caller, chosen, Form({"unit_id": unit, "active_from": words.today(chosen).isoformat()}), None
    )


@router.post(f"{PEOPLE}/baru", operation_id="page_enter_person")
async def enter_person(request: Request, caller: PageCaller, unit: Annotated[UnitId, Query()]) -> Response:
    """Enter the person into the list of the unit."""
    chosen, form = await _unit(request, caller, unit), await read_form(request, NewPersonForm)
    sent = form.data
    if sent is None:
        return await _form_page(request, caller, chosen, form, None, UNPROCESSABLE)

    async def work(session: AsyncSession) -> Entry:
        return await people.add_person(
            session, caller, *sent.made(await superior_of(session, caller, unit, sent))
        )

    try:
        await do_once(request, caller, form, work)
    except DomainError as error:
        form.refuse(error)
        return await _form_page(request, caller, chosen, form, None, status_of(request, error.code))
    return RedirectResponse(words.unit_people(sent.unit_id) + "&selesai=baru", SEE_OTHER)


@router.get(f"{PEOPLE}/{{person_id}}", operation_id="page_person")
async def show_person(
    request: Request, caller: PageCaller, person_id: PersonPath, selesai: DoneQuery = ""
) -> HTMLResponse:
    """Show who somebody is to their unit, and who acts for them."""
    async with state_of(request.app).db.reading() as session:
        entry = await people.get_entry(session, caller, person_id)
        unit = await get_unit(session, caller, entry.person.unit_id)
        names = await people.known(session, caller, words.named_in([entry]))
    person, today = entry.person, words.today(unit)
    acting = words.acting(person, today)
    return PAGES.page(
        request,
        "person.html",
        unit=unit,
        list_href=words.unit_people(unit.unit_id),
        person=person,
        identity=entry.identity,
        category=CATEGORIES[person.category],
        state=words.state_of(person, today),
        superior=words.name_of(person.superior_id, names),
        superior_href=person_page(person.superior_id) if person.superior_id in names else "",
        acting="" if acting is None else words.name_of(acting.substitute_id, names),
        acting_until=None if acting is None else acting.last,
        substitutes=[
            (
                words.name_of(one.substitute_id, names),
                person_page(one.substitute_id) if one.substitute_id in names else "",
                KINDS[one.kind],
                one,
                person_page(person_id, "pengganti", str(one.substitution_id)) if one.last >= today else "",
            )
            for one in reversed(person.substitutes)
        ],
        below=lambda *more: person_page(person_id, *more),
        done=DONE.get(selesai, ""),
        may_change=may(request, caller, "page_change_person"),
    )


@router.get(f"{PEOPLE}/{{person_id}}/ubah", operation_id="page_edit_person")
async def edit_person(request: Request, caller: PageCaller, person_id: PersonPath) -> HTMLResponse:
    """Show the entry to be changed."""
    entry, unit = await entry_and_unit(request, caller, person_id)
    return await _form_page(request, caller, unit, Form(values_of(entry)), entry)


@router.post(f"{PEOPLE}/{{person_id}}/ubah", operation_id="page_change_person")
async def change_person(request: Request, caller: PageCaller, person_id: PersonPath) -> Response:
    """Change the entry: what the form leaves empty is emptied."""
    entry, unit = await entry_and_unit(request, caller, person_id)
    form = await read_form(request, ChangePersonForm)
    sent = form.data
    if sent is None:
        return await _form_page(request, caller, unit, form, entry, UNPROCESSABLE)

    async def work(session: AsyncSession) -> Entry:
        superior = await superior_of(session, caller, unit.unit_id, sent)
        fields = sent.changes() | {"superior_id": superior}
        return await people.change_person(session, caller, person_id, sent.version, fields)

    try:
        await state_of(request.app).db.run(work)
    except DomainError as error:
        entry, unit = await entry_and_unit(request, caller, person_id)
        form.refuse(error, present=_now_of(entry))
        return await _form_page(request, caller, unit, form, entry, status_of(request, error.code))
    return RedirectResponse(person_page(person_id, done="ubah"), SEE_OTHER)


@router.get(f"{PEOPLE}/{{person_id}}/keluar", operation_id="page_ask_leave")
async def ask_leave(request: Request, caller: PageCaller, person_id: PersonPath) -> HTMLResponse:
    """Ask for the last day, and say what follows."""
    entry, unit = await entry_and_unit(request, caller, person_id)
    return _leave_page(request, unit, entry, Form({"active_to": words.today(unit).isoformat()}))


@router.post(f"{PEOPLE}/{{person_id}}/keluar", operation_id="page_leave_unit")
async def leave(request: Request, caller: PageCaller, person_id: PersonPath) -> Response:
    """Note the last day; the entry stays."""
    entry, unit = await entry_and_unit(request, caller, person_id)
    form = await read_form(request, LeaveForm)
    sent = form.data
    if sent is None:
        return _leave_page(request, unit, entry, form, UNPROCESSABLE)
    try:
        await state_of(request.app).db.run(
            lambda session: people.leave(session, caller, person_id, sent.version, sent.active_to)
        )
    except DomainError as error:
        entry, unit = await entry_and_unit(request, caller, person_id)
        form.refuse(error, present=_now_of(entry, "active_to"))
        return _leave_page(request, unit, entry, form, status_of(request, error.code))
    return RedirectResponse(person_page(person_id, done="keluar"), SEE_OTHER)


async def superior_of(
    session: AsyncSession, caller: Principal, unit_id: str, sent: PersonFields
) -> UUID | None:
    """Return the superior that a form names, by choice or by number; raises `SuperiorRefusedError`."""
    if sent.superior_number is None:
        return sent.superior_id
    found = await people.of_number(session, caller, unit_id, sent.superior_number)
    if found is None:
        raise SuperiorRefusedError(
            "Nomor pegawai atasan tidak tercatat di instansi ini.", field="superior_number"
        )
    return found


async def colleagues(
    request: Request, caller: Principal, unit: Unit, *, but: UUID | None = None
) -> list[tuple[str, str]]:
    """Return who works in a unit today, as the options of a choice."""
    found = await state_of(request.app).db.read(
        lambda session: people.entries(
            session, caller, unit_id=unit.unit_id, on=words.today(unit), after=FIRST_ID, limit=MAX_LIMIT
        )
    )
    return choices(found, but)


async def _unit(request: Request, caller: Principal, unit_id: str) -> Unit:
    return await state_of(request.app).db.read(lambda session: get_unit(session, caller, unit_id))


async def entry_and_unit(request: Request, caller: Principal, person_id: UUID) -> tuple[Entry, Unit]:
    """Return somebody of a unit in scope, and the unit; raises `NotFoundError`."""

    async def look(session: AsyncSession) -> tuple[Entry, Unit]:
        entry = await people.get_entry(session, caller, person_id)
        return entry, await get_unit(session, caller, entry.person.unit_id)

    return await state_of(request.app).db.read(look)


async def _form_page(
    request: Request,
    caller: Principal,
    unit: Unit,
    form: Form[Any],
    entry: Entry | None,
    status: int = 200,
) -> HTMLResponse:
    but = None if entry is None else entry.person.person_id
    offered = await colleagues(request, caller, unit, but=but)
    above = None if entry is None else entry.person.superior_id
    if above is not None and str(above) not in {value for value, _ in offered}:
        offered.append((str(above), "Tetap: atasan yang sekarang"))
    return PAGES.page(
        request,
        "person_form.html",
        status=status,
        unit=unit,
        list_href=words.unit_people(unit.unit_id),
        person=None if entry is None else entry.person,
        name="" if entry is None else entry.identity.name,
        here=f"{PEOPLE}/baru?unit={unit.unit_id}" if but is None else person_page(but, "ubah"),
        back=words.unit_people(unit.unit_id) if but is None else person_page(but),
        form=form,
        labels=LABELS,
        colleagues=offered,
        categories=[(one.value, told) for one, told in CATEGORIES.items()],
        echelons=[(one, one) for one in ECHELONS],
    )


def _now_of(entry: Entry, *names: str) -> dict[str, Any]:
    """Return what the fields of an entry hold now, of all of them if none is named; an empty one None."""
    held = values_of(entry)
    fields = names or tuple(name for name in PersonFields.model_fields if name != "superior_number")
    return {name: held.get(name) for name in fields}


def _leave_page(
    request: Request, unit: Unit, entry: Entry, form: Form[Any], status: int = 200
) -> HTMLResponse:
    person_id = entry.person.person_id
    return PAGES.page(
        request,
        "person_leave.html",
        status=status,
        unit=unit,
        list_href=words.unit_people(unit.unit_id),
        person=entry.person,
        name=entry.identity.name,
        here=person_page(person_id, "keluar"),
        back=person_page(person_id),
        form=form,
        labels=LABELS,
    )
