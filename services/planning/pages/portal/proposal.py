"""What PortalRB gets of an agency's proposal: its units with their reviews, and the answers of each."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.package import packaged_totals, portal_unit, soal_places
from services.planning.nomination.usecases.documents import check_known_agency
from services.planning.pages.frame import LABELS, PAGES, SEE_OTHER, UNPROCESSABLE
from services.planning.pages.nomination.proposal import PLACE, AgencyPath, DoneQuery
from services.planning.pages.nomination.reading import may, refusal_of
from services.planning.pages.portal.words import (
    DONE,
    completeness,
    review_mark,
    review_words,
    verdict,
)
from services.planning.parameters import UnitPath, YearPath
from services.planning.portal.domain.pulls import NoPackageError
from services.planning.portal.domain.reviews import ReviewState
from services.planning.portal.usecases import reviews
from services.planning.portal.usecases.reviews import Overview, ReviewedUnit
from shared.http.addresses import proposal_page
from shared.http.authorization import PageCaller
from shared.http.fields import Digits
from shared.http.once import OnceBody
from shared.http.pages.forms import Form, read_form
from shared.http.state import state_of
from shared.instruments.lke import lke_instrument
from shared.security import Principal

PATH = f"{PLACE}/portalrb"
router = APIRouter()


class ReviewForm(OnceBody):
    """What a person says of a unit's review."""

    version: Digits
    state: ReviewState


@dataclass(frozen=True, slots=True)
class Line:
    """One question of the portal with what it gets, None where nothing was answered."""

    number: int
    code: str
    text: str
    unit: str | None
    tpi: str | None
    notes: list[tuple[str, str]]


@router.get(PATH, operation_id="page_portal")
async def show_portal(
    request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath, selesai: DoneQuery = ""
) -> HTMLResponse:
    """Show the units of the newest package as the portal gets them, and how their reviews stand."""
    return await _page(request, caller, agency_id, year, Form(), done=DONE.get(selesai, ""))


@router.get(f"{PATH}/unit/{{unit_id}}", operation_id="page_portal_unit")
async def show_unit(
    request: Request, caller: PageCaller, agency_id: AgencyPath, year: YearPath, unit_id: UnitPath
) -> HTMLResponse:
    """Show the answers of a unit as the portal gets them."""

    async def look(session: AsyncSession) -> tuple[ReviewedUnit, Overview, dict[str, Any], list[str]]:
        found = await reviews.overview(session, caller, agency_id, year)
        package = await reviews.packaged_unit(session, found.source, unit_id)
        return found.unit(unit_id), found, portal_unit(package, unit_id), packaged_totals(package, unit_id)

    unit, found, body, totals = await state_of(request.app).db.read(look)
    return PAGES.page(
        request,
        "portal_unit.html",
        agency_id=agency_id,
        year=year,
        here=proposal_page(agency_id, year),
        unit=unit,
        source=found.source,
        marks=completeness(unit),
        totals=totals,
        lines=_lines(body["answers"]),
    )


@router.post(f"{PATH}/unit/{{unit_id}}/tinjauan", operation_id="page_review_portal_unit")
async def review_unit(
    request: Request,
    caller: PageCaller,
    agency_id: AgencyPath,
    year: YearPath,
    unit_id: Annotated[UnitPath, Path()],
) -> Response:
    """Say how a unit's review stands."""
    form = await read_form(request, ReviewForm)
    if form.data is None:
        return await _page(request, caller, agency_id, year, form, UNPROCESSABLE)
    sent = form.data

    async def work(session: AsyncSession) -> object:
        return await reviews.set_review(session, caller, agency_id, year, unit_id, sent.version, sent.state)

    status = await refusal_of(request, caller, form, work)
    if status is not None:
        return await _page(request, caller, agency_id, year, form, status)
    return RedirectResponse(f"{proposal_page(agency_id, year, 'portalrb')}?selesai={sent.state}", SEE_OTHER)


async def _page(
    request: Request,
    caller: Principal,
    agency_id: str,
    year: int,
    form: Form[Any],
    status: int = 200,
    *,
    done: str = "",
) -> HTMLResponse:
    async def look(session: AsyncSession) -> Overview | None:
        await check_known_agency(session, caller, agency_id)
        try:
            return await reviews.overview(session, caller, agency_id, year)
        except NoPackageError:
            return None

    found = await state_of(request.app).db.read(look)
    here = proposal_page(agency_id, year)
    return PAGES.page(
        request,
        "portal.html",
        status=status,
        agency_id=agency_id,
        year=year,
        here=here,
        done=done,
        found=found,
        verdict=f"Usulan {year} belum dapat ditarik PortalRB" if found is None else verdict(found),
        units=[
            (
                one,
                completeness(one),
                review_mark(one.review),
                review_words(one.review, caller.subject),
                proposal_page(agency_id, year, "portalrb", "unit", one.unit_id),
            )
            for one in (() if found is None else found.units)
        ],
        may_open=may(request, caller, "page_portal_unit"),
        may_review=may(request, caller, "page_review_portal_unit"),
        may_issue=may(request, caller, "page_portal_tokens"),
        form=form,
        labels=LABELS,
    )


def _lines(answers: list[dict[str, Any]]) -> list[Line]:
    named = (
        ("Catatan unit", "catatan_unit"),
        ("Bukti unit", "bukti_dukung_unit"),
        ("Catatan TPI", "catatan_tpi"),
    )
    lines = []
    for place, answer in zip(soal_places(), answers, strict=True):
        question = lke_instrument().questions[place.item_code]
        text = next((one.label for one in question.inputs if one.key == place.key), question.text)
        lines.append(
            Line(
                place.soal_id,
                place.item_code,
                text,
                answer["jawaban_unit"],
                answer["jawaban_tpi"],
                [(name, answer[field]) for name, field in named if answer[field] is not None],
            )
        )
    return lines
