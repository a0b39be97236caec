"""One area of a worksheet: its questions as blocks, saved one by one by a script, or all by the button."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BeforeValidator
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.pages.frame import PAGES, SEE_OTHER
from services.planning.pages.worksheets.facts import SheetFacts
from services.planning.pages.worksheets.items import Item, group_of, item_of
from services.planning.pages.worksheets.listing import FilterQuery, sheet_context
from services.planning.pages.worksheets.posting import Posted, posted_of, save_posted
from services.planning.pages.worksheets.reading import BesideReader, drafts_of, head_of, read_facts
from services.planning.pages.worksheets.sheet import (
    Area,
    Filter,
    Line,
    area_of,
    area_view,
    areas,
    lines_of,
    narrowed,
    questions_of,
)
from services.planning.parameters import UnitPath, YearPath
from services.planning.worksheets.words import answer_words
from shared.http.addresses import WORKSHEETS, worksheet_page
from shared.http.authorization import PageCaller
from shared.http.fields import read_digits
from shared.http.pages.lists import address
from shared.http.state import state_of
from shared.instruments.lke import lke_instrument
from shared.security import Principal

AreaPath = Literal["1", "2", "3", "4", "5", "6", "hasil"]


def router(beside: BesideReader) -> APIRouter:
    """Return the pages; `beside` reads what other subjects say of a worksheet."""
    routes = APIRouter()
    path = f"{WORKSHEETS}/{{unit_id}}/{{year}}/{{area}}"

    @routes.get(path, operation_id="page_area")
    async def show_area(
        request: Request,
        caller: PageCaller,
        unit_id: UnitPath,
        year: YearPath,
        area: AreaPath,
        saring: FilterQuery = Filter.ALL,
        tersimpan: Annotated[int | None, Query(ge=0, le=113), BeforeValidator(read_digits)] = None,
    ) -> HTMLResponse:
        """Show the items of an area, open to whoever fills them, to read for all others."""
        async with state_of(request.app).db.reading() as session:
            facts = await read_facts(session, caller, unit_id, year, beside, shown=_codes(area))
        return _page(request, caller, facts, area, saring, saved=tersimpan)

    @routes.post(path, operation_id="page_save_area")
    async def save_area(
        request: Request,
        caller: PageCaller,
        unit_id: UnitPath,
        year: YearPath,
        area: AreaPath,
        saring: FilterQuery = Filter.ALL,
    ) -> Response:
        """Save what was changed in an area, all or nothing; a refusal keeps all that was typed."""
        db = state_of(request.app).db
        sent = [
            (name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)
        ]

        async def judged(session: AsyncSession) -> tuple[SheetFacts, Posted]:
            facts = await read_facts(session, caller, unit_id, year, beside, shown=_codes(area))
            return facts, await posted_of(
                session,
                facts.whole,
                facts.unit,
                sent,
                known=_codes(area),
                layer=Layer.UNIT,
                offered={code: live.answer for code, live in facts.beside.live.items()},
            )

        facts, posted = await db.read(judged)
        status = await save_posted(request, caller, facts.whole, posted, Layer.UNIT)
        if posted.is_refused:
            return _page(request, caller, facts, area, saring, posted=posted, status=status)
        return RedirectResponse(_following(unit_id, year, area, saring, sent, len(posted.fields)), SEE_OTHER)

    return routes


def _codes(area: str) -> frozenset[str]:
    return frozenset(question.code for question in questions_of(area))


def _following(
    unit_id: str, year: int, area: str, by: Filter, sent: Sequence[tuple[str, str]], changed: int
) -> str:
    """Return where the button leads: back to the area, or to the evidence of the item whose button it was."""
    code = dict(sent).get("bukti", "")
    if code in lke_instrument().questions:
        return worksheet_page(unit_id, year, "bukti", code)
    query = {"saring": None if by is Filter.ALL else by.value, "tersimpan": str(changed)}
    return address(worksheet_page(unit_id, year, area), query)


def _page(
    request: Request,
    caller: Principal,
    facts: SheetFacts,
    area: str,
    by: Filter,
    *,
    saved: int | None = None,
    posted: Posted | None = None,
    status: int = 200,
) -> HTMLResponse:
    whole, key = facts.whole, areas()[area]
    here = worksheet_page(whole.unit_id, whole.year)
    names, lines = list(areas()), lines_of(facts)
    view = area_view(facts, key, lines)
    following = names[names.index(area) + 1] if area != names[-1] else None
    return PAGES.page(
        request,
        "worksheet_area.html",
        status=status,
        **head_of(facts),
        **sheet_context(facts, lines, here, by, area),
        title=key.title,
        view=view,
        items=_items(facts, view, lines, by, posted),
        version=whole.version,
        may_write=facts.may_write,
        by=by,
        saved=saved,
        posted=posted,
        following=(areas()[following].title, f"{here}/{following}") if following else None,
        prefix=drafts_of(request, caller, whole.unit_id, str(whole.year)),
        action=address(f"{here}/{area}", {"saring": None if by is Filter.ALL else by.value}),
        is_scripted=facts.may_write and posted is None,
        answer_words=answer_words,
    )


def _items(
    facts: SheetFacts, view: Area, lines: Sequence[Line], by: Filter, posted: Posted | None
) -> Sequence[Item]:
    """Return the blocks that a filter leaves of an area, those that were typed into always among them."""
    typed = posted.fields if posted else {}
    mine = [line for line in lines if area_of(line.question.code) == view.key.key]
    left = {line.question.code for line in narrowed(mine, by)} | typed.keys()
    found, before = [], ""
    for line in mine:
        code, parent = line.question.code, line.question.parent
        if code not in left:
            continue
        found.append(
            item_of(
                facts,
                view,
                line,
                typed=typed.get(code),
                faults=posted.faults.get(code, ()) if posted else (),
                theirs=posted.theirs.get(code) if posted else None,
                group=group_of(parent, facts.totals) if parent != before else "",
            )
        )
        before = parent
    return found
