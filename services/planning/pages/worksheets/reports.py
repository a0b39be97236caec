"""Reports of a unit's year, downloaded from its pages."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.planning.layers import Layer
from services.planning.parameters import UnitPath, YearPath
from services.planning.reports.api import answer
from services.planning.reports.kinds import ReportFormat, ReportKind
from services.planning.reports.usecases import read_facts
from services.planning.reports.writing import ReportWriter, check_layer
from shared.http.addresses import WORKSHEETS
from shared.http.authorization import PageCaller
from shared.http.state import state_of


def router(writer: ReportWriter) -> APIRouter:
    """Return the page; `writer` bounds how many reports are written side by side."""
    routes = APIRouter()

    @routes.get(
        f"{WORKSHEETS}/{{unit_id}}/{{year}}/laporan/{{kind}}.{{form}}",
        operation_id="page_report",
        response_class=Response,
    )
    async def download(
        request: Request,
        caller: PageCaller,
        unit_id: UnitPath,
        year: YearPath,
        kind: ReportKind,
        form: ReportFormat,
        lapis: Annotated[Layer | None, Query()] = None,
    ) -> Response:
        """Give a report as a file; `lapis` narrows a worksheet to one layer."""
        check_layer(kind, lapis)
        async with state_of(request.app).db.reading() as session:
            facts = await read_facts(session, caller, unit_id, year)
        return answer(await writer.write(facts, kind, lapis, form))

    return routes
