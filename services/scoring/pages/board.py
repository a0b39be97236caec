"""The scoreboard: every unit in scope, one row each, the highest total first.

What is of the whole board and no page of a unit stands below `/nilai/-/`: no unit's id begins with a dash.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import RowMapping

from services.scoring.api import BoardPage
from services.scoring.domain.scores import gate_name
from services.scoring.domain.survey import survey_verdict
from services.scoring.domain.verdict import Measure, survey_words
from services.scoring.pages.frame import PAGES
from services.scoring.pages.live import watcher_of
from services.scoring.pages.texts import status_of, survey_status, svg
from services.scoring.store import board as store
from shared.http.api.paging import PageParameters, encode_cursor
from shared.http.authorization import PageCaller
from shared.http.fields import YearText
from shared.http.pages.live import EventSourceResponse, ServerSentEvent, live
from shared.http.pages.views import View, patches
from shared.http.state import state_of
from shared.indonesian import MISSING, number
from shared.instruments.lke import PREDICATES, TOTAL, Predicate, lke_instrument, rule_set, rule_set_for_year
from shared.kernel import Zone, default_year
from shared.security import Principal

router = APIRouter()
PageYear = Annotated[YearText | None, Query()]
PageTarget = Annotated[Predicate | Literal[""] | None, Query(description="Empty as the form sends it: all")]


@router.get("/nilai", operation_id="page_board")
async def board(
    request: Request,
    caller: PageCaller,
    page: BoardPage,
    year: PageYear = None,
    target: PageTarget = None,
) -> HTMLResponse:
    """Show all units of the agency with total, target, gates met, completeness and survey status."""
    async with state_of(request.app).db.reading() as session:
        years = await store.years(session, caller.scope)
        present = datetime.now(UTC).astimezone(Zone.WIB.tz).year
        year = year or default_year(years, present) or present
        rows = await _rows(session, caller, page, year, target)
        summary = await store.summary(session, caller.scope, year, _gate_count(year))
    shown = rows[: page.limit]
    view = _view(shown, summary, year)
    query = f"year={year}" + (f"&target={target}" if target else "")
    return PAGES.page(
        request,
        "board.html",
        rows=shown,
        texts=view.texts,
        year=year,
        years=sorted({*years, year}, reverse=True),
        target=target,
        gate_count=_gate_count(year),
        floors={
            target: svg(_floor(year, target), lke_instrument().weight_of(TOTAL)) for target in PREDICATES
        },
        stream=f"/nilai/-/langsung?{query}&limit={page.limit}&form={view.form}"
        + (f"&cursor={request.query_params['cursor']}" if "cursor" in request.query_params else ""),
        query=query,
        next=encode_cursor(_key(shown[-1])) if len(rows) > page.limit else None,
    )


@router.get("/nilai/-/langsung", operation_id="page_live", response_class=EventSourceResponse)
async def board_live(
    request: Request,
    caller: PageCaller,
    page: BoardPage,
    year: Annotated[YearText, Query()],
    target: PageTarget = None,
    form: Annotated[str, Query(max_length=32)] = "",
) -> AsyncIterator[ServerSentEvent]:
    """Stream what changes on the scoreboard."""
    db = state_of(request.app).db

    async def look() -> View:
        async with db.reading() as session:
            rows = await _rows(session, caller, page, year, target)
            summary = await store.summary(session, caller.scope, year, _gate_count(year))
        return _view(rows[: page.limit], summary, year)

    views = watcher_of(request).views(None, (caller.scope, page, year, target), look)
    async for event in live(request, patches(views, page_form=form)):
        yield event


async def _rows(
    session: Any, caller: Principal, page: PageParameters, year: int, target: str | None
) -> Sequence[RowMapping]:
    return await store.rows(
        session,
        caller.scope,
        year,
        target=target or None,
        after=page.after,
        limit=page.limit + 1,
    )


def _key(row: RowMapping) -> tuple[str, str, str]:
    return str(row["points"]), str(row["pengungkit"]), row["unit_id"]


def _gate_count(year: int) -> int:
    return len(rule_set(rule_set_for_year(year)).of("WBK"))


def _floor(year: int, target: Predicate) -> Fraction:
    """Return the points that the total must reach."""
    return next(gate.minimum for gate in rule_set(rule_set_for_year(year)).of(target) if gate.code == TOTAL)


def _view(rows: Sequence[RowMapping], summary: store.Summary, year: int) -> View:
    texts = {"jawab": _sentence(summary)}
    for row in rows:
        for key, value in _texts(row, year).items():
            name, at, attribute = key.partition("@")
            texts[f"{name}.{row['unit_id']}{at}{attribute}"] = value
    return View(tuple(sorted((row["unit_id"], row["target"]) for row in rows)), texts)


def _sentence(summary: store.Summary) -> str:
    units, scored, ready = summary
    if not units:
        return "Belum ada unit dengan program pada tahun ini."
    told = f"{ready} dari {units} unit memenuhi semua syarat nilai dan ambang survei predikat sasarannya"
    if waiting := scored - ready:
        told += f"; {waiting} unit lain sudah memenuhi syarat nilai, belum ambang survei"
    return f"{told}."


def _texts(row: RowMapping, year: int) -> Mapping[str, str]:
    """Return what may change in a unit's row: total, its bar, gates, completeness, survey."""
    target: Predicate = row["target"] or "WBK"
    met = set(row["gates_met"] or ())
    kind, mark, words = _survey(row)
    full = lke_instrument().weight_of(TOTAL)
    shown = Measure(Fraction(row["total"] or 0), _floor(year, target), full)
    is_reachable = row["upper"] is None or Fraction(row["upper"]) >= shown.floor
    colour, shape, _ = status_of(is_met=gate_name(target, TOTAL) in met, is_reachable=is_reachable)
    return {
        "nilai": MISSING if row["total"] is None else number(shown.value, shown.places),
        "batang@width": svg(shown.value, full),
        "batang@class": colour,
        "jarak@class": f"status {colour}",
        "bentuk": shape,
        "selisih": _distance(shown),
        "syarat": str(sum(name.startswith(f"{target}:") for name in met)),
        "isi": MISSING if row["items"] is None else f"{row['answered']}/{row['items']}",
        "survei@class": f"status long {kind}",
        "tanda": mark,
        "kata": words,
    }


def _distance(shown: Measure) -> str:
    """Return how far the total is from its floor, in words."""
    floor = number(shown.floor)
    if shown.value >= shown.floor:
        return f"mencapai {floor}"
    return f"kurang {number(shown.floor - shown.value, shown.places)} dari {floor}"


def _survey(row: RowMapping) -> tuple[str, str, str]:
    """Return kind, shape and words of the deciding survey against the unit's target."""
    if row["result"] is None:
        return "plain", "○", survey_words(None, has_survey=row["has_survey"])
    kind, mark, words = survey_status(row)
    verdict = survey_verdict(row)
    if verdict is not None and verdict.is_met:
        words = f"terpenuhi ({verdict.finished} responden)"
    return kind, mark, words
