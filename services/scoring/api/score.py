"""Routes of the scoring API: read only."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BeforeValidator
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.pinning import pinned_rules
from services.scoring.domain.sheets import Layer
from services.scoring.domain.survey import survey_verdict
from services.scoring.schemas.board import BoardRow
from services.scoring.schemas.changes import ChangeOut
from services.scoring.schemas.explanation import ExplanationOut
from services.scoring.schemas.score import ScoreOut
from services.scoring.schemas.surveys import SurveyOut
from services.scoring.schemas.verdicts import GatesOut
from services.scoring.store import board, reading
from services.scoring.usecases.reading import change_lines, explained, known_year, surveys_of
from shared.http.api.paging import Page, PageParameters, number, paged, unit
from shared.http.authorization import Caller
from shared.http.fields import Digits, YearText, read_digits
from shared.http.state import state_of
from shared.instruments.lke import Mode, Predicate
from shared.kernel import display2, to_fraction

router = APIRouter()
Year = Annotated[YearText, Query()]
BoardPage = Annotated[PageParameters, paged(number, number, unit)]
"""A page of the scoreboard, by total, pengungkit and unit id."""


@router.get("/units", operation_id="list_units")
async def list_units(
    request: Request, caller: Caller, page: BoardPage, year: Year, target: Predicate | None = None
) -> Page[BoardRow]:
    """Return the units in scope, highest total first; ties by pengungkit, then unit id."""
    async with state_of(request.app).db.reading() as session:
        return await board_page(session, caller, page, year, board.Filters(target))


@router.get("/rankings", operation_id="list_rankings")
async def list_rankings(
    request: Request,
    caller: Caller,
    page: BoardPage,
    year: Year,
    target: Predicate,
    agency: Annotated[str | None, Query(max_length=100, description="One agency of those in scope")] = None,
) -> Page[BoardRow]:
    """Return the units that are proposed for a predicate, highest total first; ties as in the scoreboard."""
    filters = board.Filters(proposed_for=target, agency_id=agency)
    async with state_of(request.app).db.reading() as session:
        return await board_page(session, caller, page, year, filters)


async def board_page(
    session: AsyncSession, caller: Caller, page: PageParameters, year: int, filters: board.Filters
) -> Page[BoardRow]:
    """Return a page of the units in scope that the filters let through, by total."""
    rows = await board.rows(
        session, caller.scope, year, filters=filters, after=page.after, limit=page.limit + 1
    )
    return Page.of(
        rows,
        page.limit,
        key=lambda row: board.key(row, "total"),
        item=lambda row: board_row(row, year),
    )


def board_row(row: RowMapping, year: int) -> BoardRow:
    """Return one unit of the scoreboard."""
    aim: Predicate = row["target"] or "WBK"
    met = sum(name.startswith(f"{aim}:") for name in row["gates_met"] or ())
    gates = len(pinned_rules(year, row["rule_set"]).of(aim))
    survey = survey_verdict(row)
    return BoardRow(
        unit=row["unit_id"],
        name=row["name"],
        zone=row["zone"],
        target=row["target"],
        total=row["total"],
        display=None if row["total"] is None else display2(to_fraction(row["total"])),
        completeness=None if row["items"] is None else f"{row['answered']}/{row['items']}",
        gates_met=met,
        gates=gates,
        survey=row["result"],
        survey_failed=[] if survey is None else list(survey.failed),
        survey_unknown=[] if survey is None else list(survey.unknown),
        willing=None if survey is None else survey.willing,
        willing_minimum=None if survey is None else survey.willing_minimum,
        n=None if survey is None else survey.finished,
        n_minimum=None if survey is None else survey.finished_minimum,
        ready=met == gates and survey is not None and survey.is_met,
        version=row["worksheet_version"] or 0,
        stage=row["stage"] if row["target"] else None,
        nominated=row["is_nominated"],
    )


@router.get("/units/{unit_id}/score", operation_id="show_score")
async def show_score(
    request: Request,
    caller: Caller,
    unit_id: str,
    year: Year,
    layer: Layer = "effective",
    mode: Mode = "zero",
) -> ScoreOut:
    """Return the score with every node, item and gate, and where the surveys stand.

    `workbook` shows what Excel would, errors included.
    """
    async with state_of(request.app).db.reading() as session:
        found = await known_year(session, caller, unit_id, year)
        surveys = await surveys_of(session, unit_id, year)
        years = await reading.programme_years(session, unit_id)
    return ScoreOut.of(found, surveys, years, layer, mode)


@router.get("/units/{unit_id}/score/explain", operation_id="explain_score")
async def explain_score(
    request: Request,
    caller: Caller,
    unit_id: str,
    year: Year,
    code: Annotated[str, Query(max_length=20, description="TOTAL, a node or an item")] = "TOTAL",
    layer: Layer = "effective",
) -> ExplanationOut:
    """Return why a node or an item has its points, and where its answers came from."""
    async with state_of(request.app).db.reading() as session:
        found = await explained(session, caller, unit_id, year, layer, code)
    return ExplanationOut.of(found)


@router.get("/units/{unit_id}/gates", operation_id="list_gates")
async def list_gates(request: Request, caller: Caller, unit_id: str, year: Year) -> GatesOut:
    """Return all gates of both predicates on the effective layer, and how far score and survey are."""
    async with state_of(request.app).db.reading() as session:
        found = await known_year(session, caller, unit_id, year)
        surveys = await surveys_of(session, unit_id, year)
    return GatesOut.of(found, surveys)


@router.get("/units/{unit_id}/survey-status", operation_id="list_survey_statuses")
async def list_survey_statuses(request: Request, caller: Caller, unit_id: str, year: Year) -> list[SurveyOut]:
    """Return counts and verdicts of the unit's campaigns, the deciding one first, then the newest."""
    async with state_of(request.app).db.reading() as session:
        await known_year(session, caller, unit_id, year)
        surveys = await surveys_of(session, unit_id, year)
    return [SurveyOut.of(row) for row in surveys.rows]


@router.get("/units/{unit_id}/changes", operation_id="list_changes")
async def list_changes(
    request: Request,
    caller: Caller,
    unit_id: str,
    year: Year,
    after: Annotated[Digits, Query(description="Only lines with a larger id")] = 0,
    limit: Annotated[int, Query(ge=1, le=200), BeforeValidator(read_digits)] = 20,
) -> list[ChangeOut]:
    """Return what changed last, newest first."""
    async with state_of(request.app).db.reading() as session:
        await known_year(session, caller, unit_id, year)
        lines = await change_lines(session, unit_id, year, after=after, limit=limit)
    return [ChangeOut.of(line) for line in lines]
