"""A unit's page: the verdict in a sentence, then gates, layers, the tree, progress, survey, last changes."""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.due import DAYS
from services.scoring.pages.board import PageYear
from services.scoring.pages.frame import PAGES
from services.scoring.pages.live import watcher_of
from services.scoring.pages.next_texts import CHANGE_LINES
from services.scoring.pages.places import parts_of
from services.scoring.pages.texts import (
    LAYER_NAMES,
    SURVEY_FIGURES,
    UnitView,
    conversion_note,
    gate_key,
    survey_rules,
    unit_view,
)
from services.scoring.store import reading
from services.scoring.usecases.reading import (
    change_lines,
    due_of,
    heir_of,
    known_year,
    surveys_of,
    visible_years,
)
from shared.db import Database
from shared.http.addresses import unit_page
from shared.http.authorization import PageCaller
from shared.http.fields import YearText
from shared.http.pages.charts import share
from shared.http.pages.live import EventSourceResponse, ServerSentEvent, live
from shared.http.pages.menu import CAMPAIGNS, CASES, UNITS
from shared.http.pages.views import View, patches
from shared.http.state import state_of
from shared.instruments.lke import lke_instrument, measure
from shared.security import Principal

router = APIRouter()


@router.get("/nilai/{unit_id}", operation_id="page_unit")
async def unit(request: Request, caller: PageCaller, unit_id: str, year: PageYear = None) -> HTMLResponse:
    """Show a unit's year; the newest that has begun, else the present one, when none is named."""
    async with state_of(request.app).db.reading() as session:
        years, default = await visible_years(session, caller, unit_id)
        year = year or default
        shown = await _look(session, caller, unit_id, year)
    return PAGES.page(
        request,
        "unit.html",
        shown=shown,
        texts=shown.view.texts,
        unit=shown.found.unit,
        year=year,
        years=sorted({*years, year}, reverse=True),
        is_default_year=year == default,
        instrument=lke_instrument(),
        layer_names=LAYER_NAMES,
        gate_key=gate_key,
        measure=measure,
        share=share,
        figures=len(SURVEY_FIGURES),
        due_days=DAYS,
        links_units=UNITS.lets_in(caller),
        links_surveys=CAMPAIGNS.lets_in(caller),
        survey_rules=survey_rules(shown.surveys),
        conversion_note=conversion_note,
        parts=parts_of(unit_id, year),
        stream=f"{unit_page(unit_id)}/langsung?year={year}&form={shown.view.form}",
    )


@router.get("/nilai/{unit_id}/langsung", operation_id="page_unit_live", response_class=EventSourceResponse)
async def unit_live(
    request: Request,
    caller: PageCaller,
    unit_id: str,
    year: Annotated[YearText, Query()],
    form: Annotated[str, Query(max_length=32)] = "",
) -> AsyncIterator[ServerSentEvent]:
    """Stream what changes on a unit's page."""
    look = looking(state_of(request.app).db, caller, unit_id, year)
    views = watcher_of(request).views((unit_id, year), sight(caller), look)
    async for event in live(request, patches(views, page_form=form)):
        yield event


async def _look(session: AsyncSession, caller: Principal, unit_id: str, year: int) -> UnitView:
    found = await known_year(session, caller, unit_id, year)
    return unit_view(
        found,
        await reading.progress(session, unit_id, year),
        await surveys_of(session, unit_id, year),
        await change_lines(session, unit_id, year, limit=CHANGE_LINES),
        await due_of(session, found),
        await heir_of(session, caller, found.unit),
        links_cases=CASES.lets_in(caller),
    )


def sight(caller: Principal) -> Hashable:
    """Return what a caller's page depends on: readers with the same share one look."""
    return caller.scope, CASES.lets_in(caller)


def looking(db: Database, caller: Principal, unit_id: str, year: int) -> Callable[[], Awaitable[View]]:
    """Return the look of a unit's stream, each time in a snapshot of its own."""

    async def look() -> View:
        async with db.reading() as session:
            return (await _look(session, caller, unit_id, year)).view

    return look
