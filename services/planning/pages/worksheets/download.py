"""The worksheet as a file to keep, from its pages."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.planning.layers import Layer
from services.planning.parameters import UnitPath, YearPath
from services.planning.worksheets.domain import ExportFormat
from services.planning.worksheets.export_api import export_answer
from services.planning.worksheets.exports import Exporter, read_export
from shared.http.addresses import WORKSHEETS
from shared.http.authorization import PageCaller
from shared.http.state import state_of


def router(exporter: Exporter) -> APIRouter:
    """Return the page; `exporter` writes the files."""
    routes = APIRouter()

    @routes.get(
        f"{WORKSHEETS}/{{unit_id}}/{{year}}/unduh",
        operation_id="page_download_worksheet",
        response_class=StreamingResponse,
    )
    async def download(
        request: Request,
        caller: PageCaller,
        unit_id: UnitPath,
        year: YearPath,
        lapis: Annotated[Layer, Query()] = Layer.UNIT,
        bentuk: Annotated[ExportFormat, Query()] = ExportFormat.LAYOUT2021,
    ) -> Response:
        """Give a layer as the official workbook, or the worksheet in another form."""
        db = state_of(request.app).db
        found = await db.read(lambda session: read_export(session, caller, unit_id, year))
        return export_answer(found, bentuk, lapis, await exporter.render(found, bentuk, lapis))

    return routes
