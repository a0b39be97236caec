"""The way to a predicate, what a gate depends on, what changed answers would do."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BeforeValidator

from services.scoring.api.score import Year
from services.scoring.domain.sheets import Layer
from services.scoring.domain.supposing import read_answers, read_limits
from services.scoring.domain.way import area_of
from services.scoring.schemas.advice import AdviceOut, SensitivityOut
from services.scoring.schemas.comparison import WhatIfOut
from services.scoring.usecases.advice import advised, ranked, supposed
from shared.http.authorization import Caller
from shared.http.fields import read_digits
from shared.http.state import state_of
from shared.instruments.lke import Predicate, lke_instrument

router = APIRouter()
MOST_ITEMS = len(lke_instrument().questions)
MOST_AREAS = len({area_of(code) for code in lke_instrument().questions} - {None})

Aim = Annotated[Predicate | None, Query(description="The programme's target when left out")]
Without = Annotated[
    list[Annotated[str, Query(max_length=40)]],
    Query(default_factory=list, max_length=MOST_ITEMS, description="Items that stay as they are"),
]
MostAreas = Annotated[
    int | None,
    Query(ge=0, le=MOST_AREAS, description="In how many of the six areas answers may rise"),
    BeforeValidator(read_digits),
]
Supposed = Annotated[
    list[Annotated[str, Query(max_length=200)]],
    Query(
        default_factory=list,
        max_length=MOST_ITEMS,
        description="Item and answer: A.I.1.i.a:Ya, B.I.a:3,71, A.II.4.i.a:n1=4,n2=3; nothing behind the "
        "colon blanks it",
    ),
]


def texts() -> dict[str, str]:
    """Return the questions by code."""
    return {code: question.text for code, question in lke_instrument().questions.items()}


@router.get("/units/{unit_id}/way", operation_id="show_way")
async def show_way(
    request: Request,
    caller: Caller,
    unit_id: str,
    year: Year,
    without: Without,
    predicate: Aim = None,
    most_areas: MostAreas = None,
) -> AdviceOut:
    """Return the fewest better answers that meet each missed gate, and all of them together."""
    limits = read_limits(without, most_areas)
    async with state_of(request.app).db.reading() as session:
        told = await advised(session, caller, unit_id, year, predicate, limits)
    return AdviceOut.of(told, texts())


@router.get("/units/{unit_id}/gates/{gate}/sensitivity", operation_id="show_sensitivity")
async def show_sensitivity(
    request: Request, caller: Caller, unit_id: str, gate: str, year: Year, predicate: Aim = None
) -> SensitivityOut:
    """Return the items that a gate measures, those that lose most first, and which close its gap alone."""
    async with state_of(request.app).db.reading() as session:
        found, items = await ranked(session, caller, unit_id, year, predicate, gate)
    return SensitivityOut.of(found, items, texts())


@router.get("/units/{unit_id}/score/what-if", operation_id="show_what_if")
async def show_what_if(
    request: Request,
    caller: Caller,
    unit_id: str,
    year: Year,
    answer: Supposed,
    layer: Layer = "effective",
    predicate: Aim = None,
) -> WhatIfOut:
    """Count a copy of a layer with some answers changed: exact deltas and flipped gates, nothing written."""
    changes = read_answers(answer)
    async with state_of(request.app).db.reading() as session:
        told = await supposed(session, caller, unit_id, year, layer, predicate, changes)
    return WhatIfOut.of(told)
