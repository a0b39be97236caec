"""Nil returns as a page: what was given, and the form of one more."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field

from services.complaints.deadlines.api import engine_of
from services.complaints.frame import PAGES, SEE_OTHER
from services.complaints.integrity.data import period_kind
from services.complaints.integrity.domain.periods import PERIOD_PATTERN, Period
from services.complaints.integrity.domain.refusals import PeriodNotNilError
from services.complaints.integrity.pages.gifts import UnitQuery
from services.complaints.integrity.store import gifts as store
from services.complaints.integrity.usecases import gifts
from services.complaints.matters.forms import today_of
from services.complaints.units import units_within
from shared.http.addresses import GIFTS, gift_page
from shared.http.api.paging import DEFAULT_LIMIT, PageById, PageParameters, encode_cursor
from shared.http.authorization import PageCaller
from shared.http.fields import UnitId
from shared.http.once import OnceBody, do_once
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.kernel import DomainError

router = APIRouter()
NIL = f"{GIFTS}/nihil"
PERIODS_OFFERED = 4
_FIRST = UUID(int=0)
BEGINNING = PageParameters(DEFAULT_LIMIT, None)
LABELS = {"office": "Unit", "period": "Periode"}
_PARTS = {"semester": "Semester", "quarter": "Triwulan"}


class NilForm(OnceBody):
    """A unit and a period that is over."""

    office: UnitId
    period: Annotated[str, Field(pattern=PERIOD_PATTERN)]


def period_words(code: str) -> str:
    """Return a period in words: `Semester 1 tahun 2026`."""
    period = Period.parse(code)
    return f"{_PARTS[period.kind]} {period.number} tahun {period.year}"


@router.get(NIL, operation_id="page_nil")
async def show(request: Request, actor: PageCaller, page: PageById, unit: UnitQuery = "") -> HTMLResponse:
    """Show the nil returns in scope, with the form of one more for UPG."""
    return await _page(request, actor, Form[NilForm]({"office": unit} if unit else {}), 200, page=page)


@router.post(NIL, operation_id="page_send_nil")
async def send(request: Request, actor: PageCaller) -> Response:
    """Take a nil return; a period with reports cannot be one, and the page says which they are."""
    form = await read_form(request, NilForm)
    if (data := form.data) is None:
        return await _page(request, actor, form, 422)
    engine = engine_of(request)
    try:
        await do_once(
            request,
            actor,
            form,
            lambda session: gifts.return_nil(session, engine, actor, data.office, data.period),
        )
    except PeriodNotNilError as refused:
        form.errors = {"period": refused.message}
        reports = [gift_page(one) for one in refused.details["gratifications"]]
        return await _page(request, actor, form, status_of(request, refused.code), reports=reports)
    except DomainError as refused:
        form.refuse(refused, {"not_found": "office", "unit_id": "office"})
        return await _page(request, actor, form, status_of(request, refused.code))
    return RedirectResponse(NIL, SEE_OTHER)


async def _page(
    request: Request,
    actor: PageCaller,
    form: Form[NilForm],
    status: int,
    *,
    page: PageParameters = BEGINNING,
    reports: Sequence[str] = (),
) -> HTMLResponse:
    db, after = state_of(request.app).db, page.after[0] if page.after else _FIRST
    rows = await db.read(
        lambda session: store.nil_page(session, actor.scope, unit_id=None, after=after, limit=page.limit + 1)
    )
    units = await db.read(lambda session: units_within(session, actor, form.values.get("office")))
    if len(units) == 1 and "office" not in form.values:
        form.values = {**form.values, "office": units[0][0]}
    today = await db.read(lambda session: today_of(session, form.values.get("office")))
    shown = rows[: page.limit]
    periods, period = [], Period.of(today, period_kind())
    for _ in range(PERIODS_OFFERED):
        period = period.before
        periods.append((period.code, period_words(period.code)))
    return PAGES.page(
        request,
        "nil.html",
        status=status,
        form=form,
        labels=LABELS,
        may_return=actor.has("gratification_officer"),
        units=units,
        periods=periods,
        rows=shown,
        period_words=period_words,
        reports=reports,
        next=encode_cursor((str(shown[-1]["id"]),)) if len(rows) > page.limit else None,
    )
