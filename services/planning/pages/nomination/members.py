"""One unit of a proposal: for what and in which group it is proposed, and how it is released again."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.fields import Line
from services.planning.nomination.domain.changing import Contents, chosen_anew, released
from services.planning.nomination.domain.nominations import Nomination, ProposedUnit
from services.planning.nomination.domain.rules import Category
from services.planning.nomination.schemas import ReasonText
from services.planning.nomination.stages import Stages
from services.planning.nomination.store import proposals as store
from services.planning.nomination.usecases import proposals
from services.planning.pages.frame import LABELS, PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.nomination.proposal import PLACE, AgencyPath, head_of
from services.planning.pages.nomination.reading import (
    Proposal,
    needed,
    read_proposal,
    refusal_of,
)
from services.planning.pages.nomination.words import CATEGORIES, CATEGORY_MEANINGS
from services.planning.parameters import UnitPath, YearPath
from shared.http.addresses import proposal_page
from shared.http.authorization import PageCaller
from shared.http.fields import Digits
from shared.http.once import OnceBody
from shared.http.pages.forms import AS_NAMED, Form, read_form
from shared.http.state import state_of
from shared.kernel import NotFoundError
from shared.security import Principal

PATH = f"{PLACE}/unit/{{unit_id}}"


class UnitForm(OnceBody):
    """What a unit is proposed for, and in which group."""

    version: Digits
    category: Category
    kawasan: Line | None = None


class ReleaseForm(OnceBody):
    """Why a unit leaves; needed where a package holds it."""

    version: Digits
    reason: ReasonText | None = None


F = TypeVar("F", UnitForm, ReleaseForm)


def router(stages: Stages) -> APIRouter:
    """Return the pages; `stages` is asked what a frozen package allows."""
    routes = APIRouter()

    @routes.get(PATH, operation_id="page_proposed_unit")
    async def show_unit(
        request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath, unit_id: UnitPath
    ) -> HTMLResponse:
        """Show for what a unit is proposed, to be changed."""
        return await _page(request, caller, agency_id, year, unit_id, Form())

    @routes.post(PATH, operation_id="page_change_proposed")
    async def change_unit(
        request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath, unit_id: UnitPath
    ) -> Response:
        """Propose a unit for another category, or in another group."""
        form = await read_form(request, UnitForm)
        at = {"units.*": "category", "kawasan.*": "kawasan"}
        return await _done(
            request,
            caller,
            (agency_id, year, unit_id),
            form,
            lambda found, sent: (chosen_anew(found, unit_id, sent.category, sent.kawasan), None),
            stages,
            word="ubah",
            at=at,
        )

    @routes.post(f"{PATH}/lepas", operation_id="page_release_unit")
    async def release_unit(
        request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath, unit_id: UnitPath
    ) -> Response:
        """Take a unit out of the proposal."""
        form = await read_form(request, ReleaseForm)
        return await _done(
            request,
            caller,
            (agency_id, year, unit_id),
            form,
            lambda found, sent: (released(found, unit_id), sent.reason),
            stages,
            word="lepas",
        )

    return routes


async def _done(
    request: Request,
    caller: Principal,
    place: tuple[str, int, str],
    form: Form[F],
    change: Callable[[Nomination, F], tuple[Contents, str | None]],
    stages: Stages,
    *,
    word: str,
    at: Mapping[str, str] = AS_NAMED,
) -> Response:
    """Change the proposal as a form asks and lead back to it; a refusal shows the unit's page again.

    `place` names agency, year and unit; `change` tells what the proposal then holds, and why; `word` is what
    its page says was done.
    """
    agency_id, year, unit_id = place
    if form.data is None:
        return await _page(request, caller, *place, form, UNPROCESSABLE)
    sent = form.data

    async def work(session: AsyncSession) -> object:
        found = await needed(session, caller, agency_id, year)
        _place(found, unit_id)
        contents, reason = change(found, sent)
        return await proposals.change(
            session, caller, found.nomination_id, sent.version, contents, reason=reason, stages=stages
        )

    status = await refusal_of(request, caller, form, work, at=at)
    if status is not None:
        return await _page(request, caller, *place, form, status)
    return RedirectResponse(f"{proposal_page(agency_id, year)}?selesai={word}", SEE_OTHER)


def _place(found: Nomination, unit_id: str) -> ProposedUnit:
    """Return a unit's place; raises `NotFoundError` for one that is not proposed."""
    place = next((unit for unit in found.units if unit.unit_id == unit_id), None)
    if place is None:
        raise NotFoundError("Unit ini tidak ada dalam usulan.")
    return place


async def _page(
    request: Request,
    caller: Principal,
    agency_id: str,
    year: int,
    unit_id: str,
    form: Form[Any],
    status: int = 200,
) -> HTMLResponse:

    async def look(session: AsyncSession) -> tuple[Proposal, ProposedUnit, int]:
        found = await read_proposal(session, caller, agency_id, year)
        nomination = found.needed()
        place = _place(nomination, unit_id)
        return found, place, (await store.places(session, nomination.nomination_id))[unit_id].package_version

    found, place, packaged = await state_of(request.app).db.read(look)
    nomination = found.needed()
    told = {"category": place.category.value, "kawasan": place.kawasan or ""}
    form.values = {**told, **form.values} if "category" not in form.values else form.values
    return PAGES.page(
        request,
        "proposed_unit.html",
        status=status,
        **head_of(found),
        unit_id=unit_id,
        unit_name=found.name(unit_id),
        place=place,
        category=CATEGORIES[place.category],
        action=f"{found.here}/unit/{unit_id}",
        categories=[(one.value, words, CATEGORY_MEANINGS[one]) for one, words in CATEGORIES.items()],
        groups=[(group.name, group.name) for group in nomination.kawasan],
        packaged=packaged,
        fixed_by=found.fixed_by(unit_id, packaged),
        may_release=not found.is_decided(unit_id),
        version=nomination.version,
        form=form,
        labels=LABELS,
    )
