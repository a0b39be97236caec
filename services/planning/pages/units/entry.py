"""One unit: what the register says of it, and changing that."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.pages.agencies import UNNAMED, AgencyField, agency_field, agency_named
from services.planning.pages.frame import LABELS, PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.units.words import DONE, UnitPath, address, label, said, state_of_unit
from services.planning.plan import store as programmes
from services.planning.plan import usecases as plans
from services.planning.plan.domain import Target
from services.planning.settings import Settings
from services.planning.units import store
from services.planning.units import usecases as units
from services.planning.units.domain import DEFAULT_ECHELON, DEFAULT_TYPE, ECHELONS, Echelon, Unit
from services.planning.units.schemas import Region, UnitName, UnitType
from shared.http.addresses import UNITS, unit_page
from shared.http.authorization import PageCaller
from shared.http.fields import Body, Digits, UnitId, YearText
from shared.http.once import OnceBody, do_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError, Zone
from shared.security import Principal

_MOST_PROGRAMMES = 10


class UnitFields(Body):
    """A unit as its form has it: an empty field empties what may be empty."""

    name: UnitName
    unit_type: UnitType = DEFAULT_TYPE
    echelon: Echelon = DEFAULT_ECHELON
    zone: Zone = Zone.WIB
    region: Region | None = None
    parent_id: UnitId | None = None
    has_service_function: bool = False

    def values(self) -> dict[str, Any]:
        """Return the fields of a unit."""
        return {name: getattr(self, name) for name in UnitFields.model_fields}


class NewUnitForm(UnitFields, OnceBody):
    """`agency` may be left out by whoever has one only."""

    unit_id: UnitId
    agency: UnitId | None = None


class ChangeForm(UnitFields):
    """`is_confirmed` comes from the page that says what will change."""

    is_active: bool = False
    version: Digits
    is_confirmed: bool = False

    def values(self) -> dict[str, Any]:
        return {**UnitFields.values(self), "is_active": self.is_active}


class ProgrammeForm(OnceBody):
    year: YearText
    target: Target


def router(settings: Settings) -> APIRouter:
    """Return the pages; `settings` name the agency of new units when the scope does not."""
    routes = APIRouter()

    def ask(
        request: Request, caller: Principal, form: Form[NewUnitForm], *, status: int = 200
    ) -> HTMLResponse:
        agency = agency_field(caller, form.values.get("agency", ""), settings.default_agency_id)
        return _form_page(request, form, None, status=status, agency=agency)

    @routes.get(f"{UNITS}/baru", operation_id="page_new_unit")
    async def new_unit(request: Request, caller: PageCaller) -> HTMLResponse:
        """Ask what is to be known of a new unit."""
        form = Form[NewUnitForm](
            {
                "unit_type": DEFAULT_TYPE,
                "echelon": DEFAULT_ECHELON,
                "zone": "WIB",
                "has_service_function": True,
            }
        )
        return ask(request, caller, form)

    @routes.post(f"{UNITS}/baru", operation_id="page_create_unit")
    async def create_unit(request: Request, caller: PageCaller) -> Response:
        """Register the unit."""
        form = await read_form(request, NewUnitForm)
        if form.data is None:
            return ask(request, caller, form, status=UNPROCESSABLE)
        try:
            agency = agency_named(caller, form.data.agency or "")
        except DomainError as error:
            form.refuse(error)
            return ask(request, caller, form, status=status_of(request, error.code))
        if agency is None:
            form.errors["agency"] = UNNAMED
            return ask(request, caller, form, status=UNPROCESSABLE)
        made = Unit(
            **form.data.values(),
            unit_id=form.data.unit_id,
            agency_id=agency,
            is_active=True,
            is_demo=False,
            version=1,
        )
        try:
            await do_once(request, caller, form, lambda session: units.register_unit(session, caller, made))
        except DomainError as error:
            form.refuse(error)
            return ask(request, caller, form, status=status_of(request, error.code))
        return RedirectResponse(address(made.unit_id, done="baru"), SEE_OTHER)

    routes.add_api_route(f"{UNITS}/unit/{{unit_id}}", show_unit, operation_id="page_unit", methods=["GET"])
    routes.add_api_route(
        f"{UNITS}/unit/{{unit_id}}/ubah", edit_unit, operation_id="page_edit_unit", methods=["GET"]
    )
    routes.add_api_route(
        f"{UNITS}/unit/{{unit_id}}/ubah", change_unit, operation_id="page_change_unit", methods=["POST"]
    )
    routes.add_api_route(
        f"{UNITS}/unit/{{unit_id}}/program", open_programme, operation_id="page_open_programme",
        methods=["POST"],
    )  # fmt: skip
    return routes


async def show_unit(
    request: Request,
    caller: PageCaller,
    unit_id: UnitPath,
    selesai: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Show a unit's entry, its place, its programmes, and what can be done with it."""
    return await _unit_page(request, caller, unit_id, done=DONE.get(selesai, ""))


async def edit_unit(request: Request, caller: PageCaller, unit_id: UnitPath) -> HTMLResponse:
    """Show the entry to be changed."""
    found = await _unit(request, caller, unit_id)
    shown = {name: value for name, value in _values_of(found).items() if value not in (None, False)}
    return _form_page(request, Form[ChangeForm]({**shown, "version": found.version}), found)


async def change_unit(request: Request, caller: PageCaller, unit_id: UnitPath) -> Response:
    """Say what will change, then change it."""
    found = await _unit(request, caller, unit_id)
    form = await read_form(request, ChangeForm)
    if form.data is None:
        return _form_page(request, form, found, status=UNPROCESSABLE)
    fields, version = form.data.values(), form.data.version
    changes = [
        (label(name), said(getattr(found, name)), said(value))
        for name, value in fields.items()
        if getattr(found, name) != value
    ]
    if not changes:
        form.message = "Belum ada yang diubah."
        return _form_page(request, form, found, status=UNPROCESSABLE)
    if not form.data.is_confirmed:
        return PAGES.page(
            request, "unit_change.html", unit=found, here=address(unit_id), changes=changes, form=form
        )
    try:
        await state_of(request.app).db.run(
            lambda session: units.change_unit(session, caller, unit_id, version, fields)
        )
    except DomainError as error:
        now = await _unit(request, caller, unit_id)
        form.refuse(error, present=_values_of(now))
        return _form_page(request, form, now, status=status_of(request, error.code))
    return RedirectResponse(address(unit_id, done="ubah"), SEE_OTHER)


async def open_programme(request: Request, caller: PageCaller, unit_id: UnitPath) -> Response:
    """Open the unit's programme of a year."""
    form = await read_form(request, ProgrammeForm)
    if form.data is None:
        return await _unit_page(request, caller, unit_id, form=form, status=UNPROCESSABLE)
    year, target = form.data.year, form.data.target
    try:
        await do_once(
            request,
            caller,
            form,
            lambda session: plans.create_programme(session, caller, unit_id, year, target),
        )
    except DomainError as error:
        form.refuse(error)
        status = status_of(request, error.code)
        return await _unit_page(request, caller, unit_id, form=form, status=status)
    return RedirectResponse(address(unit_id, done="program"), SEE_OTHER)


def _values_of(unit: Unit) -> dict[str, Any]:
    """Return what the fields of a unit's form hold for what is registered."""
    return {name: getattr(unit, name) for name in (*UnitFields.model_fields, "is_active")}


async def _unit(request: Request, caller: Principal, unit_id: str) -> Unit:
    return await state_of(request.app).db.read(lambda session: units.get_unit(session, caller, unit_id))


async def _unit_page(
    request: Request,
    caller: Principal,
    unit_id: str,
    *,
    done: str = "",
    form: Form[ProgrammeForm] | None = None,
    status: int = 200,
) -> HTMLResponse:
    year = datetime.now(UTC).astimezone(Zone.WIB.tz).year

    async def look(session: AsyncSession) -> tuple[Any, ...]:
        found = await units.get_unit(session, caller, unit_id)
        related = [one for one in (found.parent_id, found.merged_into) if one is not None]
        opened = await programmes.page_programmes(
            session,
            caller.scope,
            unit_id=unit_id,
            year=None,
            after=programmes.FIRST,
            limit=_MOST_PROGRAMMES,
        )
        return (
            found,
            await store.names(session, related),
            opened,
            await store.merged_into(session, unit_id),
            await store.count_below(session, unit_id),
        )

    found, names, opened, heirs, below = await state_of(request.app).db.read(look)
    return PAGES.page(
        request,
        "unit.html",
        status=status,
        unit=found,
        here=address(unit_id),
        state=state_of_unit(found),
        names=names,
        programmes=sorted(((one.year, one.target.value, one.edition) for one in opened), reverse=True),
        merged=heirs,
        below=below,
        done=done,
        year=year,
        form=form or Form[ProgrammeForm]({"year": year}),
        labels=LABELS,
        targets=[(target.value, target.value) for target in Target],
        address=address,
        scores=unit_page(unit_id),
    )


def _form_page(
    request: Request,
    form: Form[Any],
    unit: Unit | None,
    *,
    status: int = 200,
    agency: AgencyField | None = None,
) -> HTMLResponse:
    return PAGES.page(
        request,
        "unit_form.html",
        status=status,
        form=form,
        unit=unit,
        agency=agency,
        here=f"{UNITS}/baru" if unit is None else address(unit.unit_id),
        labels=LABELS,
        echelons=[(one, one) for one in ECHELONS],
        zones=[(one.value, one.value) for one in Zone],
    )
