"""The assessors' page: where they differ from the unit and what that does, saved by script or by button."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import BeforeValidator
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.pages.frame import PAGES, SEE_OTHER
from services.planning.pages.review.effects import effects
from services.planning.pages.review.facts import ReviewFacts
from services.planning.pages.review.items import ReviewItem, review_item
from services.planning.pages.review.lines import (
    FILTER_WORDS,
    ReviewFilter,
    ReviewLine,
    counts,
    filters,
    left_words,
    narrowed,
    review_lines,
    verdict,
)
from services.planning.pages.review.marks import SIGNS, mark_texts, saved_marks
from services.planning.pages.review.reading import read_review
from services.planning.pages.way.stage_words import deadline_words
from services.planning.pages.worksheets.area import AreaPath
from services.planning.pages.worksheets.items import group_of
from services.planning.pages.worksheets.posting import Posted, posted_of, save_posted
from services.planning.pages.worksheets.reading import drafts_of
from services.planning.pages.worksheets.saving import PageAnswersIn, save_layer
from services.planning.pages.worksheets.sheet import area_of, areas, questions_of
from services.planning.parameters import Seen, UnitPath, YearPath
from shared.http.addresses import WORKSHEETS, worksheet_page
from shared.http.api.command import Commands
from shared.http.authorization import PageCaller
from shared.http.fields import read_digits
from shared.http.pages.lists import address
from shared.http.state import state_of
from shared.instruments.lke import lke_instrument
from shared.security import Principal

router = APIRouter()
MOST_BLOCKS = 40
"""Items shown open at once outside an area; what is more stands as lines that lead into the areas."""
LayerPath = Literal[Layer.TPI, Layer.TPN]
FilterQuery = Annotated[ReviewFilter | None, Query()]
PATH = f"{WORKSHEETS}/{{unit_id}}/{{year}}/penilaian/{{layer}}"
_DIGITS = BeforeValidator(read_digits)


@router.get(PATH, operation_id="page_review")
async def show_review(
    request: Request,
    caller: PageCaller,
    unit_id: UnitPath,
    year: YearPath,
    layer: LayerPath,
    saring: FilterQuery = None,
    tersimpan: Annotated[int | None, Query(ge=0, le=113), _DIGITS] = None,
) -> HTMLResponse:
    """Show where the assessors differ, over all areas."""
    return await _show(request, caller, (unit_id, year, layer), None, saring, tersimpan)


@router.get(f"{PATH}/ringkas.json", operation_id="page_review_progress", response_class=JSONResponse)
async def tell_progress(
    request: Request,
    caller: PageCaller,
    unit_id: UnitPath,
    year: YearPath,
    layer: LayerPath,
    area: Annotated[str, Query(max_length=10)] = "",
) -> JSONResponse:
    """Tell what moves with each answer by element id, for a page that has saved something."""
    async with state_of(request.app).db.reading() as session:
        facts = await read_review(session, caller, unit_id, year, layer)
    return JSONResponse({"texts": progress_texts(facts, area if area in areas() else None)})


@router.post(f"{PATH}/jawaban", operation_id="page_save_review_answers", response_class=JSONResponse)
async def save_answers(
    request: Request,
    caller: PageCaller,
    unit_id: UnitPath,
    year: YearPath,
    layer: LayerPath,
    body: PageAnswersIn,
    seen: Seen,
    cmd: Commands,
) -> Response:
    """Save answers of the assessors' layer, and tell how they stand to the items now."""
    return await save_layer(request, caller, cmd, unit_id, year, layer, body, seen, marks=saved_marks)


@router.post(PATH, operation_id="page_save_review")
async def save_review(
    request: Request,
    caller: PageCaller,
    unit_id: UnitPath,
    year: YearPath,
    layer: LayerPath,
    saring: FilterQuery = None,
) -> Response:
    """Save what was changed, over all areas."""
    return await _save(request, caller, (unit_id, year, layer), None, saring)


@router.get(f"{PATH}/{{area}}", operation_id="page_review_area")
async def show_review_area(
    request: Request,
    caller: PageCaller,
    unit_id: UnitPath,
    year: YearPath,
    layer: LayerPath,
    area: AreaPath,
    saring: FilterQuery = None,
    tersimpan: Annotated[int | None, Query(ge=0, le=113), _DIGITS] = None,
) -> HTMLResponse:
    """Show the items of an area."""
    return await _show(request, caller, (unit_id, year, layer), area, saring, tersimpan)


@router.post(f"{PATH}/{{area}}", operation_id="page_save_review_area")
async def save_review_area(
    request: Request,
    caller: PageCaller,
    unit_id: UnitPath,
    year: YearPath,
    layer: LayerPath,
    area: AreaPath,
    saring: FilterQuery = None,
) -> Response:
    """Save what was changed in an area."""
    return await _save(request, caller, (unit_id, year, layer), area, saring)


Key = tuple[str, int, Layer]


async def _show(
    request: Request,
    caller: Principal,
    key: Key,
    area: str | None,
    by: ReviewFilter | None,
    saved: int | None,
) -> HTMLResponse:
    facts = await state_of(request.app).db.read(
        lambda session: read_review(session, caller, *key, shown=_codes(area))
    )
    return _page(request, caller, facts, area, by or _usual(area), saved=saved)


async def _save(
    request: Request, caller: Principal, key: Key, area: str | None, by: ReviewFilter | None
) -> Response:
    """Save what was changed, all or nothing; a refusal keeps all that was typed."""
    sent = [(name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)]
    known = _codes(area)

    async def judged(session: AsyncSession) -> tuple[ReviewFacts, Posted]:
        facts = await read_review(session, caller, *key, shown=known)
        return facts, await posted_of(
            session, facts.whole, facts.own, sent, known=known, layer=facts.layer, offered=facts.before
        )

    facts, posted = await state_of(request.app).db.read(judged)
    status = await save_posted(request, caller, facts.whole, posted, facts.layer)
    if posted.is_refused:
        return _page(request, caller, facts, area, by or _usual(area), posted=posted, status=status)
    unit_id, year, layer = key
    code = dict(sent).get("temuan", "")
    if code in lke_instrument().questions:
        return RedirectResponse(worksheet_page(unit_id, year, "temuan", code), SEE_OTHER)
    query = {"saring": by.value if by else None, "tersimpan": str(len(posted.fields))}
    place = worksheet_page(unit_id, year, "penilaian", layer.value, *([area] if area else []))
    return RedirectResponse(address(place, query), SEE_OTHER)


def _codes(area: str | None) -> frozenset[str]:
    return (
        frozenset(one.code for one in questions_of(area)) if area else frozenset(lke_instrument().questions)
    )


def _usual(area: str | None) -> ReviewFilter:
    """Return what a page shows unasked: an area all of it, else only differences."""
    return ReviewFilter.ALL if area else ReviewFilter.DIFFERS


def _page(
    request: Request,
    caller: Principal,
    facts: ReviewFacts,
    area: str | None,
    by: ReviewFilter,
    *,
    saved: int | None = None,
    posted: Posted | None = None,
    status: int = 200,
) -> HTMLResponse:
    whole, lines = facts.whole, review_lines(facts)
    here = worksheet_page(whole.unit_id, whole.year, "penilaian", facts.layer.value)
    place = f"{here}/{area}" if area else here
    mine = _within(lines, area)
    found, typed = counts(mine), posted.fields if posted else {}
    left = [line for line in mine if line in narrowed(mine, by) or line.code in typed]
    shown = left if area or posted else left[:MOST_BLOCKS]
    return PAGES.page(
        request,
        "review.html",
        status=status,
        unit_id=whole.unit_id,
        year=whole.year,
        unit_name=whole.unit_name,
        words=facts.words,
        layer=facts.layer.value,
        round=facts.standing.assessment.tpi_round if facts.layer is Layer.TPI else None,
        here=here,
        sheet=worksheet_page(whole.unit_id, whole.year),
        area=area,
        title=areas()[area].title if area else "",
        areas=[
            (key, one.title, f"{here}/{key}", *_done(_within(lines, key))) for key, one in areas().items()
        ],
        verdict=verdict(facts, lines),
        left=left_words(lines),
        deadline=deadline_words(facts.standing),
        effects=effects(facts, lines),
        is_assessed=any(not line.is_open for line in lines),
        chips=[
            (
                FILTER_WORDS[one],
                address(place, {"saring": one.value}),
                found[one],
                one is by,
                f"n-{one.value}",
            )
            for one in filters(facts)
        ],
        by=by,
        items=_items(facts, shown, posted),
        more=[(line, f"{here}/{area_of(line.code)}#{line.code}") for line in left[len(shown) :]],
        version=whole.version,
        may_write=facts.may_write,
        obstacle=facts.obstacle,
        saved=saved,
        posted=posted,
        prefix=drafts_of(request, caller, whole.unit_id, f"{facts.layer.value}-{whole.year}"),
        action=address(place, {"saring": by.value}),
        is_scripted=facts.may_write and posted is None,
        has_findings=facts.layer is Layer.TPI,
    )


def _within(lines: Sequence[ReviewLine], area: str | None) -> Sequence[ReviewLine]:
    return lines if area is None else [line for line in lines if area_of(line.code) == area]


def _done(lines: Sequence[ReviewLine]) -> tuple[str, str]:
    """Return how many items of an area are assessed, and its mark."""
    done = sum(not line.is_open for line in lines)
    return "good" if done == len(lines) else "warn" if done else "plain", f"{done}/{len(lines)}"


def _items(facts: ReviewFacts, shown: Sequence[ReviewLine], posted: Posted | None) -> Sequence[ReviewItem]:
    found, before = [], ""
    for line in shown:
        parent = line.question.parent
        found.append(
            review_item(
                facts,
                line,
                typed=posted.fields.get(line.code) if posted else None,
                faults=posted.faults.get(line.code, ()) if posted else (),
                theirs=posted.theirs.get(line.code) if posted else None,
                group=group_of(parent, facts.totals_after) if parent != before else "",
            )
        )
        before = parent
    return found


def progress_texts(facts: ReviewFacts, area: str | None) -> Mapping[str, str]:
    """Return what of the page moves with each answer, by element id."""
    lines = review_lines(facts)
    mine = _within(lines, area)
    texts: dict[str, Any] = {"jawab": verdict(facts, lines), "sisa": left_words(lines)}
    texts |= {f"n-{by.value}": str(found) for by, found in counts(mine).items()}
    for key in areas():
        kind, told = _done(_within(lines, key))
        texts[f"a-{key}"] = f"{SIGNS[kind]} {told}"
    for line in mine:
        texts |= mark_texts(line)
    for row in effects(facts, lines):
        texts |= {f"o-{row.key}": row.after, f"s-{row.key}": row.gained}
        texts |= {f"b-{row.key}@x": row.bar_from, f"b-{row.key}@width": row.bar_width}
        texts[f"b-{row.key}@class"] = BARS[row.kind]
        for at, gate in enumerate(row.gates):
            texts |= {
                f"g-{row.key}-{at}": f"{SIGNS[gate.kind]} {gate.text}",
                f"g-{row.key}-{at}@class": f"status {gate.kind}",
            }
    return texts


BARS: Mapping[str, str] = {"good": "met", "bad": "short", "plain": "track"}
