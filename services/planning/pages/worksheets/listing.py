"""Which worksheets there are, and one as a whole: what is left to do, area by area."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from services.planning.pages.frame import PAGES, SEE_OTHER
from services.planning.pages.worksheets.facts import SheetFacts
from services.planning.pages.worksheets.reading import BesideReader, head_of, read_facts
from services.planning.pages.worksheets.sheet import (
    FILTER_WORDS,
    Area,
    Filter,
    Line,
    area_of,
    area_view,
    areas,
    counts,
    filters,
    lines_of,
    narrowed,
    next_act,
    verdict,
)
from services.planning.parameters import UnitPath, YearPath
from services.planning.worksheets.whole import page_sheets, unit_answers
from shared.http.addresses import WORKSHEETS, worksheet_page
from shared.http.api.paging import PageParameters, encode_cursor, paged, unit
from shared.http.authorization import PageCaller
from shared.http.pages.lists import address
from shared.http.state import state_of
from shared.indonesian import number
from shared.instruments.lke import pinned_policies, totals

UNITS_A_PAGE = 25
FilterQuery = Annotated[Filter, Query()]


def router(beside: BesideReader) -> APIRouter:
    """Return the pages; `beside` reads what other subjects say of a worksheet."""
    routes = APIRouter()

    @routes.get(WORKSHEETS, operation_id="page_worksheets")
    async def list_sheets(
        request: Request,
        caller: PageCaller,
        page: Annotated[PageParameters, paged(unit)],
        cari: Annotated[str, Query(max_length=100)] = "",
    ) -> Response:
        """Show the worksheets in scope; whoever has only one is led there."""
        limit = min(page.limit, UNITS_A_PAGE)
        search = cari.strip()
        async with state_of(request.app).db.reading() as session:
            after = page.after[0] if page.after else ""
            found = await page_sheets(session, caller.scope, after=after, limit=limit + 1, search=search)
            units = list(dict.fromkeys(sheet.unit_id for sheet in found))
            shown = [sheet for sheet in found if sheet.unit_id in units[:limit]]
            answers = await unit_answers(session, units[:limit]) if shown else {}
        if len(found) == 1 and not search and page.after is None:
            return RedirectResponse(worksheet_page(found[0].unit_id, found[0].year), SEE_OTHER)
        rows = []
        for sheet in shown:
            told = totals(answers.get((sheet.unit_id, sheet.year), {}), pinned_policies(sheet.policies))
            answered, items = told.completeness()
            kind = "good" if answered == items else "warn" if answered else "plain"
            href = worksheet_page(sheet.unit_id, sheet.year)
            rows.append((sheet, href, (kind, f"{answered}/{items}"), number(told.points("TOTAL"))))
        return PAGES.page(
            request,
            "worksheets.html",
            rows=rows,
            search=search,
            is_first=page.after is None,
            next=encode_cursor((units[limit - 1],)) if len(units) > limit else None,
        )

    @routes.get(f"{WORKSHEETS}/{{unit_id}}/{{year}}", operation_id="page_worksheet")
    async def show_sheet(
        request: Request,
        caller: PageCaller,
        unit_id: UnitPath,
        year: YearPath,
        saring: FilterQuery = Filter.ALL,
    ) -> HTMLResponse:
        """Show what is left to do, the areas, and the items that a filter leaves."""
        async with state_of(request.app).db.reading() as session:
            facts = await read_facts(session, caller, unit_id, year, beside)
        here, lines = worksheet_page(unit_id, year), lines_of(facts)
        return PAGES.page(
            request,
            "worksheet.html",
            **head_of(facts),
            **sheet_context(facts, lines, here, saring, None),
            may_write=facts.may_write,
            target=facts.whole.target,
            rows=[(line, f"{here}/{area_of(line.question.code)}#{line.question.code}")
                  for line in (narrowed(lines, saring) if saring is not Filter.ALL else ())],
        )  # fmt: skip

    @routes.get(
        f"{WORKSHEETS}/{{unit_id}}/{{year}}/ringkas.json",
        operation_id="page_worksheet_progress",
        response_class=JSONResponse,
    )
    async def tell_progress(
        request: Request,
        caller: PageCaller,
        unit_id: UnitPath,
        year: YearPath,
        area: Annotated[str, Query(max_length=10)] = "",
    ) -> JSONResponse:
        """Tell the sums of a worksheet by element id, for a page that has saved something."""
        async with state_of(request.app).db.reading() as session:
            facts = await read_facts(session, caller, unit_id, year, beside)
        return JSONResponse({"texts": progress_texts(facts, area if area in areas() else None)})

    return routes


def sheet_context(
    facts: SheetFacts, lines: Sequence[Line], here: str, by: Filter, area: str | None
) -> dict[str, Any]:
    """Return what the head of a worksheet's pages shows: verdict, next act, filters and areas.

    `lines` are the sheet's; the filters are those of the sheet, or of one of its areas.
    """
    mine = lines if area is None else [line for line in lines if area_of(line.question.code) == area]
    found, act = counts(mine), next_act(lines)
    place = here if area is None else f"{here}/{area}"
    return {
        "here": here,
        "verdict": verdict(counts(lines)),
        "act": act,
        "act_href": f"{here}/{area_of(act.code)}#{act.code}" if act else None,
        "areas": [(one, f"{here}/{key}") for key, one in area_views(facts, lines).items()],
        "area": area,
        "chips": [
            (
                FILTER_WORDS[one],
                address(place, {"saring": None if one is Filter.ALL else one.value}),
                found[one],
                one is by,
                f"n-{one.value}",
            )
            for one in filters(facts)
        ],
    }


def area_views(facts: SheetFacts, lines: Sequence[Line]) -> Mapping[str, Area]:
    """Return all areas by their word; `lines` are the sheet's."""
    return {key: area_view(facts, one, lines) for key, one in areas().items()}


def progress_texts(facts: SheetFacts, area: str | None) -> Mapping[str, str]:
    """Return what of a worksheet's page moves with each answer, by element id."""
    lines = lines_of(facts)
    mine = lines if area is None else [line for line in lines if area_of(line.question.code) == area]
    views = area_views(facts, lines)
    texts = {"jawab": verdict(counts(lines))}
    texts |= {f"n-{by.value}": str(found) for by, found in counts(mine).items()}
    for key, one in views.items():
        sign = "●" if one.answered == one.items else "▲"
        texts |= {
            f"a-{key}": f"{sign} {one.filled}",
            f"p-{key}": number(one.points),
            f"b-{key}@width": one.width,
        }
    if area is not None:
        texts |= {f"f-{place}": floor.text for place, floor in enumerate(views[area].floors)}
    return texts
