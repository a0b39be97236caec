"""The working-day calendar over HTTP, and the engine behind a request."""

from typing import Annotated, cast

from fastapi import APIRouter, Path, Request, Response

from services.complaints.deadlines.schemas import CalendarConfirmIn, CalendarYearOut, CalendarYearsOut
from services.complaints.deadlines.usecases import years
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.authorization import Caller
from shared.http.fields import YearText
from shared.http.state import state_of

router = APIRouter()
YearPath = Annotated[YearText, Path()]


def engine_of(request: Request) -> DeadlineEngine:
    """Return the deadline engine that `main.build` put on the application."""
    return cast("DeadlineEngine", request.app.state.engine)


@router.get("/calendar", operation_id="list_calendar_years")
async def list_calendar_years(request: Request, _actor: Caller) -> CalendarYearsOut:
    """Return the years of the working-day calendar with their decrees and who confirmed them."""
    async with state_of(request.app).db.reading() as session:
        found = await years.years(session)
    return CalendarYearsOut(items=[CalendarYearOut.of(year) for year in found])


@router.post(
    "/calendar/{year}/confirm",
    operation_id="confirm_calendar_year",
    responses=refusals(409),
    response_model=CalendarYearOut,
)
async def confirm_calendar_year(year: YearPath, body: CalendarConfirmIn, cmd: Commands) -> Response:
    """Say that the decree of a year was read; clocks that reach into it are provisional no longer."""
    return await cmd.run(
        lambda session: years.confirm(session, cmd.actor, year, body.decree), reply=CalendarYearOut.of
    )
