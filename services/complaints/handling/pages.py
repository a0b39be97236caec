"""The report as a page: a sentence for each stream, figures with what they mean, a line for each unit."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from services.complaints.deadlines.api import engine_of
from services.complaints.decrees.domain import Stream
from services.complaints.frame import PAGES
from services.complaints.handling import words
from services.complaints.handling.files import HEADINGS, TITLE, cells
from services.complaints.handling.schemas import PeriodText
from services.complaints.handling.usecases import report as usecases
from services.complaints.handling.usecases.report import By, Report
from shared.db.clock import database_now
from shared.http.addresses import HANDLING_REPORT
from shared.http.authorization import PageCaller
from shared.http.fields import UnitId
from shared.http.pages import lists
from shared.http.state import state_of
from shared.kernel import Zone
from shared.security import Principal

router = APIRouter()
SHOWN = 100
"""Lines on the page; the file has them all."""


class Filters:
    """What a report is of, as the form sends it: an empty field narrows nothing, no period is this year."""

    def __init__(
        self,
        masa: Annotated[PeriodText | Literal[""], Query()] = "",
        jalur: Annotated[Stream | Literal[""], Query()] = "",
        unit: Annotated[UnitId | Literal[""], Query()] = "",
        menurut: Annotated[By, Query()] = "unit",
    ) -> None:
        self.period = masa
        self.stream: Stream | None = jalur or None
        self.unit_id = unit or None
        self.by = menurut
        self.values = {"masa": masa, "jalur": jalur, "unit": unit}
        self.values |= {"menurut": menurut} if menurut != "unit" else {}

    def address(self, path: str = HANDLING_REPORT, **changed: str) -> str:
        """Return the address of a report with these filters, and with those that are `changed`."""
        return lists.address(path, self.values | changed)


ReportFilters = Annotated[Filters, Depends()]


@router.get(HANDLING_REPORT, operation_id="page_handling_report")
async def show(request: Request, actor: PageCaller, filters: ReportFilters) -> HTMLResponse:
    """Show how the cases of a period were handled."""
    found, today = await _report(request, actor, filters)
    lines = found.lines
    return PAGES.page(
        request,
        "handling.html",
        report=found,
        verdicts=[words.verdict(stream, figures, found.period) for stream, figures in found.totals.items()],
        measures=words.MEASURES,
        told=words.told,
        lines=lines[:SHOWN],
        hidden=len(lines) - SHOWN if len(lines) > SHOWN else 0,
        filters=filters,
        periods=words.periods(today.year),
        streams=words.STREAMS,
        file=filters.address(f"{HANDLING_REPORT}.csv", masa=found.period.name),
        workbook=filters.address(f"{HANDLING_REPORT}.xlsx", masa=found.period.name),
    )


@router.get(f"{HANDLING_REPORT}.csv", operation_id="page_handling_report_csv")
async def csv_file(request: Request, actor: PageCaller, filters: ReportFilters) -> Response:
    """Return the lines of the report as CSV."""
    found, _ = await _report(request, actor, filters)
    name = f"penanganan-{found.period.name}"
    return await lists.csv_answer(name, HEADINGS, [cells(line) for line in found.lines])


@router.get(f"{HANDLING_REPORT}.xlsx", operation_id="page_handling_report_xlsx")
async def xlsx_file(request: Request, actor: PageCaller, filters: ReportFilters) -> Response:
    """Return the lines of the report as a workbook."""
    found, _ = await _report(request, actor, filters)
    name = f"penanganan-{found.period.name}"
    return await lists.xlsx_answer(name, TITLE, HEADINGS, [cells(line) for line in found.lines])


async def _report(request: Request, actor: Principal, filters: Filters) -> tuple[Report, date]:
    async with state_of(request.app).db.reading() as session:
        today = (await database_now(session)).astimezone(Zone.WIB.tz).date()
        found = await usecases.report(
            session,
            engine_of(request).policies,
            actor,
            filters.period or str(today.year),
            by=filters.by,
            unit_id=filters.unit_id,
            stream=filters.stream,
        )
    return found, today
