"""The report as a page: a sentence for each stream, figures with what they mean, a line for each unit."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BeforeValidator, Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units as units_of
from services.complaints.deadlines.api import engine_of
from services.complaints.decrees import store as decrees
from services.complaints.decrees.domain import Stream
from services.complaints.frame import PAGES, SEE_OTHER
from services.complaints.handling import words
from services.complaints.handling.api import EvaluationPage, key_of
from services.complaints.handling.domain.evaluation import EvaluatedStream, Evaluation, Findings, Subject
from services.complaints.handling.domain.periods import period_of
from services.complaints.handling.files import TITLE, cells, headings
from services.complaints.handling.schemas import MAX_VERSION, MOST_REFERENCES, PeriodText, Reference, Words
from services.complaints.handling.usecases import evaluations
from services.complaints.handling.usecases import report as usecases
from services.complaints.handling.usecases.report import By, Report
from shared.db.clock import database_now
from shared.http.addresses import EVALUATIONS, HANDLING_REPORT
from shared.http.api.paging import DEFAULT_LIMIT, PageParameters, encode_cursor
from shared.http.authorization import PageCaller
from shared.http.fields import UnitId
from shared.http.once import OnceBody, do_once
from shared.http.pages import lists
from shared.http.pages.forms import Form, read_form
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.indonesian import capital
from shared.kernel import DomainError, StaleVersionError, Zone
from shared.security import Principal

router = APIRouter()
EVALUATORS = ("complaint_supervisor", "inspector")
"""Who evaluates, as the access matrix says."""
FIRST_PAGE = PageParameters(DEFAULT_LIMIT, None)
MOST_OFFERED = 500
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
        measures=words.measures(engine_of(request).policies.second_person_after),
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
    return await lists.csv_answer(name, _headings(request), [cells(line) for line in found.lines])


@router.get(f"{HANDLING_REPORT}.xlsx", operation_id="page_handling_report_xlsx")
async def xlsx_file(request: Request, actor: PageCaller, filters: ReportFilters) -> Response:
    """Return the lines of the report as a workbook."""
    found, _ = await _report(request, actor, filters)
    name = f"penanganan-{found.period.name}"
    return await lists.xlsx_answer(name, TITLE, _headings(request), [cells(line) for line in found.lines])


def _headings(request: Request) -> Sequence[str]:
    return headings(engine_of(request).policies.second_person_after)


async def _report(request: Request, actor: Principal, filters: Filters) -> tuple[Report, date]:
    book = engine_of(request).policies

    async def look(session: AsyncSession) -> tuple[Report, date]:
        today = (await database_now(session)).astimezone(Zone.WIB.tz).date()
        found = await usecases.report(
            session,
            book,
            actor,
            filters.period or str(today.year),
            by=filters.by,
            unit_id=filters.unit_id,
            stream=filters.stream,
        )
        return found, today

    return await state_of(request.app).db.read(look)


def _lines(text: Any) -> Any:
    return [line.strip() for line in text.splitlines() if line.strip()] if isinstance(text, str) else text


References = Annotated[tuple[Reference, ...], Field(max_length=MOST_REFERENCES), BeforeValidator(_lines)]


class EvaluationForm(OnceBody):
    """An evaluation as its form sends it; `bukti` names one document a line."""

    unit: UnitId
    jalur: EvaluatedStream
    masa: PeriodText
    kesimpulan: Words
    temuan: Words
    tindak_lanjut: Words
    bukti: References = ()
    versi: Annotated[int, Field(ge=0, le=MAX_VERSION)] = 0


_FIELDS = {"period": "masa", "unit_id": "unit", "stream": "jalur"}


@router.get(EVALUATIONS, operation_id="page_evaluations")
async def evaluations_page(
    request: Request,
    actor: PageCaller,
    page: EvaluationPage,
    unit: Annotated[UnitId | Literal[""], Query()] = "",
    jalur: Annotated[EvaluatedStream | Literal[""], Query()] = "",
    masa: Annotated[PeriodText | Literal[""], Query()] = "",
) -> HTMLResponse:
    """Show the evaluations that hold, the newest first, and the form of another one."""
    form = Form[EvaluationForm]({"unit": unit, "jalur": jalur, "masa": masa})
    return await _evaluations(request, actor, form, page)


@router.post(EVALUATIONS, operation_id="page_evaluate")
async def evaluate(request: Request, actor: PageCaller) -> Response:
    """Keep an evaluation; refused, the page says why and keeps what was typed."""
    form = await read_form(request, EvaluationForm)
    if (data := form.data) is None:
        return await _evaluations(request, actor, form, status=422)
    book = engine_of(request).policies
    subject = Subject(data.unit, data.jalur, period_of(data.masa))
    said = Findings(data.kesimpulan, data.temuan, data.tindak_lanjut, data.bukti)
    try:
        await do_once(
            request,
            actor,
            form,
            lambda session: evaluations.evaluate(session, book, actor, subject, said, data.versi),
        )
    except DomainError as error:
        form.refuse(error, _FIELDS)
        if isinstance(error, StaleVersionError):
            form.values = dict(form.values) | {"versi": error.details["version"]}
        return await _evaluations(request, actor, form, status=status_of(request, error.code))
    return RedirectResponse(f"{EVALUATIONS}#evaluasi", SEE_OTHER)


async def _evaluations(
    request: Request,
    actor: Principal,
    form: Form[EvaluationForm],
    page: PageParameters = FIRST_PAGE,
    *,
    status: int = 200,
) -> HTMLResponse:
    async def look(
        session: AsyncSession,
    ) -> tuple[list[Evaluation], int, list[tuple[str, str]], dict[str, str], date, bool]:
        found = await evaluations.listed(session, actor, after=page.after, limit=page.limit + 1)
        total = await evaluations.count(session, actor)
        units = await units_of.units_within(session, actor, most=MOST_OFFERED)
        names = await decrees.names(session, sorted({one.subject.unit_id for one in found}))
        today = (await database_now(session)).astimezone(Zone.WIB.tz).date()
        return found, total, units, names, today, await evaluations.sees_hidden(session, actor)

    found, total, units, names, today, sees_hidden = await state_of(request.app).db.read(look)
    shown = found[: page.limit]
    following = encode_cursor(key_of(shown[-1])) if len(found) > page.limit else None
    return PAGES.page(
        request,
        "evaluations.html",
        status=status,
        form=form,
        evaluations=shown,
        conflicts={
            one.id: words.conflicts(figures, sees_hidden=sees_hidden)
            for one in shown
            if (figures := one.conflicts) is not None
        },
        total=total,
        next=following,
        names=names,
        capital=capital,
        units=units,
        streams=words.EVALUATED,
        periods=[
            (value, f"{year}: {text}")
            for year, offered in words.periods(today.year)
            for value, text in offered
        ],
        most_references=MOST_REFERENCES,
        may_evaluate=actor.has(*EVALUATORS),
    )
