"""A layer's year as a story, and two scores beside each other."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BeforeValidator

from services.scoring.api.score import Year
from services.scoring.domain.sheets import Layer
from services.scoring.schemas.comparison import ComparisonOut
from services.scoring.schemas.history import HistoryOut
from services.scoring.usecases.history import compared, history_of
from shared.http.authorization import Caller
from shared.http.fields import Day, YearText, read_digits
from shared.http.state import state_of

router = APIRouter()


@router.get("/units/{unit_id}/history", operation_id="show_history")
async def show_history(
    request: Request,
    caller: Caller,
    unit_id: str,
    year: Year,
    layer: Layer = "effective",
    first: Annotated[Day | None, Query(description="First day of what changed, where the unit is")] = None,
    last: Annotated[Day | None, Query(description="Last day, itself counted")] = None,
    limit: Annotated[
        int, Query(ge=0, le=2000, description="Lines at most"), BeforeValidator(read_digits)
    ] = 200,
) -> HistoryOut:
    """Return the score day by day, and what changed between two days with its causes."""
    async with state_of(request.app).db.reading() as session:
        told = await history_of(session, caller, unit_id, year, layer, first, last)
    return HistoryOut.of(told, limit)


@router.get("/units/{unit_id}/comparison", operation_id="show_comparison")
async def show_comparison(
    request: Request,
    caller: Caller,
    unit_id: str,
    year: Year,
    layer: Layer = "effective",
    with_unit: Annotated[str | None, Query(max_length=100, description="The same unit when left out")] = None,
    with_year: Annotated[YearText | None, Query(description="The same year when left out")] = None,
    with_layer: Annotated[Layer | None, Query(description="The same layer when left out")] = None,
) -> ComparisonOut:
    """Compare a unit's year and layer with another: every node, and the items that differ."""
    other = with_unit or unit_id, with_year or year, with_layer or layer
    async with state_of(request.app).db.reading() as session:
        sides = await compared(session, caller, (unit_id, year, layer), other)
    return ComparisonOut.of(*sides)
