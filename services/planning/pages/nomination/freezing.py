"""Freezing a proposal and taking it back: what will happen, then the act."""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.nomination.domain.rules import Category
from services.planning.nomination.schemas import PreviewOut, ReasonText
from services.planning.nomination.stages import Stages
from services.planning.nomination.usecases import freezing, proposals
from services.planning.nomination.usecases.examining import Finding
from services.planning.nomination.usecases.freezing import Preview
from services.planning.pages.frame import LABELS, PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.nomination.proposal import PLACE, AgencyPath, head_of, lines_of
from services.planning.pages.nomination.reading import (
    Proposal,
    may,
    needed,
    read_proposal,
    refusal_of,
)
from services.planning.pages.nomination.standing import days_words
from services.planning.pages.nomination.words import CATEGORIES, paper_words
from services.planning.parameters import YearPath
from services.planning.portal.usecases.reviews import lost_reviews
from services.planning.stages.domain.refusals import ClosedWindowError
from shared.http.addresses import proposal_page
from shared.http.authorization import PageCaller
from shared.http.fields import Digits
from shared.http.once import OnceBody
from shared.http.pages.forms import Form, read_form
from shared.http.state import state_of
from shared.instruments.lke import lke_instrument
from shared.security import Principal


class FreezeForm(OnceBody):
    """Why another package is made; the first needs no reason."""

    version: Digits
    reason: ReasonText | None = None


class WithdrawForm(OnceBody):
    """Why a proposal is taken back."""

    version: Digits
    reason: ReasonText


def router(stages: Stages) -> APIRouter:
    """Return the pages; `stages` moves the assessments of units."""
    routes = APIRouter()
    _freezing(routes, stages)

    @routes.get(f"{PLACE}/tarik", operation_id="page_ask_withdraw")
    async def ask_withdraw(
        request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath
    ) -> HTMLResponse:
        """Say what taking a proposal back does, and ask why."""
        return await _withdraw_page(request, caller, agency_id, year, Form())

    @routes.post(f"{PLACE}/tarik", operation_id="page_withdraw")
    async def withdraw(
        request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath
    ) -> Response:
        """Take a proposal back."""
        form = await read_form(request, WithdrawForm)
        if form.data is None:
            return await _withdraw_page(request, caller, agency_id, year, form, UNPROCESSABLE)
        sent = form.data

        async def work(session: AsyncSession) -> object:
            found = await needed(session, caller, agency_id, year)
            return await proposals.withdraw(
                session, caller, found.nomination_id, sent.version, sent.reason, stages
            )

        status = await refusal_of(request, caller, form, work)
        if status is not None:
            return await _withdraw_page(request, caller, agency_id, year, form, status)
        return RedirectResponse(f"{proposal_page(agency_id, year)}?selesai=tarik", SEE_OTHER)

    return routes


def _freezing(routes: APIRouter, stages: Stages) -> None:
    @routes.get(f"{PLACE}/bekukan", operation_id="page_ask_freeze")
    async def ask_freeze(
        request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath
    ) -> HTMLResponse:
        """Say what would be frozen, and what stands in the way."""
        return await _freeze_page(request, caller, agency_id, year, Form(), stages)

    @routes.post(f"{PLACE}/bekukan", operation_id="page_freeze")
    async def freeze(request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath) -> Response:
        """Freeze the next package."""
        form = await read_form(request, FreezeForm)
        if form.data is None:
            return await _freeze_page(request, caller, agency_id, year, form, stages, UNPROCESSABLE)
        sent = form.data

        async def work(session: AsyncSession) -> object:
            found = await needed(session, caller, agency_id, year)
            return await freezing.freeze(
                session, caller, found.nomination_id, sent.version, reason=sent.reason, stages=stages
            )

        status = await refusal_of(request, caller, form, work)
        if status is not None:
            return await _freeze_page(request, caller, agency_id, year, form, stages, status)
        return RedirectResponse(f"{proposal_page(agency_id, year)}?selesai=beku", SEE_OTHER)


async def _freeze_page(
    request: Request,
    caller: Principal,
    agency_id: str,
    year: int,
    form: Form[Any],
    stages: Stages,
    status: int = 200,
) -> HTMLResponse:

    async def look(session: AsyncSession) -> tuple[Proposal, Preview, list[str]]:
        found = await read_proposal(session, caller, agency_id, year)
        nomination = found.needed()
        previewed = await freezing.preview(session, caller, nomination.nomination_id, stages)
        return found, previewed, await lost_reviews(session, agency_id, year, named_by(previewed))

    found, looked, lost = await state_of(request.app).db.read(look)
    told, examined = PreviewOut.of(looked), looked.examination
    return PAGES.page(
        request,
        "freeze.html",
        status=status,
        **head_of(found),
        number=looked.nomination.package_version + 1,
        refusals=_named(found, examined.refusals),
        warnings=_named(found, examined.warnings),
        lost_reviews=[found.name(unit_id) for unit_id in lost],
        days=days_words(found.days, found.today),
        units=[
            (one.name, CATEGORIES[one.category], one.worksheet_version,
             *(f"{one.answers[layer.value]}/{len(lke_instrument().questions)}"
               for layer in (Layer.UNIT, Layer.TPI)))
            for one in told.units
        ],
        papers=[paper_words(paper) for paper in examined.documents],
        files=told.files,
        may_freeze=may(request, caller, "page_freeze"),
        action=f"{found.here}/bekukan",
        version=looked.nomination.version,
        form=form,
        labels=LABELS,
    )  # fmt: skip


def named_by(looked: Preview) -> dict[str, tuple[str, bool]]:
    """Return how a package would name its units: name, and whether it is afirmasi."""
    categories = {unit.unit_id: unit.category for unit in looked.nomination.units}
    return {
        sheet.unit_id: (sheet.name, categories[sheet.unit_id] is Category.AFFIRMATION)
        for sheet in looked.examination.sheets
        if sheet.unit_id in categories
    }


def _named(found: Proposal, findings: Iterable[Finding]) -> list[tuple[str, list[str]]]:
    """Return findings by what they are about: unit by unit, those of the whole proposal first."""
    by_place: dict[str, list[str]] = {}
    for one in sorted(findings, key=lambda one: _unit_of(one) is not None):
        unit_id = _unit_of(one)
        place = "Usulan" if unit_id is None else found.name(unit_id)
        by_place.setdefault(place, []).append(one.message)
    return [(place, list(dict.fromkeys(said))) for place, said in by_place.items()]


def _unit_of(one: Finding) -> str | None:
    """Return the unit that a finding is about, None for the whole proposal; no unit has days of its own."""
    return None if one.code == ClosedWindowError.code else one.unit_id


async def _withdraw_page(
    request: Request, caller: Principal, agency_id: str, year: int, form: Form[Any], status: int = 200
) -> HTMLResponse:
    found = await state_of(request.app).db.read(
        lambda session: read_proposal(session, caller, agency_id, year)
    )
    nomination = found.needed()
    return PAGES.page(
        request,
        "withdraw.html",
        status=status,
        **head_of(found),
        lines=lines_of(found, None, caller),
        packages=nomination.package_version,
        has_decided=found.has_decided,
        action=f"{found.here}/tarik",
        version=nomination.version,
        form=form,
        labels=LABELS,
    )
