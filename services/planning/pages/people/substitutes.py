"""Who acts for a person on certain days: named by decree, ended early, looked at before it counts."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.pages.frame import PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.people import words
from services.planning.pages.people.entry import colleagues, entry_and_unit
from services.planning.pages.people.fields import LABELS, EndForm, SubstituteForm
from services.planning.pages.people.words import KINDS, PersonPath, person_page
from services.planning.people import usecases as people
from services.planning.people.domain import Entry, SubstituteRefusedError, Substitution
from services.planning.units.domain import Unit
from shared.http.addresses import PEOPLE
from shared.http.authorization import PageCaller
from shared.http.once import do_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError, NotFoundError
from shared.security import Principal

router = APIRouter()
OF_PERSON = f"{PEOPLE}/{{person_id}}/pengganti"


@router.get(OF_PERSON, operation_id="page_ask_substitute")
async def ask_substitute(request: Request, caller: PageCaller, person_id: PersonPath) -> HTMLResponse:
    """Ask who acts for somebody, by which decree, and from when to when."""
    entry, unit = await entry_and_unit(request, caller, person_id)
    return await _substitute_page(request, caller, unit, entry, Form({"kind": "plh"}))


@router.post(OF_PERSON, operation_id="page_name_substitute")
async def name_substitute(request: Request, caller: PageCaller, person_id: PersonPath) -> Response:
    """Let another person of the agency act for this one on these days."""
    entry, unit = await entry_and_unit(request, caller, person_id)
    form = await read_form(request, SubstituteForm)
    sent = form.data
    if sent is not None and sent.substitute_id is None and sent.substitute_number is None:
        form.errors["substitute_id"] = "Pilih penggantinya, atau isi nomor pegawainya."
    if sent is None or form.errors:
        return await _substitute_page(request, caller, unit, entry, form, UNPROCESSABLE)

    async def work(session: AsyncSession) -> Entry:
        return await people.name_substitute(
            session,
            caller,
            person_id,
            sent.version,
            substitute_id=await _substitute(session, caller, unit.unit_id, sent),
            kind=sent.kind,
            decree_number=sent.decree_number,
            first=sent.first,
            last=sent.last,
        )

    try:
        await do_once(request, caller, form, work)
    except DomainError as error:
        form.refuse(error)
        return await _substitute_page(request, caller, unit, entry, form, status_of(request, error.code))
    return RedirectResponse(person_page(person_id, done="ganti"), SEE_OTHER)


@router.get(f"{OF_PERSON}/{{substitution_id}}", operation_id="page_ask_end_substitution")
async def ask_end(
    request: Request, caller: PageCaller, person_id: PersonPath, substitution_id: UUID
) -> HTMLResponse:
    """Ask from when on nobody acts for the person any more, and say what follows."""
    entry, unit = await entry_and_unit(request, caller, person_id)
    one = _one(entry, substitution_id)
    return await _end_page(request, caller, unit, entry, one, Form({"last": words.today(unit).isoformat()}))


@router.post(f"{OF_PERSON}/{{substitution_id}}", operation_id="page_end_substitution")
async def end(request: Request, caller: PageCaller, person_id: PersonPath, substitution_id: UUID) -> Response:
    """Let it end earlier; with a last day before its first it never was."""
    entry, unit = await entry_and_unit(request, caller, person_id)
    form = await read_form(request, EndForm)
    sent = form.data
    if sent is None:
        one = _one(entry, substitution_id)
        return await _end_page(request, caller, unit, entry, one, form, UNPROCESSABLE)
    try:
        await state_of(request.app).db.run(
            lambda session: people.end_substitution(
                session, caller, person_id, sent.version, substitution_id, sent.last
            )
        )
    except NotFoundError:
        raise
    except DomainError as error:
        form.refuse(error)
        one, status = _one(entry, substitution_id), status_of(request, error.code)
        return await _end_page(request, caller, unit, entry, one, form, status)
    return RedirectResponse(person_page(person_id, done="akhir"), SEE_OTHER)


async def _substitute(session: AsyncSession, caller: Principal, unit_id: str, sent: SubstituteForm) -> UUID:
    """Return whom a form names, by choice or by number; raises `SubstituteRefusedError`."""
    found = sent.substitute_id
    if sent.substitute_number is not None:
        found = await people.of_number(session, caller, unit_id, sent.substitute_number)
    if found is None:
        raise SubstituteRefusedError(
            "Nomor pegawai ini tidak tercatat di instansi ini.", field="substitute_number"
        )
    return found


def _one(entry: Entry, substitution_id: UUID) -> Substitution:
    found = (one for one in entry.person.substitutes if one.substitution_id == substitution_id)
    if (one := next(found, None)) is None:
        raise NotFoundError("Penggantian tidak ditemukan.")
    return one


async def _substitute_page(
    request: Request,
    caller: Principal,
    unit: Unit,
    entry: Entry,
    form: Form[SubstituteForm],
    status: int = 200,
) -> HTMLResponse:
    person_id = entry.person.person_id
    return PAGES.page(
        request,
        "person_substitute.html",
        status=status,
        unit=unit,
        list_href=words.unit_people(unit.unit_id),
        person=entry.person,
        name=entry.identity.name,
        here=person_page(person_id, "pengganti"),
        back=person_page(person_id),
        form=form,
        labels=LABELS,
        colleagues=await colleagues(request, caller, unit, but=person_id),
        kinds=[(kind.value, told) for kind, told in KINDS.items()],
    )


async def _end_page(
    request: Request,
    caller: Principal,
    unit: Unit,
    entry: Entry,
    one: Substitution,
    form: Form[EndForm],
    status: int = 200,
) -> HTMLResponse:
    person_id = entry.person.person_id
    names = await state_of(request.app).db.read(
        lambda session: people.known(session, caller, [one.substitute_id])
    )
    return PAGES.page(
        request,
        "person_end_substitute.html",
        status=status,
        unit=unit,
        list_href=words.unit_people(unit.unit_id),
        person=entry.person,
        name=entry.identity.name,
        substitute=words.name_of(one.substitute_id, names),
        one=one,
        here=person_page(person_id, "pengganti", str(one.substitution_id)),
        back=person_page(person_id),
        form=form,
        labels=LABELS,
    )
