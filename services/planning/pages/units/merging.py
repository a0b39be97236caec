"""Merging a unit into another, and taking it apart again: each with a page that says what will happen."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.planning.pages.frame import LABELS, PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.units.words import UnitPath, address
from services.planning.units import store
from services.planning.units import usecases as units
from services.planning.units.domain import Unit
from shared.http.addresses import UNITS
from shared.http.authorization import PageCaller
from shared.http.fields import Body, Digits, UnitId
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError, is_unit_id

router = APIRouter()


class MergeForm(Body):
    into: UnitId
    version: Digits


class UnmergeForm(Body):
    version: Digits


@router.get(f"{UNITS}/unit/{{unit_id}}/gabung", operation_id="page_merge_unit")
async def ask_merge(
    request: Request,
    caller: PageCaller,
    unit_id: UnitPath,
    ke: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    """Ask for the unit that takes over the work; once it is named, say what merging does."""
    typed = {"into": ke.strip()} if ke.strip() else {}
    form = Form[MergeForm](typed, fields=frozenset({"into"}))
    target: Unit | None = None
    async with state_of(request.app).db.reading() as session:
        found = await units.get_unit(session, caller, unit_id)
        if "into" in form.values:
            try:
                into = form.values["into"] if is_unit_id(form.values["into"]) else ""
                target = await units.check_merge(session, caller, found, into)
            except DomainError as error:
                form.refuse(error)
    status = 409 if form.errors or form.message else 200
    return _page(request, found, target, form, status)


@router.post(f"{UNITS}/unit/{{unit_id}}/gabung", operation_id="page_send_merge")
async def merge(request: Request, caller: PageCaller, unit_id: UnitPath) -> Response:
    """Merge the unit."""
    form = await read_form(request, MergeForm)
    if form.data is not None:
        into, version = form.data.into, form.data.version
        try:
            await state_of(request.app).db.run(
                lambda session: units.merge_unit(session, caller, unit_id, version, into)
            )
        except DomainError as error:
            form.refuse(error)
            status = status_of(request, error.code)
        else:
            return RedirectResponse(address(unit_id, done="gabung"), SEE_OTHER)
    else:
        status = UNPROCESSABLE
    found = await state_of(request.app).db.read(lambda session: units.get_unit(session, caller, unit_id))
    return _page(request, found, None, form, status)


@router.get(f"{UNITS}/unit/{{unit_id}}/pisah", operation_id="page_unmerge_unit")
async def ask_unmerge(request: Request, caller: PageCaller, unit_id: UnitPath) -> Response:
    """Say what taking a merged unit apart does."""
    async with state_of(request.app).db.reading() as session:
        found = await units.get_unit(session, caller, unit_id)
        heir = await store.find(session, found.merged_into or "")
    if heir is None:
        return RedirectResponse(address(unit_id), SEE_OTHER)
    return PAGES.page(request, "unit_unmerge.html", unit=found, into=heir, here=address(unit_id))


@router.post(f"{UNITS}/unit/{{unit_id}}/pisah", operation_id="page_send_unmerge")
async def unmerge(request: Request, caller: PageCaller, unit_id: UnitPath) -> Response:
    """Let the unit work by itself again."""
    form = await read_form(request, UnmergeForm)
    if form.data is None:
        return RedirectResponse(address(unit_id, "pisah"), SEE_OTHER)
    version = form.data.version
    await state_of(request.app).db.run(lambda session: units.unmerge_unit(session, caller, unit_id, version))
    return RedirectResponse(address(unit_id, done="pisah"), SEE_OTHER)


def _page(
    request: Request, unit: Unit, target: Unit | None, form: Form[MergeForm], status: int
) -> HTMLResponse:
    return PAGES.page(
        request,
        "unit_merge.html",
        status=status,
        unit=unit,
        into=target,
        form=form,
        labels=LABELS,
        here=address(unit.unit_id),
    )
