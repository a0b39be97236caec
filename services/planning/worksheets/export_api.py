"""Export of worksheets: into our own workbooks, or into an official one that the caller brings."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, UploadFile
from fastapi.responses import StreamingResponse

from services.planning.layers import Layer
from services.planning.parameters import BESIDE_FILE_BYTES, Db, UnitPath, YearPath
from services.planning.worksheets import exports
from services.planning.worksheets.domain import ExportFormat
from services.planning.worksheets.exports import Export, Exporter
from shared.documents.rows import XLSX
from shared.http.api.openapi import refusals
from shared.http.api.versions import etag
from shared.http.attachment import attachment
from shared.http.authorization import Caller

FormatQuery = Annotated[ExportFormat, Query(description="layers and portalrb hold several layers")]
LayerQuery = Annotated[Layer, Query(description="Whose answers, in layout2021")]


def router(exporter: Exporter) -> APIRouter:
    """Return the routes; `exporter` writes the files and has the limits of what callers bring."""
    routes = APIRouter(tags=["worksheets"])

    @routes.get(
        "/units/{unit_id}/worksheets/{year}/export",
        operation_id="export_worksheet",
        responses=refusals(404),
        response_class=StreamingResponse,
    )
    async def export_worksheet(
        unit_id: UnitPath,
        year: YearPath,
        caller: Caller,
        db: Db,
        layer: LayerQuery = Layer.UNIT,
        format: FormatQuery = ExportFormat.LAYOUT2021,  # noqa: A002 - the name of the parameter
    ) -> Response:
        found = await db.read(lambda session: exports.read_export(session, caller, unit_id, year))
        return export_answer(found, format, layer, await exporter.render(found, format, layer))

    @routes.post(
        "/units/{unit_id}/worksheets/{year}/export",
        operation_id="fill_workbook",
        responses=refusals(404, 422),
        response_class=StreamingResponse,
        max_body_size=exporter.limits.packed_bytes + BESIDE_FILE_BYTES,
    )
    async def fill_workbook(
        unit_id: UnitPath,
        year: YearPath,
        file: UploadFile,
        caller: Caller,
        db: Db,
        layer: LayerQuery = Layer.UNIT,
    ) -> Response:
        """Fill the caller's workbook of layout 2021; nothing of it is kept."""
        found = await db.read(  # nobody else's file is worth a process
            lambda session: exports.read_export(session, caller, unit_id, year)
        )
        content = await exporter.fill(found, layer, await file.read())
        return export_answer(found, ExportFormat.LAYOUT2021, layer, content)

    return routes


def export_answer(found: Export, kind: ExportFormat, layer: Layer, content: bytes) -> Response:
    """Return a written worksheet as a file to keep, with the version that it shows."""
    headers = attachment(found.file_name(kind, layer), len(content))
    response = Response(content, media_type=XLSX, headers=headers)
    etag(response, found.state.version)
    return response
