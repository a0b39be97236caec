"""The scoreboard: every unit in scope, one row each, the highest total first.

What is of the whole board and no page of a unit stands below `/nilai/-/`: no unit's id begins with a dash.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import AfterValidator, BeforeValidator
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.pinning import pinned_rules
from services.scoring.pages.board_files import file_of
from services.scoring.pages.board_texts import board_view, floor_of, gates_of
from services.scoring.pages.frame import PAGES
from services.scoring.pages.live import watcher_of
from services.scoring.pages.next_texts import gate_names
from services.scoring.store import board as store
from shared.http.addresses import SCOREBOARD
from shared.http.api.paging import (
    DEFAULT_LIMIT,
    MAX_CURSOR,
    MAX_LIMIT,
    PageParameters,
    Part,
    encode_cursor,
    number,
    read_key,
    unit,
)
from shared.http.authorization import PageCaller
from shared.http.fields import YearText, read_digits
from shared.http.pages.charts import share
from shared.http.pages.lists import address
from shared.http.pages.live import EventSourceResponse, ServerSentEvent, live
from shared.http.pages.views import View, patches
from shared.http.state import state_of
from shared.indonesian import capital
from shared.instruments.lke import PREDICATES, TOTAL, Predicate, lke_instrument
from shared.instruments.lke.stages import STAGE_WORDS
from shared.kernel import Zone, default_year
from shared.security import Principal

router = APIRouter()
MOST_TEXT = 200
ORDERS: dict[store.Order, str] = {
    "total": "nilai tertinggi",
    "name": "nama unit",
    "gate": "paling dekat ke predikat",
    "completeness": "paling lengkap",
}
READY = {"ready": True, "unmet": False}
FILLED: dict[store.Filled, str] = {"empty": "belum mulai", "part": "sebagian", "full": "lengkap"}
SURVEYS: dict[store.SurveyState, str] = {
    "met": "terpenuhi",
    "not_met": "belum terpenuhi",
    "none": "belum ada",
}
PROPOSED = {"yes": True, "no": False}
PageYear = Annotated[YearText | None, Query()]
PageTarget = Annotated[Predicate | Literal[""] | None, Query(description="Empty as the form sends it: all")]
PageStatus = Annotated[
    Literal["ready", "unmet", ""] | None, Query(description="Score and survey of the own target")
]
PageRegion = Annotated[str | None, Query(max_length=MOST_TEXT, pattern=r"^[^\x00]*$")]


def _gate(code: str | None) -> str | None:
    if code and code not in gate_names():
        raise ValueError("no gate of ours")
    return code


def _stage(code: str | None) -> str | None:
    if code and code not in STAGE_WORDS:
        raise ValueError("no stage of ours")
    return code


PageMissed = Annotated[
    str | None, Query(max_length=20, description="Gate of the own target"), AfterValidator(_gate)
]
PageFilled = Annotated[store.Filled | Literal[""] | None, Query(description="How far the worksheet is")]
PageSurvey = Annotated[store.SurveyState | Literal[""] | None, Query(description="The deciding campaign")]
PageStage = Annotated[
    str | None, Query(max_length=40, description="Where the assessment stands"), AfterValidator(_stage)
]
PageProposed = Annotated[Literal["yes", "no", ""] | None, Query(description="Proposed, and not withdrawn")]
PageOrder = Annotated[store.Order, Query(description="Best first; names as the alphabet has them")]


def _name(part: Any) -> str:
    if not isinstance(part, str) or "\0" in part or len(part) > MOST_TEXT:
        raise ValueError("no name of a unit")
    return part


PARTS: dict[store.Order, tuple[Part, ...]] = {
    "total": (number, number, unit),
    "name": (_name, unit),
    "gate": (number, number, unit),
    "completeness": (number, unit),
}
"""What the cursor of each order holds behind the order's name."""


async def read_page(
    limit: Annotated[
        int, Query(ge=1, le=MAX_LIMIT, description="Rows per page"), BeforeValidator(read_digits)
    ] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=MAX_CURSOR, description="Where the page begins")] = None,
    sort: PageOrder = "total",
) -> PageParameters:
    """Read a place in the list; a cursor belongs to its order."""

    def order(part: Any) -> str:
        if part != sort:
            raise ValueError("the cursor of another order")
        return sort

    return PageParameters(limit, read_key(cursor, (order, *PARTS[sort]))[1:] if cursor else None)


BoardPlace = Annotated[PageParameters, Depends(read_page)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a board shows: filters and order, as its address says them."""

    year: int
    target: Predicate | None = None
    status: str | None = None
    region: str | None = None
    missed: str | None = None
    filled: store.Filled | None = None
    survey: store.SurveyState | None = None
    stage: str | None = None
    proposed: str | None = None
    sort: store.Order = "total"

    @property
    def filters(self) -> store.Filters:
        return store.Filters(
            self.target,
            None if self.status is None else READY[self.status],
            self.region,
            self.missed,
            self.filled,
            self.survey,
            self.stage,
            None if self.proposed is None else PROPOSED[self.proposed],
        )

    @property
    def is_narrowed(self) -> bool:
        return self.filters != store.Filters()

    @property
    def widest(self) -> str:
        """The address of the same board without any filter."""
        return Asked(self.year, sort=self.sort).href()

    @property
    def rare(self) -> list[str]:
        """Return in words the filters that fold away."""
        words = (
            self.region,
            self.missed and f"kurang {gate_names().get(self.missed, self.missed)}",
            self.filled and f"butir {FILLED[self.filled]}",
            self.survey and f"ambang survei {SURVEYS[self.survey]}",
            self.stage and STAGE_WORDS.get(self.stage, self.stage),
            self.proposed and ("diusulkan" if PROPOSED[self.proposed] else "tidak diusulkan"),
        )
        return [one for one in words if one]

    def href(self, path: str = SCOREBOARD, **changes: str | None) -> str:
        """Return the address of the same board but for some parts; what is usual is left out."""
        parts = {
            "year": str(self.year),
            "target": self.target,
            "status": self.status,
            "region": self.region,
            "missed": self.missed,
            "filled": self.filled,
            "survey": self.survey,
            "stage": self.stage,
            "proposed": self.proposed,
            "sort": None if self.sort == "total" else self.sort,
        }
        return address(path, parts | changes)


async def read_filters(
    target: PageTarget = None,
    status: PageStatus = None,
    region: PageRegion = None,
    missed: PageMissed = None,
    filled: PageFilled = None,
    survey: PageSurvey = None,
    stage: PageStage = None,
    proposed: PageProposed = None,
    sort: PageOrder = "total",
) -> Asked:
    """Read filters and order, of no year yet; a filter that is empty is none."""
    return Asked(
        0,
        target or None,
        status or None,
        region or None,
        missed or None,
        filled or None,
        survey or None,
        stage or None,
        proposed or None,
        sort,
    )


BoardFilters = Annotated[Asked, Depends(read_filters)]


@router.get("/nilai", operation_id="page_board")
async def board(
    request: Request,
    caller: PageCaller,
    page: BoardPlace,
    asked: BoardFilters,
    year: PageYear = None,
    kind: Annotated[
        Literal["html", "csv", "xlsx"], Query(alias="format", description="As a page or a file")
    ] = "html",
) -> Response:
    """Show all units of the agency with total, target, gates met, completeness and survey status."""
    async with state_of(request.app).db.reading() as session:
        years = await store.years(session, caller.scope)
        present = datetime.now(UTC).astimezone(Zone.WIB.tz).year
        year = year or default_year(years, present) or present
        asked = replace(asked, year=year)
        if kind == "html":
            regions = await store.regions(session, caller.scope)
            merged = await store.merged(session, caller.scope)
            rows, near, summary = await _look(session, caller, page, asked)
        else:
            every = await _every_row(session, caller, asked)
    if kind != "html":
        return await file_of(kind, year, every)
    shown = rows[: page.limit]
    return _page(
        request,
        page,
        asked,
        shown,
        near,
        summary,
        regions,
        merged,
        sorted({*years, year}, reverse=True),
        encode_cursor((asked.sort, *store.key(shown[-1], asked.sort))) if len(rows) > page.limit else None,
    )


def _page(
    request: Request,
    page: PageParameters,
    asked: Asked,
    rows: Sequence[RowMapping],
    near: RowMapping | None,
    summary: store.Summary,
    regions: Sequence[str],
    merged: Sequence[RowMapping],
    years: Sequence[int],
    following: str | None,
) -> HTMLResponse:
    view = board_view(rows, near, summary, asked.year)
    stream = {"limit": str(page.limit), "form": view.form, "cursor": request.query_params.get("cursor")}
    return PAGES.page(
        request,
        "board.html",
        rows=rows,
        near=near,
        texts=view.texts,
        asked=asked,
        years=years,
        merged=merged,
        region_choices=[(one, one) for one in regions],
        gate_choices=[
            (gate.code, gate.name) for gate in pinned_rules(asked.year, None).of(asked.target or "WBK")
        ],
        filled_choices=FILLED.items(),
        survey_choices=SURVEYS.items(),
        stage_choices=[(code, capital(words)) for code, words in STAGE_WORDS.items()],
        proposed_choices=(("yes", "Diusulkan"), ("no", "Tidak diusulkan")),
        stages=STAGE_WORDS,
        orders=ORDERS,
        chips=_chips(asked, summary),
        floors={
            row["unit_id"]: share(gates_of(row, asked.year)[TOTAL].minimum, lke_instrument().weight_of(TOTAL))
            for row in rows
        },
        minima={one: floor_of(pinned_rules(asked.year, None), one) for one in PREDICATES},
        stream=asked.href(f"{SCOREBOARD}/-/langsung", sort=asked.sort, **stream),
        next=following,
        following=asked.href(limit=None if page.limit == DEFAULT_LIMIT else str(page.limit)),
    )


def _chips(asked: Asked, summary: store.Summary) -> list[tuple[str, str, int | None, bool]]:
    """Return the quick filters: name, address, units behind it, whether it is this one."""
    wbk = summary.units - summary.wbbm
    unmet = summary.units - summary.ready
    return [
        ("Semua", asked.widest, summary.listed, not asked.is_narrowed),
        ("Siap", asked.href(target=None, status="ready"), summary.ready, asked.status == "ready"),
        ("Belum memenuhi", asked.href(target=None, status="unmet"), unmet, asked.status == "unmet"),
        ("WBK", asked.href(target="WBK", status=None), wbk, asked.target == "WBK"),
        ("WBBM", asked.href(target="WBBM", status=None), summary.wbbm, asked.target == "WBBM"),
        ("Diusulkan", asked.href(proposed="yes"), None, asked.proposed == "yes"),
    ]


async def _every_row(session: AsyncSession, caller: Principal, asked: Asked) -> Sequence[RowMapping]:
    """Read the rows of all pages of the board."""
    return await store.rows(
        session, caller.scope, asked.year, filters=asked.filters, order=asked.sort, after=None, limit=None
    )


@router.get("/nilai/-/langsung", operation_id="page_live", response_class=EventSourceResponse)
async def board_live(
    request: Request,
    caller: PageCaller,
    page: BoardPlace,
    filters: BoardFilters,
    year: Annotated[YearText, Query()],
    form: Annotated[str, Query(max_length=32)] = "",
) -> AsyncIterator[ServerSentEvent]:
    """Stream what changes on the scoreboard."""
    db = state_of(request.app).db
    asked = replace(filters, year=year)

    async def look() -> View:
        async with db.reading() as session:
            rows, near, summary = await _look(session, caller, page, asked)
        return board_view(rows[: page.limit], near, summary, year)

    views = watcher_of(request).views(None, (caller.scope, page, asked), look)
    async for event in live(request, patches(views, page_form=form)):
        yield event


async def _look(
    session: AsyncSession, caller: Principal, page: PageParameters, asked: Asked
) -> tuple[Sequence[RowMapping], RowMapping | None, store.Summary]:
    """Read a page of rows, one more than is shown, the nearest unit and the counts of the whole board."""
    rows = await store.rows(
        session,
        caller.scope,
        asked.year,
        filters=asked.filters,
        order=asked.sort,
        after=page.after,
        limit=page.limit + 1,
    )
    summary, near = await store.overview(session, caller.scope, asked.year, asked.region)
    return rows, near, summary
