"""Reports of handling, as data and as files."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.api import engine_of
from services.complaints.decrees.domain import Stream
from services.complaints.handling.domain.evaluation import EvaluatedStream, Evaluation
from services.complaints.handling.files import TITLE, cells, headings
from services.complaints.handling.schemas import EvaluationIn, EvaluationOut, PeriodText, ReportOut
from services.complaints.handling.usecases import evaluations
from services.complaints.handling.usecases import report as usecases
from services.complaints.handling.usecases.report import By
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.paging import Page, PageParameters, identity, moment, paged
from shared.http.authorization import Caller
from shared.http.fields import UnitId
from shared.http.pages.lists import csv_answer, xlsx_answer
from shared.http.state import state_of

router = APIRouter()
EvaluationPage = Annotated[PageParameters, paged(moment, identity)]


def key_of(one: Evaluation) -> tuple[str, str]:
    """Return the place of an evaluation in their list."""
    return one.evaluated_at.isoformat(), str(one.id)


@router.get(
    "/reports/handling",
    operation_id="report_handling",
    responses=refusals(422),
    response_model=ReportOut,
)
async def report_handling(
    request: Request,
    actor: Caller,
    period: Annotated[PeriodText, Query()],
    by: Annotated[By, Query(description="A line for each unit, or for each agency")] = "unit",
    unit: Annotated[UnitId | None, Query(description="Only this unit")] = None,
    agency: Annotated[UnitId | None, Query(description="Only this agency")] = None,
    stream: Annotated[Stream | None, Query()] = None,
    form: Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")] = "json",
) -> ReportOut | Response:
    """Return how the cases received in a period were handled, as they stand now; 0 of 0 is null."""
    book = engine_of(request).policies
    async with state_of(request.app).db.reading() as session:
        found = await usecases.report(
            session,
            book,
            actor,
            period,
            by=by,
            unit_id=unit,
            agency_id=agency,
            stream=stream,
        )
    if form == "json":
        return ReportOut.of(found)
    name, rows = f"penanganan-{found.period.name}", [cells(line) for line in found.lines]
    heads = headings(book.second_person_after)
    if form == "csv":
        return await csv_answer(name, heads, rows)
    return await xlsx_answer(name, TITLE, heads, rows)


@router.post(
    "/evaluations",
    operation_id="evaluate_handling",
    responses=refusals(404, 412),
    status_code=201,
    response_model=EvaluationOut,
)
async def evaluate_handling(request: Request, body: EvaluationIn, cmd: Commands) -> Response:
    """Evaluate how a unit handled a stream in a period; the figures of now are frozen with it."""
    book = engine_of(request).policies

    async def evaluate(session: AsyncSession) -> tuple[Evaluation, bool]:
        made = await evaluations.evaluate(
            session, book, cmd.actor, body.subject(), body.said(), body.based_on
        )
        return made, await evaluations.sees_hidden(session, cmd.actor)

    return await cmd.run(evaluate, status=201, reply=lambda one: EvaluationOut.of(one[0], sees_hidden=one[1]))


@router.get("/evaluations", operation_id="list_evaluations")
async def list_evaluations(
    request: Request,
    actor: Caller,
    page: EvaluationPage,
    unit: Annotated[UnitId | None, Query(description="Only this unit")] = None,
    stream: Annotated[EvaluatedStream | None, Query()] = None,
    period: Annotated[PeriodText | None, Query()] = None,
    with_replaced: Annotated[bool, Query(description="Those that were replaced, too")] = False,
) -> Page[EvaluationOut]:
    """Return evaluations within reach, the newest first."""
    async with state_of(request.app).db.reading() as session:
        found = await evaluations.listed(
            session,
            actor,
            unit_id=unit,
            stream=stream,
            period=period,
            is_holding=not with_replaced,
            after=page.after,
            limit=page.limit + 1,
        )
        sees_hidden = await evaluations.sees_hidden(session, actor)
    return Page[EvaluationOut].of(
        found,
        page.limit,
        key=key_of,
        item=lambda one: EvaluationOut.of(one, sees_hidden=sees_hidden),
    )
