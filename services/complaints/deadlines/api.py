"""The working-day calendar over HTTP, and the engine behind a request."""

from datetime import datetime
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Path, Query, Request, Response

from services.complaints.deadlines.domain.calendars import Target
from services.complaints.deadlines.schemas import (
    TIME_UNITS,
    Amount,
    CalendarConfirmIn,
    CalendarDraftOut,
    CalendarYearOut,
    CalendarYearsOut,
    DaysOffIn,
    DueOut,
    LocalMoment,
    MovesOut,
    SetOut,
    UnitCalendarOut,
    WeekDays,
    WeekIn,
    YearChangeIn,
    hours_of,
)
from services.complaints.deadlines.usecases import drafts, own, preview, years
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.calendar.reckoning import Length
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.authorization import Caller
from shared.http.fields import UnitId, YearText
from shared.http.state import state_of
from shared.kernel import Zone

router = APIRouter()
YearPath = Annotated[YearText, Path()]
UnitPath = Annotated[UnitId, Path()]
ZoneQuery = Annotated[Zone | None, Query(description="Days off of one zone; default: of the nation")]


def engine_of(request: Request) -> DeadlineEngine:
    """Return the deadline engine that `main.build` put on the application."""
    return cast("DeadlineEngine", request.app.state.engine)


def _target(year: int, zone: Zone | None) -> Target:
    return Target("national", "", year) if zone is None else Target("zone", zone.value, year)


@router.get("/calendar", operation_id="list_calendar_years")
async def list_calendar_years(request: Request, _actor: Caller) -> CalendarYearsOut:
    """Return the years of the working-day calendar with their decrees and who confirmed them."""
    async with state_of(request.app).db.reading() as session:
        found = await years.years(session)
    return CalendarYearsOut(items=[CalendarYearOut.of(year) for year in found])


@router.get("/calendar/due", operation_id="preview_due", responses=refusals(404))
async def preview_due(
    request: Request,
    actor: Caller,
    start: Annotated[LocalMoment, Query(alias="from")],
    length: Annotated[Amount, Query()],
    unit_of_time: Annotated[
        Literal["wd", "cd", "wh", "ch"], Query(description="Working or calendar days, working or clock hours")
    ] = "wd",
    zone: Annotated[Zone, Query()] = Zone.WIB,
    week: Annotated[WeekDays | None, Query(description="Days of the week; default: as most units")] = None,
    unit: Annotated[
        UnitId | None, Query(description="By the calendar of this unit; zone and week are then its own")
    ] = None,
    roll: Annotated[bool, Query(description="A last day off moves on to the next working day")] = False,
) -> DueOut:
    """Return when something that starts then is due, with each day that is passed over, by name."""
    counted = Length(TIME_UNITS[unit_of_time], length, is_rolling=roll)
    weekdays = None if week is None else frozenset(range(1, week + 1))
    async with state_of(request.app).db.reading() as session:
        local_start = datetime.fromisoformat(start)
        if unit is None:
            found = await preview.due_day(session, counted, local_start, zone, weekdays)
        else:
            found = await preview.due_day_of_unit(session, actor, unit, counted, local_start)
    return DueOut.of(found)


@router.post("/calendar/{year}/import", operation_id="import_calendar_year", response_model=CalendarDraftOut)
async def import_calendar_year(year: YearPath, cmd: Commands) -> Response:
    """Draft the days off of a year as the package `holidays` has them; none counts before a confirmation."""
    return await cmd.run(lambda session: drafts.take_in(session, cmd.actor, year), reply=CalendarDraftOut.of)


@router.post(
    "/calendar/{year}/changes",
    operation_id="change_calendar_year",
    responses=refusals(409),
    response_model=CalendarDraftOut,
)
async def change_calendar_year(
    year: YearPath, body: YearChangeIn, cmd: Commands, zone: ZoneQuery = None
) -> Response:
    """Draft days off added and removed by a decree; nothing counts before a person confirms."""
    return await cmd.run(
        lambda session: drafts.change(
            session, cmd.actor, _target(year, zone), body.added(), body.removes, body.decree, body.spans()
        ),
        reply=CalendarDraftOut.of,
    )


@router.get("/calendar/{year}/draft", operation_id="show_calendar_draft", responses=refusals(404))
async def show_calendar_draft(
    request: Request, _actor: Caller, year: YearPath, zone: ZoneQuery = None
) -> CalendarDraftOut:
    """Return what waits for confirmation, against what stands."""
    async with state_of(request.app).db.reading() as session:
        return CalendarDraftOut.of(await drafts.show(session, _target(year, zone)))


@router.post(
    "/calendar/{year}/discard",
    operation_id="discard_calendar_draft",
    responses=refusals(404),
    status_code=204,
    response_class=Response,
)
async def discard_calendar_draft(year: YearPath, cmd: Commands, zone: ZoneQuery = None) -> Response:
    """Forget what waits for confirmation."""
    return await cmd.run(lambda session: drafts.discard(session, cmd.actor, _target(year, zone)))


@router.get("/calendar/{year}/preview", operation_id="preview_calendar_year", responses=refusals(404))
async def preview_calendar_year(
    request: Request, _actor: Caller, year: YearPath, zone: ZoneQuery = None
) -> MovesOut:
    """Return which open clocks the draft would move, each with its old and new due time."""
    async with state_of(request.app).db.reading() as session:
        return MovesOut.of(await preview.draft_moves(session, engine_of(request), _target(year, zone)))


@router.post(
    "/calendar/{year}/confirm",
    operation_id="confirm_calendar_year",
    responses=refusals(409),
    response_model=CalendarYearOut,
)
async def confirm_calendar_year(
    year: YearPath, body: CalendarConfirmIn, cmd: Commands, zone: ZoneQuery = None
) -> Response:
    """Say that the decree of a year was read: its draft counts, clocks into it are provisional no longer."""
    return await cmd.run(
        lambda session: years.confirm(session, cmd.actor, _target(year, zone), body.decree, seen=body.seen),
        reply=CalendarYearOut.of,
    )


@router.get("/units/{unit_id}/calendar", operation_id="show_unit_calendar", responses=refusals(404))
async def show_unit_calendar(request: Request, actor: Caller, unit_id: UnitPath) -> UnitCalendarOut:
    """Return how a unit counts: its week and hours, and the days off of its own place."""
    async with state_of(request.app).db.reading() as session:
        return UnitCalendarOut.of(await own.show(session, actor, unit_id))


@router.post(
    "/units/{unit_id}/days-off",
    operation_id="change_unit_days_off",
    responses=refusals(404),
    response_model=SetOut,
)
async def change_unit_days_off(
    request: Request, unit_id: UnitPath, body: DaysOffIn, cmd: Commands
) -> Response:
    """Add and remove days off of a unit's own place, or tell what that would move."""
    target = Target("unit", unit_id, body.year)
    return await cmd.run(
        lambda session: own.change_days_off(
            session,
            engine_of(request),
            cmd.actor,
            target,
            body.added(),
            body.removes,
            body.decree,
            is_preview=body.is_preview,
        ),
        reply=SetOut.of,
    )


@router.post(
    "/units/{unit_id}/week", operation_id="change_unit_week", responses=refusals(404), response_model=SetOut
)
async def change_unit_week(request: Request, unit_id: UnitPath, body: WeekIn, cmd: Commands) -> Response:
    """Let a unit work five or six days with hours of its own from a date on, or tell what that would move."""
    week = own.week_from(body.first, body.days, hours_of(body.hours), hours_of(body.ramadan_hours))
    return await cmd.run(
        lambda session: own.change_week(
            session, engine_of(request), cmd.actor, unit_id, week, is_preview=body.is_preview
        ),
        reply=SetOut.of,
    )
